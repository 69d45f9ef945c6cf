"""E-mails in their two forms, out of templates that carry English texts and are read in the order's language.

A template writes `{{ _("Order {number}", number=order.number) }}`: the sentence is looked up whole, and facts go into
it as the language writes them (money, dates, lists). In HTML, facts are escaped, whoever they came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_eval_context, select_autoescape
from jinja2.nodes import EvalContext
from markupsafe import escape

from store.kernel.i18n import LOCALES, translate, translate_plural
from store.kernel.wording import spoken
from store.notifications.foreign_text import cleaned, isolated, isolated_html, one_line
from store.notifications.logo import LOGO_ID

EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(kind: str, subject: str, locale: str, context: Mapping[str, Any]) -> Rendered:
    """Render `templates/<kind>.txt` and `.html`; the subject's facts are those of the context's `subject_facts`."""
    environment, context = _environment(locale), cleaned(context)
    facts = {name: isolated(_said(value, locale)) for name, value in context["subject_facts"].items()}
    title = translate(locale, subject, facts)
    everything = {**context, "locale": locale, "language": LOCALES[locale].replace("_", "-"), "subject": title}
    everything["logo_id"] = LOGO_ID
    return Rendered(
        subject=title,
        text=EMPTY_LINES.sub("\n\n", environment.get_template(f"{kind}.txt").render(everything)).strip() + "\n",
        html=environment.get_template(f"{kind}.html").render(everything),
    )


@cache
def _environment(locale: str) -> Environment:
    """One per language, so that macros and includes speak it without being told."""
    environment = Environment(
        loader=PackageLoader("store.notifications"),
        autoescape=select_autoescape(enabled_extensions=["html"], disabled_extensions=["txt"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    @pass_eval_context
    def _(eval_context: EvalContext, text: str, **facts: Any) -> str:
        return _fill(eval_context, translate(locale, text), facts, locale)

    @pass_eval_context
    def ngettext(eval_context: EvalContext, singular: str, plural: str, count: int, **facts: Any) -> str:
        return _fill(eval_context, translate_plural(locale, singular, plural, count), facts, locale)

    environment.globals.update({"_": _, "ngettext": ngettext})

    @pass_eval_context
    def said(eval_context: EvalContext, value: Any) -> str:
        return _apart(eval_context, _said(value, locale))

    environment.filters["said"] = said
    environment.filters["translated"] = lambda text: translate(locale, text)
    return environment


def _fill(eval_context: EvalContext, text: str, facts: Mapping[str, Any], locale: str) -> str:
    """Put the facts into a translated sentence; in HTML both are escaped."""
    said = {name: _apart(eval_context, _said(value, locale)) for name, value in facts.items()}
    return escape(text).format_map(said) if eval_context.autoescape else text.format_map(said)


def _apart(eval_context: EvalContext, text: str) -> str:
    return isolated_html(text) if eval_context.autoescape else isolated(text)


def _said(value: Any, locale: str) -> str:
    """Names as they are, on one line; numbers, amounts, dates and lists as the language writes them."""
    return one_line(value if isinstance(value, str) else str(spoken(value, locale)))
