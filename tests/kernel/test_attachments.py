"""Files that people send: told by their content, kept once, forgotten unless they were sent for something."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from store.kernel import attachments, clock, db
from store.kernel.attachments import MAX_BYTES, EmptyFile, FileRefused, FileTooLarge
from store.kernel.errors import NotFound
from store.kernel.ids import new_id

PDF = b"%PDF-1.7\ninvoice"
JPEG = b"\xff\xd8\xff\xe0rest"
PNG = b"\x89PNG\r\n\x1a\nrest"


@pytest.fixture
async def folder(database, tmp_path: Path) -> Path:
    attachments.configure(tmp_path)
    return tmp_path / "attachments"


async def keep(content=PDF, *, name="invoice.pdf", by="account:ada", **facts):
    return await attachments.keep_file(content, name=name, purpose="test", by=by, **facts)


async def link(*ids, owner=None, by=None):
    async with db.unit_of_work():
        await attachments.link_files(ids, owner_kind="test", owner_id=owner or new_id(), by=by)


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize(
    ("content", "media_type", "extension"),
    [(PDF, "application/pdf", ".pdf"), (JPEG, "image/jpeg", ".jpg"), (PNG, "image/png", ".png")],
)
async def test_a_file_lies_under_a_name_of_our_own_and_only_we_can_read_it(folder, content, media_type, extension):
    kept = await keep(content, name="../../etc/pass\x00wd.exe")
    assert (kept.name, kept.media_type, kept.size_bytes) == (f"passwd.exe{extension}", media_type, len(content))
    found, path = await attachments.open_file(kept.id)
    assert found == kept
    assert path == folder / f"{kept.id}{extension}"
    assert path.read_bytes() == content == await attachments.read_file(kept.id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize(
    ("content", "name", "saved_as"),
    [
        (PDF, "invoice.hta", "invoice.hta.pdf"),
        (PDF, "INVOICE.PDF", "INVOICE.PDF"),
        (PDF, "x" * 200, "x" * 116 + ".pdf"),
        (PDF, "", "file.pdf"),
        (JPEG, "photo.jpeg", "photo.jpeg"),
        (JPEG, "photo.png", "photo.png.jpg"),
        (PNG, "photo.html", "photo.html.png"),
    ],
)
async def test_a_file_is_saved_under_a_name_that_says_what_it_is(folder, content, name, saved_as):
    assert (await keep(content, name=name)).name == saved_as


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize("content", [b"MZ program", b"<svg/>", b"PK\x03\x04", b"text", b" %PDF-1.7"])
async def test_the_content_decides_what_a_file_is_and_not_its_name(folder, content):
    with pytest.raises(FileRefused):
        await keep(content, name="invoice.pdf")
    assert not folder.exists()
    assert await db.fetchval("select count(*) from attachment") == 0


async def test_empty_and_huge_files_are_refused(folder):
    with pytest.raises(EmptyFile):
        await keep(b"")
    with pytest.raises(FileTooLarge) as refused:
        await keep(PDF.ljust(MAX_BYTES + 1, b"!"))
    assert (refused.value.status, refused.value.facts["megabytes"]) == (413, 10)
    assert (await keep(PDF.ljust(MAX_BYTES, b"!"))).size_bytes == MAX_BYTES


async def test_a_table_is_no_document_and_a_document_no_table(folder):
    assert (await keep(b"serial;sku\n", kinds=("csv",))).media_type == "text/csv"
    with pytest.raises(FileRefused):
        await keep(PDF, kinds=("csv",))


async def test_the_same_file_of_the_same_caller_is_one_however_often_and_at_once(folder):
    kept = await asyncio.gather(*(keep() for _ in range(8)))
    assert len({file.id for file in kept}) == 1
    other = await keep(by="account:bob")
    assert other.id != kept[0].id
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{kept[0].id}.pdf", f"{other.id}.pdf"])


async def test_files_are_linked_whole_or_not_at_all_and_only_by_who_sent_them(folder):
    mine, theirs = await keep(), await keep(by="account:bob")
    for ids in ((mine.id, new_id()), (mine.id, theirs.id)):
        with pytest.raises(NotFound):
            await link(*ids, by="account:ada")
    assert await db.fetchval("select count(*) from attachment_link") == 0
    owner = new_id()
    await link(mine.id, owner=owner, by="account:ada")
    await link(mine.id, mine.id, owner=owner)
    assert await db.fetchval("select count(*) from attachment_link") == 1
    with pytest.raises(NotFound):
        await attachments.open_file(new_id())
    assert set(await attachments.load_files([mine.id, theirs.id, new_id()])) == {mine.id, theirs.id}


async def test_what_nobody_linked_is_forgotten_after_two_days(folder):
    linked, unlinked, renewed = await keep(PDF), await keep(JPEG), await keep(PNG)
    await link(linked.id)
    clock.set_offset(timedelta(days=1))
    assert await attachments.purge() == 0
    assert (await keep(PNG)).id == renewed.id, "sent again, it is young again"
    clock.set_offset(timedelta(days=2, minutes=1))
    assert await attachments.purge() == 1
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{linked.id}.pdf", f"{renewed.id}.png"])
    with pytest.raises(NotFound):
        await attachments.open_file(unlinked.id)
    assert await attachments.purge() == 0


async def test_a_file_goes_when_its_last_owner_needs_it_no_more(folder):
    kept, one, other = await keep(), new_id(), new_id()
    await link(kept.id, owner=one)
    await link(kept.id, owner=other)
    clock.set_offset(timedelta(days=3))
    for owner, purged in ((one, 0), (other, 1)):
        async with db.unit_of_work():
            await attachments.unlink_files(owner_kind="test", owner_id=owner)
        assert await attachments.purge() == purged


async def test_a_file_that_is_sent_or_linked_while_files_are_forgotten_is_whole(folder):
    """Whatever the order: who got an id that could be linked has its content too."""
    for round_ in range(6):
        await keep()
        clock.set_offset(timedelta(days=3 * (round_ + 1)))

        async def send_and_link():
            kept = await keep()
            await link(kept.id)
            return kept

        kept, _ = await asyncio.gather(send_and_link(), attachments.purge())
        assert await attachments.read_file(kept.id) == PDF
        await db.execute("delete from attachment_link")
        await db.execute("update attachment set linked = false")


async def test_a_file_is_not_kept_in_a_unit_of_work(folder):
    with pytest.raises(RuntimeError):
        async with db.unit_of_work():
            await keep()
