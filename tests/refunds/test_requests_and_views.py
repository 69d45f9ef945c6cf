"""Cases that customers open, their proofs, and what pages read (REF-2, REF-5, L10N-2)."""

from __future__ import annotations

import itertools

import pytest

from refunds.desk import ALEX, CUSTOMER, GOODS, LATER
from store import refunds
from store.kernel import attachments, clock, db
from store.kernel.attachments import MAX_BYTES
from store.kernel.errors import NotFound, WrongState
from store.kernel.i18n import LOCALES
from store.kernel.ids import new_id
from store.kernel.migrate import migration_files
from store.kernel.wording import LABELS, status_label
from store.refunds import RefundLine, RequestRefund
from store.refunds.attach_proof import MAX_FILES
from store.refunds.errors import ProofRefused, RefundAgentsOnly
from store.refunds.reasons import REASONS, UnknownRefundReason
from store.refunds.statuses import REFUND, REFUND_REQUEST, RefundStatus, RequestStatus

PDF = b"%PDF-1.7\nproof"


async def ask(desk, order_id, **facts):
    facts = {"lines": [], "reason": "withdrawal", "principal": CUSTOMER, **facts}
    return await refunds.request_refund(RequestRefund(order_id=order_id, **facts))


@pytest.mark.requirement("REF-5")
async def test_nobody_is_told_to_send_a_service_back(desk):
    order_id = await desk.shipped([("SVC-CARE-12M-1U", 1), (GOODS, 1)])
    service = [RefundLine(sku="SVC-CARE-12M-1U", quantity=1)]
    assert (await desk.preview(order_id, lines=service)).instructions is None
    goods = [RefundLine(sku=GOODS, quantity=1)]
    assert (await desk.preview(order_id, lines=goods)).instructions is not None
    asked = await ask(desk, order_id, lines=service)
    assert asked.instructions is None
    again = await ask(desk, order_id, lines=service)
    assert (again.request_id, again.again) == (asked.request_id, True)
    assert (await ask(desk, order_id, lines=goods)).instructions is not None


@pytest.mark.requirement("REF-2")
async def test_a_request_is_a_case_with_a_number_that_an_agent_declines_with_a_reason(desk):
    order_id = await desk.shipped([(GOODS, 2)])
    asked = await ask(desk, order_id, message="does not fit")
    (row,) = await refunds.open_requests(market="FR")
    assert (row["number"], row["message"], row["asked_by"]) == (asked.number, "does not fit", CUSTOMER.name)
    assert row["lines"][0]["quantity"] == 2
    assert asked.instructions is not None
    assert (await refunds.find_request(asked.number.lower()))["id"] == asked.request_id
    with pytest.raises(RefundAgentsOnly):
        await refunds.decline_request(asked.request_id, principal=CUSTOMER, reason="x")
    await refunds.decline_request(asked.request_id, principal=ALEX, reason="was used")
    with pytest.raises(WrongState):
        await refunds.decline_request(asked.request_id, principal=ALEX, reason="was used")
    (row,) = await refunds.requests_of([order_id])
    assert (row["status"], row["decision"], row["decided_by"]) == ("declined", "was used", ALEX.name)
    assert await refunds.open_requests() == []


async def test_only_staff_may_write_down_an_earlier_contact(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    called = clock.now()
    desk.later(days=31)
    with pytest.raises(RefundAgentsOnly):
        await ask(desk, order_id, asked_at=called)
    assert (await ask(desk, order_id, asked_at=called, principal=ALEX)).asked_at == called
    assert await db.fetchval("select count(*) from audit_entry where action = 'open_refund_request'") == 1


async def test_nobody_asks_for_what_only_the_store_gives(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    with pytest.raises(UnknownRefundReason):
        await ask(desk, order_id, reason="canceled")
    with pytest.raises(NotFound):
        await refunds.decline_request(new_id(), principal=ALEX, reason="x")


@pytest.mark.requirement("REF-5")
@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "application/pdf"), (b"\xff\xd8\xff\xe0rest", "image/jpeg"), (b"\x89PNG\r\n\x1a\nrest", "image/png")],
)
async def test_a_proof_is_kept_outside_of_what_is_served(desk, tmp_path, content, kind):
    attachments.configure(tmp_path)
    asked = await ask(desk, await desk.shipped([(GOODS, 1)]))
    sent = {"name": "../../etc/pass\x00wd.exe", "content": content, "principal": CUSTOMER}
    proof = await refunds.attach_proof(asked.request_id, **sent)
    assert (proof.media_type, proof.name) == (kind, "passwd.exe")
    assert proof.path.parent == tmp_path / "attachments"
    assert proof.path.read_bytes() == content
    assert proof.path.stat().st_mode & 0o777 == 0o600
    assert proof.path.name.startswith(str(proof.id))
    assert await refunds.open_proof(asked.request_id, proof.id) == proof
    assert await refunds.attach_proof(asked.request_id, **sent) == proof, "the same file is one"
    assert len(list(proof.path.parent.iterdir())) == 1
    with pytest.raises(NotFound):
        await refunds.open_proof(asked.request_id, new_id())


@pytest.mark.requirement("REF-5")
async def test_other_files_are_refused_and_leave_nothing_behind(desk, tmp_path):
    attachments.configure(tmp_path)
    asked = await ask(desk, await desk.shipped([(GOODS, 1)]))
    for content in (b"MZ program", b"", b"<svg/>", PDF + bytes(MAX_BYTES)):
        with pytest.raises(ProofRefused):
            await refunds.attach_proof(asked.request_id, name="a.pdf", content=content, principal=CUSTOMER)
    for number in range(MAX_FILES):
        await refunds.attach_proof(asked.request_id, name="a.pdf", content=PDF + bytes([number]), principal=CUSTOMER)
    with pytest.raises(ProofRefused):
        await refunds.attach_proof(asked.request_id, name="a.pdf", content=PDF + b"!", principal=CUSTOMER)
    with pytest.raises(NotFound):
        await refunds.attach_proof(new_id(), name="a.pdf", content=PDF, principal=CUSTOMER)
    assert len(list((tmp_path / "attachments").iterdir())) == MAX_FILES


async def test_proofs_of_before_stay_readable(desk, tmp_path):
    """They were named in the case alone; a migration enters them as the attachments that they are."""
    attachments.configure(tmp_path)
    asked = await ask(desk, await desk.shipped([(GOODS, 1)]))
    proof = await refunds.attach_proof(asked.request_id, name="a.pdf", content=PDF, principal=CUSTOMER)
    await db.execute("delete from attachment_link")
    await db.execute("delete from attachment")
    with pytest.raises(NotFound):
        await refunds.open_proof(asked.request_id, proof.id)
    sql = next(path for name, path in migration_files() if name == "refunds/0003_proofs").read_text()
    for statement in sql.split(";")[:-1]:
        await db.execute(statement)
    assert await refunds.open_proof(asked.request_id, proof.id) == proof
    assert await attachments.read_file(proof.id) == PDF


async def test_pages_read_many_orders_in_one_statement_each(desk):
    statements = []
    orders = []
    for count in (1, 2, 3):
        order_id = await desk.shipped([(GOODS, count)], shipping="express")
        await ask(desk, order_id)
        await desk.commit(order_id, reason="delivery_error")
        orders.append(order_id)
    await desk.work()
    db.query_listeners.append(statements.append)
    try:
        await db.disconnect()
        await db.connect(desk.url, pool_size=2)
        for read in (refunds.refunds_of, refunds.requests_of, refunds.credit_notes_of):
            await read(orders)  # the driver asks about types once
            statements.clear()
            assert len(await read(orders)) == 3
            assert len(statements) == 1
    finally:
        db.query_listeners.clear()
    row = (await refunds.refunds_of(orders[:1]))[0]
    assert row["lines"][0]["names"]["en"]
    assert row["parts"][0]["status"] == "succeeded"
    assert row["shipping"][0]["amount_minor"] == row["shipping_minor"]
    assert (await refunds.get_refund(row["id"]))["number"] == row["number"]
    assert (await refunds.find_refund(row["number"].lower()))["credit_note_number"] == row["credit_note_number"]
    for finder, name in ((refunds.find_refund, "RF-0"), (refunds.find_request, "RQ-0"), (refunds.get_credit_note, "X")):
        with pytest.raises(NotFound):
            await finder(name)


async def test_queues_go_on_where_they_stopped(desk):
    order_id = await desk.shipped([(GOODS, 3)])
    for count in (1, 2, 3):
        await ask(desk, order_id, lines=[RefundLine(quantity=count, sku=GOODS)])
    seen, after = [], None
    while page := await refunds.open_requests(after=after, limit=2):
        seen += [row["id"] for row in page]
        after = (page[-1]["asked_at"], page[-1]["id"])
    assert len(seen) == len(set(seen)) == 3
    assert await refunds.open_requests(market="US") == []


async def test_a_sku_over_two_shipments_is_taken_in_shipping_order(desk):
    order = await desk.place([(GOODS, 2), (LATER, 2)])
    await desk.work()
    await desk.ship(order.order_id)
    preview = await desk.preview(order.order_id, lines=[RefundLine(quantity=2, sku=GOODS)])
    order_line_id = await db.fetchval("select order_line_id from shipment_line where sku = $1", GOODS)
    by_line = await desk.preview(order.order_id, lines=[RefundLine(quantity=2, order_line_id=order_line_id)])
    twice = await desk.preview(order.order_id, lines=[RefundLine(quantity=1, sku=GOODS)] * 2)
    assert preview.fingerprint == by_line.fingerprint == twice.fingerprint


@pytest.mark.parametrize("status", [*RefundStatus, *RequestStatus, *(r for r in REASONS)])
def test_every_status_and_reason_has_a_label(status):
    import store.shipments  # noqa: F401, PLC0415 - where "canceled" is labelled

    assert str(status) in LABELS
    assert all(status_label(str(status), locale) for locale in LOCALES)


def test_a_rejected_or_declined_one_is_final_and_nothing_waits_for_approval_twice():
    for before, after in itertools.product(RefundStatus, RefundStatus):
        if before is RefundStatus.REJECTED or after is RefundStatus.AWAITING_APPROVAL or before is after:
            assert not REFUND.allows(before, after)
        if after is RefundStatus.REJECTED:
            assert REFUND.allows(before, after) is (before is RefundStatus.AWAITING_APPROVAL)
    assert REFUND_REQUEST.final(RequestStatus.DECLINED)
    assert not REFUND_REQUEST.allows(RequestStatus.ACCEPTED, RequestStatus.DECLINED)
