"""How a language is written: its typography, its polite form, its script, and the words of its glossary.

A language's rules stand in RULES under the name of its folder; a language that has none there is checked for what all
have in common. The glossaries are locales/glossary.<language>.toml.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

NO_BREAK, NARROW_NO_BREAK = "\u00a0", "\u202f"
HAN = r"[\u3007\u3400-\u4dbf\u4e00-\u9fff]"
PLACEHOLDER = re.compile(r"\{[\w.]*\}|%\(\w+\)s")
# What a program reads keeps the punctuation of programs.
LITERAL = re.compile(r"Authorization: Bearer|Content-Type: |https?://\S*")
# What the reader is to write as it stands.
QUOTED = re.compile("“[^”]*”")

FRENCH = {
    "a typewriter's apostrophe": re.compile(r"'"),
    "English quotation marks": re.compile(r"[\"“”‘]"),
    "no no-break space before a colon": re.compile(rf"(?<!{NO_BREAK}):(?!\d)"),
    "no narrow no-break space before ; ! ?": re.compile(rf"(?<!{NARROW_NO_BREAK})[;!?]"),
    "no no-break space inside guillemets": re.compile(rf"«(?!{NO_BREAK})|(?<!{NO_BREAK})»"),
    "a space before a comma or a full stop": re.compile(r"\s[,.](?!\d)"),
    "two spaces": re.compile(r"\s{2}"),
    "three dots for an ellipsis": re.compile(r"\.\.\."),
    "tu for vous": re.compile(r"\b(tu|toi|ton|tes|ta|te)\b|\bt’", re.IGNORECASE),
}
CHINESE = {
    "half-width punctuation": re.compile(r"[,;:!?()](?!\d)|(?<![A-Za-z0-9])\.|\.(?![A-Za-z0-9])"),
    "half-width quotation marks": re.compile(r"[\"']"),
    "a space beside a character": re.compile(rf"{HAN}[ \u3000]|[ \u3000]{HAN}"),
    "three full stops or dots for an ellipsis": re.compile(r"。。|\.\."),
    "你 for 您": re.compile(r"你"),
}
RULES: Mapping[str, Mapping[str, re.Pattern[str]]] = {"fr": FRENCH, "zh_Hans_CN": CHINESE}
# What a program reads is left out by these languages in different ways: a word keeps the French spaces around it apart.
STAND_IN = {"fr": "x", "zh_Hans_CN": ""}


def glossary(locales: Path, language: str) -> dict[str, Any]:
    """The words of a language: {"terms", "release", "texts": {"same", "free", "latin"}}; empty where there is none."""
    file = locales / f"glossary.{language}.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.exists() else {}


def mistakes(language: str, text: str, book: Mapping[str, Any]) -> Iterator[str]:
    """What a reader of the language would stumble over."""
    stand_in = STAND_IN.get(language, "")
    plain = LITERAL.sub(stand_in, PLACEHOLDER.sub(stand_in, text) if stand_in else text)
    for mistake, pattern in RULES.get(language, {}).items():
        if pattern.search(plain):
            yield mistake
    if language.startswith("zh_Hans"):
        yield from _not_chinese(text, book)


def _not_chinese(text: str, book: Mapping[str, Any]) -> Iterator[str]:
    """Latin words that are no names; characters that GB 2312 hasn't, as it has the simplified ones only."""
    names = sorted(book.get("texts", {}).get("latin", []), key=len, reverse=True)
    known = re.compile("|".join(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" for name in names) or r"(?!)")
    if words := re.findall(r"[A-Za-z]+", known.sub("", PLACEHOLDER.sub("", text))):
        yield f"Latin letters: {', '.join(words)}"
    if foreign := [character for character in re.findall(HAN, text) if not character.encode("gb2312", "ignore")]:
        yield f"not simplified: {', '.join(foreign)}"


def left_in_source(source: str, text: str, book: Mapping[str, Any]) -> bool:
    """Whether it was taken over as it is, though it isn't a name that all languages share."""
    same = book.get("texts", {}).get("same", [])
    return text == source and source not in same and bool(re.search(r"[^\W\d_]", PLACEHOLDER.sub("", source)))


def words_missed(source: str, text: str, book: Mapping[str, Any]) -> Iterator[str]:
    """Terms of the trade that aren't said with their word; the longest term in a text counts, not those inside it."""
    words = {**book.get("terms", {}), **book.get("release", {})}
    texts = book.get("texts", {})
    if not words or source in texts.get("free", []) or source in texts.get("same", []):
        return
    longest_first = "|".join(re.escape(term).replace(r"\ ", "[ -]") for term in sorted(words, key=len, reverse=True))
    by_name = {term.lower(): forms for term, forms in words.items()}
    # Without what isn't a word of the sentence.
    spoken = QUOTED.sub("", PLACEHOLDER.sub("", source))
    found = re.findall(rf"\b({longest_first})(?:s|es)?\b", spoken, re.IGNORECASE)
    for term in sorted({each.lower().replace("-", " ") for each in found}):
        if not any(form.lower() in text.lower() for form in by_name[term]):
            yield f"the glossary says {by_name[term][0]} for {term}"
