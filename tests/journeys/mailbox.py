"""A mail server for a journey: it speaks SMTP on a port of this machine and keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import cast


class Mailbox(ThreadingTCPServer):
    """`letters`: what came in, the oldest first, with the envelope's recipients as `X-To`."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[EmailMessage] = []

    @property
    def url(self) -> str:
        """As GUANXI_SMTP_URL has it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A running one."""
    with Mailbox() as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class _Talk(StreamRequestHandler):
    """One client: RFC 5321 without extensions."""

    def handle(self) -> None:
        self._say("220 mailbox")
        recipients: list[str] = []
        while line := self.rfile.readline():
            said = line.decode("ascii", "replace").strip()
            verb = said[:4].upper()
            if verb == "RCPT":
                recipients.append(said.partition(":")[2].strip("<> "))
            if verb == "DATA":
                self._say("354 end with a dot")
                self._keep(recipients)
                recipients = []
            self._say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                return

    def _keep(self, recipients: list[str]) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        letter = BytesParser(policy=policy.default).parsebytes(b"".join(lines))
        letter["X-To"] = ", ".join(recipients)
        cast("Mailbox", self.server).letters.append(letter)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
