"""A mail server of a few lines: it keeps what it takes, and refuses, falls silent or hangs up as told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class SmtpServer:
    """`answers` are replies to be given instead of 250, by step: {"RCPT": "550 no such user"}.

    Steps are CONNECT, the commands, and CONTENT, which is what follows DATA. `silent_at` one of them it says nothing.
    """

    answers: dict[str, str] = field(default_factory=dict)
    received: list[EmailMessage] = field(default_factory=list)
    hangs_up_after_data: bool = False
    silent_at: str = ""
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        try:
            await self._answer(writer, "CONNECT", "220 test")
            while line := await reader.readline():
                command = line.split()[0].decode().upper() if line.split() else ""
                going_on = command == "DATA" and "DATA" not in self.answers and self.silent_at != "DATA"
                usual = {"QUIT": "221 bye", "DATA": "354 go on"}.get(command, "250 ok")
                await self._answer(writer, command, usual)
                if going_on:
                    content = await reader.readuntil(b"\r\n.\r\n")
                    if "CONTENT" not in self.answers:
                        self.received.append(_read(content))
                    if self.hangs_up_after_data:
                        return
                    await self._answer(writer, "CONTENT", "250 ok")
                if command == "QUIT":
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, step: str, usual: str) -> None:
        if self.silent_at != step:
            writer.write(self.answers.get(step, usual).encode() + b"\r\n")
            await writer.drain()


def _read(content: bytes) -> EmailMessage:
    return message_from_bytes(content[:-5].replace(b"\r\n..", b"\r\n."), policy=default)
