"""The address book: one default of each kind, a hundred entries, one owner's alone, whatever races (ACC-3)."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.customers import (
    AddressBookFull,
    AddressDraft,
    AddressOwner,
    Principal,
    add_address,
    change_address,
    create_account,
    create_partner,
    default_address,
    delete_address,
    get_address,
    list_addresses,
    make_default,
)
from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.ids import new_id
from store.markets import CountryNotSupported, InvalidAddress, PostBoxRefused

PARIS = {"name": "Ada", "line1": "12 rue de Rivoli", "postcode": "75001", "city": "Paris", "country": "fr"}
SHENZHEN = {
    "name": "王芳",
    "line1": "深南大道1号",
    "district": "南山区",
    "city": "深圳市",
    "region": "广东省",
    "postcode": "518000",
    "country": "CN",
    "phone": "+8675586000000",
}


def draft(label="Home", address=None, **flags):
    return AddressDraft(label=label, address=address or PARIS, **flags)


async def owner(email="ada@example.com") -> AddressOwner:
    account = await create_account(kind="customer", email=email, name="Ada")
    return AddressOwner.of(Principal(kind="customer", account_id=account.id))


async def defaults(book: AddressOwner, purpose: str) -> list[str]:
    return [entry.label for entry in await list_addresses(book) if getattr(entry, f"default_{purpose}")]


@pytest.mark.requirement("ACC-3")
async def test_an_address_is_kept_in_its_one_form_under_its_owners_name(database):
    book = await owner()
    entry = await add_address(book, draft(" Home ", {**PARIS, "postcode": "75 001", "phone": "01 42 60 00 00"}))
    assert (entry.label, entry.address.country, entry.address.postcode) == ("Home", "FR", "75001")
    assert entry.address.phone == "+33142600000"
    assert await list_addresses(book) == [entry]
    moved = await change_address(book, entry.id, draft("王芳", SHENZHEN, default_returns=True))
    assert (moved.id, moved.address.city, moved.default_returns) == (entry.id, "深圳市", True)
    assert moved.created_at == entry.created_at
    await delete_address(book, entry.id)
    assert await list_addresses(book) == []
    with pytest.raises(NotFound):
        await delete_address(book, entry.id)


@pytest.mark.requirement("ACC-3", "CRT-5")
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"line1": "BP 123"}, PostBoxRefused),
        ({"line1": "Boîte postale 12"}, PostBoxRefused),
        ({"country": "AQ"}, CountryNotSupported),
        ({"country": "??"}, CountryNotSupported),
        ({"country": ""}, InvalidAddress),
        ({"postcode": "1"}, InvalidAddress),
        ({"line1": ""}, InvalidAddress),
        ({"line1": "x" * 500}, InvalidAddress),
        ({"planet": "Mars"}, InvalidAddress),
    ],
)
async def test_what_nothing_can_be_sent_to_is_not_kept(database, change, refusal):
    book = await owner()
    entry = await add_address(book, draft())
    for act in (
        add_address(book, draft(address=PARIS | change)),
        change_address(book, entry.id, draft(address=PARIS | change)),
    ):
        with pytest.raises(refusal):
            await act
    assert await list_addresses(book) == [entry]


@pytest.mark.requirement("ACC-3", "ACC-4")
async def test_a_foreign_entry_does_not_exist(database):
    ada, eve = await owner(), await owner("eve@example.com")
    entry = await add_address(ada, draft(default_shipping=True))
    for act in (
        get_address(eve, entry.id),
        change_address(eve, entry.id, draft()),
        make_default(eve, entry.id, "shipping"),
        delete_address(eve, entry.id),
        get_address(ada, new_id()),
    ):
        with pytest.raises(NotFound):
            await act
    assert await list_addresses(eve) == []
    assert await default_address(eve, "shipping") is None
    assert await default_address(ada, "shipping") == entry
    assert await default_address(ada, "returns") is None


@pytest.mark.requirement("ACC-3")
async def test_a_partners_people_share_one_book_apart_from_their_own(database):
    partner = await create_partner(name="Reseller", currency="EUR")
    people = [
        await create_account(kind="partner", email=email, name="P", partner_id=partner.id)
        for email in ("a@example.com", "b@example.com")
    ]
    books = [AddressOwner.of(Principal(kind="partner", account_id=each.id, partner_id=partner.id)) for each in people]
    entry = await add_address(books[0], draft())
    assert await list_addresses(books[1]) == [entry]
    assert await list_addresses(await owner("a@example.com")) == []


@pytest.mark.parametrize("kind", ["storefront", "agent", "admin", "warehouse", "anonymous"])
def test_nobody_else_has_a_book(kind):
    with pytest.raises(NotFound):
        AddressOwner.of(Principal(kind=kind, account_id=new_id(), partner_id=new_id()))


@pytest.mark.requirement("ACC-3")
async def test_of_many_defaults_at_once_one_holds(database):
    book = await owner()
    entries = [await add_address(book, draft(f"No. {number}")) for number in range(8)]
    await asyncio.gather(
        *(make_default(book, entry.id, purpose) for entry in entries for purpose in ("shipping", "returns")),
        *(add_address(book, draft(f"New {number}", default_shipping=True)) for number in range(4)),
        *(change_address(book, entry.id, draft(entry.label, default_returns=True)) for entry in entries[:4]),
    )
    assert len(await list_addresses(book)) == 12
    assert len(await defaults(book, "shipping")) <= 1
    assert len(await defaults(book, "returns")) == 1


@pytest.mark.requirement("ACC-3")
async def test_the_book_ends_at_a_hundred_whatever_races(database):
    book = await owner()
    for number in range(95):
        await add_address(book, draft(str(number)))
    results = await asyncio.gather(*(add_address(book, draft("more")) for _ in range(15)), return_exceptions=True)
    assert sum(isinstance(result, AddressBookFull) for result in results) == 10
    assert len(await list_addresses(book)) == 100
    await delete_address(book, (await list_addresses(book))[40].id)
    await add_address(book, draft("in the gap"))
    with pytest.raises(AddressBookFull):
        await add_address(book, draft("too many"))


async def test_the_database_holds_one_default_and_the_limit_by_itself(database):
    book = await owner()
    await add_address(book, draft(default_shipping=True))
    await add_address(book, draft("Other"))
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("update address_book_entry set default_shipping = true")
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("update address_book_entry set slot = slot + 100")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "shipping", "returns", "delete"]),
        st.integers(0, 4),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


async def test_whatever_is_done_the_last_choice_is_the_default(database):
    """Against a plain list: every entry's flags are what the last act that touched them made them."""
    book = await owner()
    loop = asyncio.get_running_loop()

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def law(steps) -> None:
        asyncio.run_coroutine_threadsafe(follow(book, steps), loop).result()

    await asyncio.to_thread(law)


async def follow(book: AddressOwner, steps) -> None:
    await db.execute("delete from address_book_entry")
    order: list = []
    chosen = {"shipping": None, "returns": None}

    def choose(entry_id, flags) -> None:
        for purpose, flag in flags.items():
            if flag:
                chosen[purpose] = entry_id
            elif chosen[purpose] == entry_id:
                chosen[purpose] = None

    for what, which, shipping, returns in steps:
        flags = {"shipping": shipping, "returns": returns}
        if what == "add":
            entry = await add_address(book, draft(default_shipping=shipping, default_returns=returns))
            order.append(entry.id)
            choose(entry.id, flags)
            continue
        if which >= len(order):
            continue
        entry_id = order[which]
        if what == "change":
            await change_address(book, entry_id, draft(default_shipping=shipping, default_returns=returns))
            choose(entry_id, flags)
        elif what == "delete":
            await delete_address(book, entry_id)
            order.remove(entry_id)
            choose(entry_id, dict.fromkeys(flags, False))
        else:
            await make_default(book, entry_id, what)
            chosen[what] = entry_id
    seen = await list_addresses(book)
    assert sorted(entry.id for entry in seen) == sorted(order)
    for purpose, entry_id in chosen.items():
        assert [entry.id for entry in seen if getattr(entry, f"default_{purpose}")] == ([entry_id] if entry_id else [])
