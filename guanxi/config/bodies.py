"""Requests begin when they have come whole.

A member's request is one transaction, and on SQLite one that writes keeps all others from writing
(identity/middleware.py). A file that is read inside of it from a slow line would hold them up for minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
IN_MEMORY = 1 << 20  # bytes; longer ones lie on the disk meanwhile
PIECE = 1 << 18


class WholeBodies:
    """A WSGI application that calls another one when the body of the request is there.

    most   bytes; what is longer is handed on as it comes
    """

    def __init__(self, application: Application, *, most: int) -> None:
        self._application, self._most = application, most

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        said = environ.get("CONTENT_LENGTH") or ""
        length = int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else 0
        if 0 < length <= self._most:
            aside = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  it goes with the request
            try:
                came = _copy(environ["wsgi.input"], aside, length)
            except OSError:
                return _refused(start_response, "507 Insufficient Storage", b"There was no room for it.\n")
            if came < length:
                return _refused(start_response, "400 Bad Request", b"It broke off on the way.\n")
            aside.seek(0)
            environ["wsgi.input"] = aside
        return self._application(environ, start_response)


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


def _refused(start_response: Callable[..., Any], status: str, said: bytes) -> list[bytes]:
    start_response(
        status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(said)))]
    )
    return [said]
