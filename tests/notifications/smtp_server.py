"""A mail server of a few lines: it keeps what it takes, and refuses, delays or hangs up as told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class SmtpServer:
    """`answers` are replies to be given instead of 250, by command: {"RCPT": "550 no such user"}."""

    answers: dict[str, str] = field(default_factory=dict)
    received: list[EmailMessage] = field(default_factory=list)
    hangs_up_after_data: bool = False
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
            writer.write(b"220 test\r\n")
            while line := await reader.readline():
                command = line.split()[0].decode().upper() if line.split() else ""
                if command == "DATA" and "DATA" not in self.answers:
                    writer.write(b"354 go on\r\n")
                    content = await reader.readuntil(b"\r\n.\r\n")
                    self.received.append(message_from_bytes(content[:-5].replace(b"\r\n..", b"\r\n."), policy=default))
                    if self.hangs_up_after_data:
                        return
                writer.write(self.answers.get(command, "221 bye" if command == "QUIT" else "250 ok").encode() + b"\r\n")
                await writer.drain()
                if command == "QUIT":
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
