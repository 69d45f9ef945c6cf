"""An e-mail's row as the message that goes over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy

from store.kernel import db
from store.notifications.logo import LOGO_ID
from store.notifications.mail_settings import MailSettings
from store.notifications.reveal_tokens import revealed

ID_HEADERS = {"message-id", "in-reply-to", "references"}


class _Policy(EmailPolicy):
    """The library's policy, which would write a message id that is longer than a line as an encoded word."""

    def fold(self, name: str, value: str) -> str:
        return _fold_ids(name, value) if name.lower() in ID_HEADERS else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return _fold_ids(name, value).encode() if name.lower() in ID_HEADERS else super().fold_binary(name, value)


def _fold_ids(name: str, value: str) -> str:
    return f"{name}: " + "\r\n ".join(value.split()) + "\r\n"


POLICY = _Policy(linesep="\r\n")


def compose_message(email: db.Row, settings: MailSettings, earlier: Sequence[str]) -> EmailMessage:
    """`earlier` are the ids of the thread. The policy refuses line breaks in headers with a ValueError."""
    message = EmailMessage(policy=POLICY)
    message["From"] = settings.sender.header
    message["To"] = Address(addr_spec=email["recipient"])
    message["Subject"] = email["subject"]
    message["Date"] = email["created_at"]
    message["Message-ID"] = email["message_id"]
    if earlier:
        message["In-Reply-To"] = earlier[-1]
        message["References"] = " ".join(earlier)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(revealed(email["text_body"], email))
    message.add_alternative(revealed(email["html_body"], email), subtype="html")
    message["Content-Language"] = email["locale"]  # last, as setting the content clears such headers
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(settings.logo, "image", "png", cid=f"<{LOGO_ID}>", disposition="inline", filename="logo.png")
    return message
