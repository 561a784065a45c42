"""A request begins when it has come whole."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from guanxi.config.bodies import IN_MEMORY, PIECE, WholeBodies


class Line:
    """What comes over a line in pieces, and which of them have come; it may break off."""

    def __init__(self, *pieces: bytes, breaks: bool = False) -> None:
        self.left, self.breaks = list(pieces), breaks

    def read(self, size: int) -> bytes:  # one piece at a time, as a line brings them
        if not self.left and self.breaks:
            raise OSError("gone")
        return self.left.pop(0) if self.left else b""


def call(line: Any, length: str | None, *, most: int = 10_000_000) -> tuple[str, bytes, list[int]]:
    """Status, what the application has read, and how many pieces were still to come when it began."""
    read, left, said = [], [], []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        left.append(len(line.left))
        read.append(environ["wsgi.input"].read(-1))
        start_response("200 OK", [])
        return []

    environ: dict[str, Any] = {"wsgi.input": line} | ({} if length is None else {"CONTENT_LENGTH": length})
    list(WholeBodies(application, most=most)(environ, lambda status, headers: said.append(status)))
    return said[0], b"".join(read), left


@pytest.mark.parametrize(("size", "many"), [(3, 3), (PIECE, IN_MEMORY // PIECE + 1)])
def test_the_application_begins_when_all_of_it_is_here(size: int, many: int):
    pieces = [bytes([at]) * size for at in range(many)]
    status, read, left = call(Line(*pieces), str(many * size))
    assert (status, read, left) == ("200 OK", b"".join(pieces), [0])


@pytest.mark.parametrize("breaks", [False, True])
def test_what_breaks_off_never_begins(breaks: bool):
    status, read, left = call(Line(b"half", breaks=breaks), "9")
    assert (status, read, left) == ("400 Bad Request", b"", [])


@pytest.mark.parametrize("length", [None, "", "0", "-1", "x", "9" * 30, "20"])
def test_without_a_length_that_fits_it_is_handed_on_as_it_comes(length: str | None):
    assert call(Line(b"some", b"more"), length, most=10)[2] == [2]


def test_where_there_is_no_room_it_is_said(monkeypatch: pytest.MonkeyPatch):
    class Full(BytesIO):
        def __init__(self, max_size: int) -> None:
            super().__init__()

        def write(self, piece: Any) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("guanxi.config.bodies.SpooledTemporaryFile", Full)
    assert call(Line(b"some"), "4")[0] == "507 Insufficient Storage"
