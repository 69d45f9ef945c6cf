"""Imports over HTTP: upload, dry run, progress, refused rows, one's own only (WAR-7, WAR-8, WAR-9)."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from warranty.imported import certificate_for, csv_of, known_units, registration

from api.shop import Shop, signed_in
from store.customers import create_partner
from store.kernel import db, outbox
from store.kernel.csv_files import read_csv
from store.web.storefront import import_upload, warranty_imports

PDF = b"%PDF-1.7 invoice"
WRONG = [registration("HD00001", "x"), registration("HD0000S", "x"), registration("HD00003", "x", email="=1+1")]


@pytest.fixture
async def reseller(shop) -> Shop:
    partner = await create_partner(name="Réseau Nord", currency="EUR")
    return shop.as_(await signed_in("partner", email="nord@example.com", partner_id=partner.id))


async def send(caller, content: bytes, *, path="/warranty-imports?market=FR", **headers):
    return await caller.raw("POST", path, content, **{"Content-Type": "text/csv", **headers})


async def work():
    for _ in range(5):
        await db.execute("update outbox set due_at = clock_timestamp() where not dead")
        await outbox.drain()


async def started(caller, rows, **options):
    answer = await send(caller, csv_of(rows), **options)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def see(caller, job, suffix="", **headers):
    answer = await caller.get(f"/warranty-imports/{job['id']}{suffix}", **headers)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.requirement("WAR-7", "WAR-8", "WAR-9")
async def test_a_reseller_imports_corrects_and_imports_again(reseller):
    serials = [f"HD{number:05}" for number in range(60)]
    number = await certificate_for(60)
    await known_units(serials)
    proof = (await reseller.raw("POST", "/attachments", PDF, **{"X-File-Name": "invoice.pdf"})).json()["id"]
    rows = [registration(serial, number) for serial in serials]
    right = [dict(rows[place]) for place in (0, 1, 2)]
    rows[0]["phone"], rows[1]["postcode"], rows[2]["serial_number"] = "12", "?", "HD9999"
    path = f"/warranty-imports?market=FR&machine_invoices={proof}"
    job = await started(reseller, rows, path=path, **{"X-File-Name": "juillet.csv"})
    assert (job["status"], job["percent"], job["file_name"], job["rows"]["total"]) == ("uploaded", 0, "juillet.csv", 60)
    await work()
    done = (await see(reseller, job)).json()
    assert (done["status"], done["percent"], done["seconds_left"]) == ("finished", 100, 0)
    assert done["rows"] == {"total": 60, "done": 60, "new": 57, "same": 0, "failed": 3}
    assert done["rows_per_second"] > 0
    failed = await see(reseller, job, "/failures.csv")
    assert failed.headers["content-type"] == "text/csv; charset=utf-8"
    assert failed.headers["content-disposition"].startswith("attachment")
    header, cells = read_csv(failed.content)
    failing = [dict(zip(header, row, strict=True)) for _, row in cells]
    assert [row["serial_number"] for row in failing] == ["HD00000", "HD00001", "HD9999"]
    again = await started(reseller, [row | fixed for row, fixed in zip(failing, right, strict=True)], path=path)
    await work()
    assert (await see(reseller, again)).json()["rows"]["new"] == 3
    assert await db.fetchval("select count(*) from registration where ended_at is null") == 60


@pytest.mark.requirement("WAR-9", "L10N-2")
async def test_refused_rows_are_told_page_by_page_in_the_readers_language(reseller):
    job = await started(reseller, WRONG)
    await work()
    sentences = set()
    for locale in ("en", "fr", "zh-Hans"):
        first = (await see(reseller, job, "/failures?limit=2", **{"X-Locale": locale})).json()
        rest = (await see(reseller, job, f"/failures?limit=2&cursor={first['next_cursor']}")).json()
        assert [row["row"] for row in first["items"] + rest["items"]] == [2, 3, 4]
        assert rest["next_cursor"] is None
        error = first["items"][1]["errors"][0]
        assert (error["column"], error["code"]) == ("serial_number", "invalid_serial")
        assert "{" not in error["message"]
        sentences.add(error["message"])
        assert rest["items"][0]["cells"]["email"] == "=1+1"
    assert len(sentences) == 3
    answer = await see(reseller, job, "/failures.csv")
    assert b";'=1+1;" in answer.content or b",'=1+1," in answer.content


@pytest.mark.requirement("WAR-9")
async def test_a_form_carries_the_file_and_its_options(reseller):
    await known_units(["HD00001"])
    content = csv_of([registration("HD00001", await certificate_for(1))])
    proof = (await reseller.raw("POST", "/attachments", PDF)).json()["id"]
    answer = await reseller.client.post(
        "/api/v1/warranty-imports?market=CN",
        files={"file": ("août.csv", content)},
        data={"market": "FR", "dry_run": "true", "machine_invoices": [proof]},
        headers=reseller.headers,
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["dry_run"], job["market"], job["file_name"], job["attachment_ids"]) == (True, "FR", "août.csv", [proof])
    await work()
    assert (await see(reseller, job)).json()["rows"]["new"] == 1
    assert await db.fetchval("select count(*) from registration") == 0
    wrong = await reseller.client.post(
        "/api/v1/warranty-imports",
        files={"file": ("a.csv", content)},
        data={"market": "FR", "dry_run": "perhaps"},
        headers=reseller.headers,
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "dry_run")


@pytest.mark.requirement("WAR-9")
async def test_progress_is_told_as_it_happens_and_the_stream_ends_with_the_work(reseller, monkeypatch):
    monkeypatch.setattr("store.warranty.import_rows.CHUNK_ROWS", 1)
    monkeypatch.setattr(warranty_imports, "LOOK_SECONDS", 0.001)
    await known_units(["HD00001"])
    job = await started(reseller, WRONG)
    following = asyncio.create_task(see(reseller, job, "/events"))
    await work()
    stream = await following
    assert stream.headers["content-type"].startswith("text/event-stream")
    events = [
        dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        for block in stream.text.split("\r\n\r\n")
        if "data:" in block
    ]
    assert events[-1]["event"] == "finished"
    assert {event["event"] for event in events[:-1]} <= {"progress"}
    done = [json.loads(event["data"])["rows"]["done"] for event in events]
    assert done == sorted(done)
    assert done[-1] == 3
    at_once = await see(reseller, job, "/events")
    assert at_once.text.count("data:") == 1, "of a finished import the last event comes at once"


@pytest.mark.requirement("WAR-9")
async def test_a_reader_who_goes_away_leaves_nothing_running(reseller, app):
    job = await started(reseller, WRONG)
    request = httpx.Request("GET", f"http://store.test/api/v1/warranty-imports/{job['id']}/events")
    gone = asyncio.Event()
    heard = asyncio.Event()

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send_(message):
        if b"data:" in message.get("body", b""):
            heard.set()

    headers = [(name.lower().encode(), value.encode()) for name, value in reseller.headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("store.test", 80),
    }
    reading = asyncio.create_task(app(scope, receive, send_))
    await heard.wait()
    assert app.front.in_flight == 0, "a stream that waits makes nobody wait"
    gone.set()
    await asyncio.wait_for(reading, 10)
    assert app.front.in_flight == 0


@pytest.mark.requirement("WAR-9", "ACC-4")
async def test_one_sees_ones_own_imports_only(reseller, shop, keys):
    job = await started(reseller, WRONG)
    customer = shop.as_(await signed_in())
    own = await started(customer, WRONG)
    for suffix in ("", "/events", "/failures", "/failures.csv"):
        answer = await customer.get(f"/warranty-imports/{job['id']}{suffix}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await shop.get(f"/warranty-imports/{job['id']}{suffix}")).status_code == 403
    listed = (await customer.get("/warranty-imports")).json()
    assert [item["id"] for item in listed["items"]] == [own["id"]]
    assert (await shop.as_(keys.agent).get(f"/warranty-imports/{job['id']}")).status_code == 200
    assert (await send(shop, csv_of(WRONG))).status_code == 403


@pytest.mark.requirement("WAR-9")
async def test_the_list_goes_on_page_by_page(reseller):
    jobs = [await started(reseller, [registration(f"HD0000{number}", "x")]) for number in range(3)]
    first = (await reseller.get("/warranty-imports?limit=2")).json()
    second = (await reseller.get(f"/warranty-imports?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in first["items"] + second["items"]] == [job["id"] for job in reversed(jobs)]
    assert second["next_cursor"] is None
    assert (await reseller.get("/warranty-imports?kind=units")).json()["items"] == []


@pytest.mark.requirement("WAR-8", "L10N-2")
@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file_empty"),
        (b"PK\x03\x04 workbook", 422, "csv_is_workbook"),
        (b"\x81\x8d\x9d", 422, "csv_unknown_encoding"),
        (b"serial_number;email\nHD1;a@example.com", 422, "import_columns_missing"),
        (b'serial_number;"email\n' + b"x" * 5000, 422, "csv_bad_quotes"),
        (b"a;b\n" + b";\n" * 200_000, 422, "import_columns_missing"),
        (b"\xff" * (10 * 1024 * 1024 + 1), 413, "file_too_large"),
        (b"%PDF-1.7", 422, "file_refused"),
    ],
)
async def test_other_files_are_refused_by_name_and_leave_nothing(reseller, content, status, code):
    sentences = set()
    for locale in ("en", "fr", "zh-Hans"):
        answer = await send(reseller, content, **{"X-Locale": locale})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert "{" not in answer.json()["detail"]
        sentences.add(answer.json()["detail"])
    assert len(sentences) == 3
    assert await db.fetchval("select count(*) from attachment") == 0
    assert await db.fetchval("select count(*) from warranty_import") == 0


@pytest.mark.requirement("WAR-9")
async def test_200_megabytes_are_refused_before_they_are_read(reseller):
    sent = 0

    async def body():
        nonlocal sent
        for _ in range(200):
            sent += 1024 * 1024
            yield bytes(1024 * 1024)

    path = "/api/v1/warranty-imports?market=FR"
    answer = await reseller.client.post(path, content=body(), headers=reseller.headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert sent < 20 * 1024 * 1024
    told = await reseller.raw("POST", "/warranty-imports?market=FR", b"x", **{"Content-Length": str(200 * 1024 * 1024)})
    assert told.status_code == 413


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "market"), ("?market=FR&machine_invoices=x", "machine_invoices"), ("?market=FR&dry_run=maybe", "dry_run")],
)
async def test_wrong_options_are_named(reseller, query, field):
    answer = await send(reseller, csv_of(WRONG), path=f"/warranty-imports{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)
    for wrong in ("?market=XX", "?market=FR&template_version=9"):
        assert (await send(reseller, csv_of(WRONG), path=f"/warranty-imports{wrong}")).status_code == 404


@pytest.mark.requirement("WAR-5", "ACC-4")
async def test_staff_makes_units_known_and_nobody_else(reseller, shop, keys):
    content = b"serial_number,sku,market,shipped_on\nHD7001,HAL-D400-BLK,FR,2026-03-05\nHD7002,NO,FR,2026-03-05\n"
    agent = shop.as_(keys.agent)
    for caller in (shop, reseller, shop.as_(keys.warehouse)):
        assert (await send(caller, content, path="/agent/unit-imports")).status_code == 403
    answer = await send(agent, content, path="/agent/unit-imports")
    assert (answer.status_code, answer.json()["kind"]) == (202, "units"), answer.text
    await work()
    assert (await see(agent, answer.json())).json()["rows"] == {"total": 2, "done": 2, "new": 1, "same": 0, "failed": 1}
    assert await db.fetchval("select count(*) from audit_entry where action = 'import_units'") == 1


@pytest.mark.requirement("WAR-8")
async def test_templates_are_downloaded_by_version(reseller, shop, keys):
    for path, caller in (("/warranty-imports", reseller), ("/warranty-imports", shop)):
        answer = await caller.get(f"{path}/template.csv?version=1", **{"X-Locale": "fr"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        assert len(read_csv(answer.content)[0]) == 13
        assert b"serial_number;certificate_number" in answer.content
        assert (await caller.get(f"{path}/template.csv?version=99")).json()["code"] == "unknown_template"
    assert (await shop.as_(keys.agent).get("/agent/unit-imports/template.csv")).status_code == 200


async def test_imports_are_started_so_often_and_no_oftener(reseller, monkeypatch):
    monkeypatch.setattr(import_upload, "IMPORTS_MOST", 1)
    await started(reseller, WRONG)
    assert (await send(reseller, csv_of(WRONG[:1]))).json()["code"] == "too_many_tries"


@pytest.mark.requirement("WAR-1", "WAR-9")
async def test_a_private_account_guesses_no_serials_by_file(shop, reseller):
    customer = shop.as_(await signed_in())
    many = [registration(f"HD{number:05}", "x") for number in range(501)]
    refused = await send(customer, csv_of(many))
    assert (refused.status_code, refused.json()["code"]) == (422, "csv_too_many_rows")
    assert (await send(reseller, csv_of(many))).status_code == 202
    for number in range(5):
        await started(customer, many[number : number + 1])
    assert (await send(customer, csv_of(many[:1]))).json()["code"] == "too_many_tries"
