"""Certificates: one per line of a service that left, for so many units, and their numbers."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from refunds.desk import ADMIN, ALEX, GOODS

from store.kernel import db
from store.kernel.ids import ALPHABET
from store.refunds.errors import ServiceUsed
from store.warranty.certificate_number import (
    BODY_LENGTH,
    new_certificate_number,
    read_certificate_number,
)
from store.warranty.certificates import (
    CertificateUsedUp,
    UnknownCertificate,
    find_certificate,
    find_certificates,
    issue_certificates,
    revoke_unused,
)
from warranty.certified import CARE_1, CARE_24_FIVE, CARE_24_TEN, SETUP, bought, certificate, certificates, counts

WRITTEN = re.compile(rf"CERT(-[{ALPHABET}]{{4}}){{4}}")


@pytest.mark.requirement("CER-3")
def test_numbers_are_drawn_from_more_than_sixty_bits_and_all_of_them_differ():
    assert len(ALPHABET) ** BODY_LENGTH > 2**60
    numbers = [new_certificate_number() for _ in range(2000)]
    assert len(set(numbers)) == len(numbers)
    assert all(WRITTEN.fullmatch(number) for number in numbers)
    first_signs = Counter(number[5] for number in numbers)
    assert len(first_signs) == len(ALPHABET), "no sign is left out, wherever it stands"


@pytest.mark.requirement("CER-3")
@given(st.integers(0, 14), st.sampled_from(ALPHABET))
def test_any_single_wrong_sign_is_noticed(position, sign):
    number = new_certificate_number()
    signs = list(number.removeprefix("CERT").replace("-", ""))
    if signs[position] == sign:
        return
    signs[position] = sign
    assert read_certificate_number("".join(signs)) is None


@pytest.mark.requirement("CER-3")
@pytest.mark.parametrize(
    "typed",
    [
        lambda n: n.lower(),
        lambda n: f"  {n} ",
        lambda n: n.replace("-", ""),
        lambda n: n.replace("-", " "),
        lambda n: n.replace("-", "–"),
        lambda n: n.removeprefix("CERT-"),
        lambda n: n.removeprefix("CERT").replace("0", "O").replace("1", "l").replace("2", "z"),
        lambda n: "".join(chr(ord(sign) + 0xFEE0) for sign in n),
    ],
    ids=["small", "spaces around", "no dashes", "spaces", "long dashes", "no prefix", "look-alikes", "full width"],
)
def test_numbers_are_read_as_people_type_them(typed):
    for _ in range(50):
        number = new_certificate_number()
        assert read_certificate_number(typed(number)) == number


@pytest.mark.requirement("CER-3")
@given(st.text(max_size=80))
@example("")
@example("CERT-" + "9" * 16)
@example("\0" * 20)
@example("٣" * 16)
def test_whatever_is_typed_is_read_or_refused_and_never_breaks(text):
    read = read_certificate_number(text)
    assert read is None or WRITTEN.fullmatch(read)


@pytest.mark.requirement("CER-1")
async def test_a_service_that_left_has_one_certificate_per_line_for_all_its_units(desk):
    order_id = await bought(desk, (CARE_24_FIVE, 2), (SETUP, 1), locale="fr")
    found = {each.reference: each for each in await certificates(order_id)}
    five, setup = found["CARE-24M"], found["SETUP-REMOTE"]
    assert (five.units, five.used, five.left) == (10, 0, 10)
    assert (setup.units, setup.left) == (1, 1)
    assert five.extends_months == 24
    assert setup.names["fr"].startswith("Mise en service à distance")
    order = await db.fetchrow("select * from sales_order where id = $1", order_id)
    assert (five.email, five.locale, five.order_number) == (order["email"], "fr", order["number"])


@pytest.mark.requirement("CER-1")
async def test_a_service_in_a_parcel_is_certified_when_the_parcel_leaves(desk):
    order = await desk.place([(GOODS, 1), (CARE_1, 1)])
    await desk.work()
    assert await certificates(order.order_id) == []
    await desk.ship(order.order_id)
    (found,) = await certificates(order.order_id)
    assert found.units == 1


@pytest.mark.requirement("CER-1")
async def test_the_same_dispatch_told_again_and_at_once_issues_nothing_more(desk):
    order = await desk.place([(CARE_1, 1), (SETUP, 1)])
    await desk.work()
    before = await certificates(order.order_id)
    shipment = await desk.shipment(order.order_id)
    await asyncio.gather(*(issue_certificates(str(order.order_id), str(shipment["id"])) for _ in range(5)))
    assert await certificates(order.order_id) == before
    assert len(before) == 2
    await desk.work()
    assert await db.fetchval("select count(*) from email where kind = 'certificate_issued'") == 1


@pytest.mark.requirement("CER-1")
async def test_terms_and_names_stay_as_they_were_bought(desk):
    found = await certificate(desk, CARE_24_FIVE)
    await db.execute(
        "update variant set service = service || '{\"units\": 50}', names = '{}' where service is not null"
    )
    assert (await find_certificate(found.number)) == found


@pytest.mark.requirement("WAR-11", "CER-3")
async def test_a_number_that_nobody_bought_is_unknown_and_says_whether_it_is_mistyped(desk):
    bought_one = await certificate(desk)
    for typed, mistyped in ((new_certificate_number(), False), ("CERT-1234", True), ("", True), ("x" * 500, True)):
        with pytest.raises(UnknownCertificate) as refused:
            await find_certificate(typed)
        assert refused.value.facts["mistyped"] is mistyped
        assert len(refused.value.facts["number"]) <= 64
    typed = bought_one.number.lower()
    assert await find_certificates([typed, "nothing"]) == {typed: bought_one}


@pytest.mark.requirement("CER-2")
async def test_staff_withdraw_what_is_left_and_never_more(desk):
    found = await certificate(desk, CARE_24_TEN)
    after = await revoke_unused(found.id, units=3, principal=ALEX, reason="the number was stolen")
    assert (after.left, after.revoked_units) == (7, 3)
    for units in (8, 0, -1):
        with pytest.raises(CertificateUsedUp):
            await revoke_unused(found.id, units=units, principal=ADMIN, reason="all of it")
    assert (await revoke_unused(found.id, units=None, principal=ADMIN, reason="all of it")).left == 0
    entries = await db.fetch("select actor, facts from audit_entry where action = 'revoke_certificate' order by id")
    assert [entry["facts"]["units"] for entry in entries] == [3, 7]
    assert entries[0]["actor"] == ALEX.name


@pytest.mark.requirement("CER-2", "REF-7")
async def test_what_staff_have_withdrawn_is_not_refunded_on_top(desk):
    order_id = await bought(desk, (CARE_24_TEN, 1))
    (found,) = await certificates(order_id)
    await revoke_unused(found.id, units=1, principal=ALEX, reason="goodwill for somebody else")
    with pytest.raises(ServiceUsed):
        await desk.commit(order_id, 1)
    assert await counts(found.id) == (10, 0, 1)
