"""docs/api.md is true: its commands are run as they stand, one after the other."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from string import Template

import httpx

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
FILES = {"@receipt.pdf": b"%PDF-1.4\n%%EOF\n"}
EXPECTED = re.compile(r"# (?P<status>\d{3})(?: (?P<code>[a-z_]+)(?= *$))?(?: gives (?P<kept>.+))?$")
LEAST_COMMANDS = 14


@dataclass(frozen=True)
class Command:
    """What the guide says a command answers, what it keeps of it, and the command as one line of shell."""

    status: int
    code: str | None
    kept: dict[str, str]
    text: str


def commands() -> list[Command]:
    found: list[Command] = []
    for block in re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        for part in re.split(r"(?m)^(?=# \d{3})", block):
            first, _, text = part.partition("\n")
            if expected := EXPECTED.match(first):
                pairs = [pair.split(" as ") for pair in (expected["kept"] or "").split(", ") if pair]
                found.append(Command(int(expected["status"]), expected["code"], {b: a for a, b in pairs}, text))
    return found


async def run(client: httpx.AsyncClient, text: str, known: dict[str, str]) -> httpx.Response:
    """The request that curl would send. Variables are put in where a shell puts them: not between single quotes."""
    words = shlex.split(_put_in(text.replace("\\\n", " "), known))
    assert words.pop(0) == "curl"
    headers: dict[str, str] = {}
    content: bytes | None = None
    url = ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word in {"-d", "--data-binary"}:
            given = words.pop(0)
            content = FILES.get(given) or given.encode()
        else:
            url = word
    return await client.request("GET" if content is None else "POST", url, headers=headers, content=content)


def _put_in(text: str, known: dict[str, str]) -> str:
    parts = text.split("'")
    return "'".join(part if index % 2 else Template(part).substitute(known) for index, part in enumerate(parts))


async def test_every_command_of_the_guide_answers_as_it_says(client, keys):
    known = {"STORE": "http://store.test", "KEY": keys.tokens["storefront"]}
    for command in commands():
        answer = await run(client, command.text, known)
        assert answer.status_code == command.status, (command.text, answer.text)
        if command.code:
            assert answer.json()["code"] == command.code, command.text
        for variable, name in command.kept.items():
            value = answer.json()[name]
            assert known.get(variable, value) == value, f"{variable} has changed: {command.text}"
            known[variable] = value
    assert len(commands()) >= LEAST_COMMANDS


async def test_the_guide_names_every_header_that_a_storefront_may_send(client):
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    guide = GUIDE.read_text(encoding="utf-8")
    for path, methods in paths.items():
        for method, operation in methods.items():
            for parameter in operation["parameters"]:
                if parameter["in"] == "header" and "/webhooks" not in path:
                    assert parameter["name"] in guide, f"{method} {path}: {parameter['name']}"
