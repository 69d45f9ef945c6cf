"""What the API page says before its endpoints: the conventions in short (docs/api.md in full), and the chapters."""

from __future__ import annotations

DESCRIPTION = """\
A headless store. Amounts are whole minor units with a currency; times are UTC (RFC 3339); lists are read with
cursors; errors are RFC 9457 problems with a stable `code` and a translated `title` and `detail`.

**Keys.** Storefronts send their publishable key (`pk_…`) as `Authorization: Bearer`. When a customer is signed in, the
session token (`cs_…`) goes there and the key into `X-Store-Key`; it is short-lived, and its refresh token (`cr_…`)
gives the next pair. Servers use secret keys (`sk_…`).

**Repeating.** A POST that takes an `Idempotency-Key` is done once per key; the first answer is repeated with the header
`Idempotent-Replayed: true`.

**Languages.** `?locale=` or `X-Locale`, else the account's, else `Accept-Language`, else the market's first.

**Guests.** `X-Order-Token` opens one order, `X-Return-Token` one return or fault report, `X-Case-Token` one case.

**Mistakes.** Fields and query parameters that an endpoint does not know are refused, with every mistake in `errors`.
"""

TAGS = (
    ("Markets", "Countries, currencies, languages, shipping, support hours."),
    ("Catalogue", "Products, variants, prices, availability."),
    ("Accounts", "Signing in and out, passwords, and who one is."),
    ("Address book", "The addresses of a customer, or of a partner's people together."),
    ("Carts", "Lines, address, shipping, payment: the quote before the order."),
    ("Orders", "Placing, following, cancelling, asking for a refund, documents, payment links."),
    ("Warranty", "Coverage, registrations, service certificates, imports."),
    ("Returns", "What can come back and how: registering, confirming, labels, faults that are confirmed first."),
    ("Support", "The FAQ, help with products, opening hours, writing to us and what we answer."),
    ("Files", "Sending files that go with something else."),
    ("Agent: orders", "Finding and working on orders and what was paid for them."),
    ("Agent: refunds", "Previewing, committing, approving, and what customers asked for."),
    ("Agent: returns", "Finding returns, deciding about them, faults, policies."),
    ("Agent: warranty", "Devices, their registrations and imports, service certificates."),
    ("Agent: support", "The queue of cases and the answers to them."),
    ("Agent: people and keys", "Keys, partners, tax exemptions."),
    ("Agent: audit", "Who did what, and what needs a person's look."),
    ("Warehouse", "Releasing, dispatching, receiving."),
    ("Webhooks", "Where payment providers report."),
    ("Operations", "Health and figures."),
    ("Development", "The movable clock and the mail folder; not there in production."),
)
