"""Requests begin when they have come whole.

A member's request is one transaction, and on SQLite one that writes keeps all others from writing
(identity/middleware.py). A file that is read inside of it from a slow line would hold them up for minutes.

Who sends slowly holds a thread of the server meanwhile. So only some threads may wait like that: the others
stay for pages. Without a proxy in front that waits in their place, slow connections can keep others from
saving, and never from reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
IN_MEMORY = 1 << 20  # bytes; longer ones lie on the disk meanwhile
PIECE = 1 << 18
WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FOR_PAGES = 2  # threads that wait for no slow body
MOMENT_SECONDS = 0.5  # in which bodies that are already here make room


class WholeBodies:
    """A WSGI application that calls another one when the body of the request is there.

    most      bytes; what is longer is refused before it is read
    threads   of the server; all but FOR_PAGES of them (at least one) wait for bodies at the same time
    folder    for what is longer than IN_MEMORY; None: that of the system

    Other methods than WITH_BODY, and bodies of no said length, are handed on with nothing to read.
    """

    def __init__(
        self, application: Application, *, most: int, threads: int, folder: str | None = None
    ) -> None:
        self._application, self._most, self._folder = application, most, folder
        self._waiting = BoundedSemaphore(max(1, threads - FOR_PAGES))
        self._stuck = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = _length(environ) if environ["REQUEST_METHOD"] in WITH_BODY else 0
        if not length:
            environ["wsgi.input"] = BytesIO()
            return self._application(environ, start_response)
        if length > self._most:
            said = f"It is larger than {self._most // 1_000_000} MB. Nothing of it was kept.\n"
            return _refused(start_response, "413 Content Too Large", said)
        aside = SpooledTemporaryFile(max_size=IN_MEMORY, dir=self._folder)  # noqa: SIM115  closed with the answer
        try:
            if refused := self._lay_aside(environ["wsgi.input"], aside, length):
                aside.close()
                return _refused(start_response, *refused)
            environ["wsgi.input"] = aside
            return _Answer(self._application(environ, start_response), aside)
        except BaseException:
            aside.close()
            raise

    def _lay_aside(
        self, source: Any, aside: SpooledTemporaryFile[bytes], length: int
    ) -> tuple[str, str] | None:
        """The body goes into `aside`; status and words where it does not."""
        if not self._find_place():
            said = "Too many are sending at this moment. Nothing was saved: send it again in some seconds.\n"
            return "503 Service Unavailable", said
        try:
            came = _copy(source, aside, length)
        except OSError:
            return "507 Insufficient Storage", "There was no room for it.\n"
        finally:
            self._waiting.release()
        aside.seek(0)
        return None if came == length else ("400 Bad Request", "It broke off on the way.\n")

    def _find_place(self) -> bool:
        """Whether there is a place among those that wait for bodies.

        When many come at once their bodies are here already and make room in a moment; where none did, slow
        ones hold the places, and until one is free nobody waits for it.
        """
        found = self._waiting.acquire(blocking=False)
        if not found and not self._stuck:
            found = self._waiting.acquire(timeout=MOMENT_SECONDS)
        self._stuck = not found
        return found


class _Answer:
    """What the application answers; the body of the request goes with it."""

    def __init__(self, answered: Iterable[bytes], aside: SpooledTemporaryFile[bytes]) -> None:
        self._answered, self._aside = answered, aside

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answered)

    def close(self) -> None:
        try:
            if close := getattr(self._answered, "close", None):
                close()
        finally:
            self._aside.close()


def _length(environ: dict[str, Any]) -> int:
    """How many bytes are said to come; 0 where nothing, or nothing that is a number, is said."""
    said = environ.get("CONTENT_LENGTH") or ""
    return int(said[:19]) if said.isascii() and said.isdecimal() else 0


def _copy(source: Any, aside: SpooledTemporaryFile[bytes], length: int) -> int:
    """How many bytes came; fewer where the caller has gone."""
    came = 0
    while came < length and (piece := _read(source, min(PIECE, length - came))):
        aside.write(piece)
        came += len(piece)
    return came


def _read(source: Any, size: int) -> bytes:
    try:
        piece: bytes = source.read(size)
    except (OSError, RuntimeError):  # as servers say that the caller has gone
        return b""
    return piece


def _refused(start_response: Callable[..., Any], status: str, said: str) -> list[bytes]:
    """The connection ends with it: what was not read would be taken for the next request."""
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(said.encode()))),
        ("Connection", "close"),
    ]
    if status.startswith("503"):
        headers.append(("Retry-After", "5"))
    start_response(status, headers)
    return [said.encode()]
