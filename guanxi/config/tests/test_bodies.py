"""A request begins when it has come whole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import pytest

from guanxi.config.bodies import IN_MEMORY, PIECE, WholeBodies
from guanxi.config.serving import _parse, _programs


class Line:
    """What comes over a line in pieces, and which of them have come; it may break off."""

    def __init__(self, *pieces: bytes, breaks: bool = False) -> None:
        self.left, self.breaks = list(pieces), breaks

    def read(self, size: int) -> bytes:  # one piece at a time, as a line brings them
        if not self.left and self.breaks:
            raise OSError("gone")
        return self.left.pop(0) if self.left else b""


def call(
    line: Any, length: str | None, *, most: int = 10_000_000, method: str = "POST"
) -> tuple[str, bytes, list[int]]:
    """Status, what the application has read, and how many pieces were still to come when it began."""
    read, left, said = [], [], []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        left.append(len(line.left))
        read.append(environ["wsgi.input"].read(-1))
        start_response("200 OK", [])
        return []

    whole = WholeBodies(application, most=most, threads=3)
    list(whole(asked(line, length, method), lambda status, headers: said.append(status)))
    return said[0], b"".join(read), left


def asked(line: Any, length: str | None, method: str = "POST") -> dict[str, Any]:
    said = {} if length is None else {"CONTENT_LENGTH": length}
    return {"REQUEST_METHOD": method, "wsgi.input": line} | said


@pytest.mark.parametrize(("size", "many"), [(3, 3), (PIECE, IN_MEMORY // PIECE + 1)])
def test_the_application_begins_when_all_of_it_is_here(size: int, many: int):
    pieces = [bytes([at]) * size for at in range(many)]
    status, read, left = call(Line(*pieces), str(many * size))
    assert (status, read, left) == ("200 OK", b"".join(pieces), [0])


@pytest.mark.parametrize("breaks", [False, True])
def test_what_breaks_off_never_begins(breaks: bool):
    status, read, left = call(Line(b"half", breaks=breaks), "9")
    assert (status, read, left) == ("400 Bad Request", b"", [])


@pytest.mark.parametrize("length", [None, "", "0", "-1", "x", "²"])
def test_without_a_length_nothing_is_read(length: str | None):
    assert call(Line(b"some", b"more"), length) == ("200 OK", b"", [2])


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])
def test_what_carries_no_body_is_not_waited_for_and_has_nothing_to_read(method: str):
    assert call(Line(b"some", b"more"), "8", method=method) == ("200 OK", b"", [2])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_carries_a_body_is(method: str):
    assert call(Line(b"some", b"more"), "8", method=method) == ("200 OK", b"somemore", [0])


@pytest.mark.parametrize("length", ["11", "900000000", "9" * 30])
def test_what_is_too_long_is_refused_before_any_of_it_is_read(length: str):
    line, headers = Line(b"some", b"more"), []
    whole = WholeBodies(never, most=10, threads=3)
    said = whole(asked(line, length), lambda status, given: headers.append((status, dict(given))))
    assert (headers[0][0], headers[0][1]["Connection"]) == ("413 Content Too Large", "close")
    assert (b"Nothing of it was kept" in b"".join(said), len(line.left)) == (True, 2)


def never(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise AssertionError("it began")


class Slow:
    """A line that stands still until it is let go."""

    def __init__(self) -> None:
        self.stands, self.goes = Event(), Event()

    def read(self, size: int) -> bytes:
        self.stands.set()
        assert self.goes.wait(30)
        return b"x"


def test_threads_are_kept_for_pages_while_others_send_slowly(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("guanxi.config.bodies.MOMENT_SECONDS", 0.01)
    said: list[tuple[str, dict[str, str]]] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    def ask(line: Any, method: str = "POST") -> bytes:
        environ = asked(line, "1", method)
        return b"".join(whole(environ, lambda status, given: said.append((status, dict(given)))))

    whole, slow = WholeBodies(application, most=10, threads=4), [Slow(), Slow()]
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(ask, line) for line in slow]
        try:
            assert all(line.stands.wait(30) for line in slow)
            assert ask(Line(b"x"), "GET") == b""
            assert b"Nothing was saved" in ask(Line(b"x"))
            assert [status for status, _given in said] == ["200 OK", "503 Service Unavailable"]
            assert (said[1][1]["Retry-After"], said[1][1]["Connection"]) == ("5", "close")
        finally:
            for line in slow:
                line.goes.set()
        assert [one.result(30) for one in answers] == [b"x", b"x"]
    assert ask(Line(b"x")) == b"x"


def test_when_many_come_at_once_nobody_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("guanxi.config.bodies.MOMENT_SECONDS", 60)

    class Short:
        def read(self, size: int) -> bytes:
            sleep(0.001)
            return b"x"

    whole = WholeBodies(lambda environ, start: [environ["wsgi.input"].read()], most=10, threads=4)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(whole, asked(Short(), "1"), lambda *given: None) for _ in range(200)]
    assert [b"".join(one.result()) for one in answers] == [b"x"] * 200


def test_who_breaks_off_or_has_no_room_leaves_the_place_to_the_next():
    whole = WholeBodies(lambda environ, start: [environ["wsgi.input"].read()], most=10, threads=1)
    for _ in range(3):
        assert b"broke off" in b"".join(whole(asked(Line(b"", breaks=True), "9"), lambda *given: None))
    assert b"".join(whole(asked(Line(b"x"), "1"), lambda *given: None)) == b"x"


def test_it_lies_in_the_folder_and_goes_with_the_answer(tmp_path: Path):
    kept: list[Any] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        kept.append(environ["wsgi.input"])
        yield from environ["wsgi.input"]

    long = b"x" * (IN_MEMORY + 1)
    whole = WholeBodies(application, most=10_000_000, threads=3, folder=str(tmp_path))
    answer: Any = whole(asked(BytesIO(long), str(len(long))), lambda *given: None)
    assert b"".join(answer) == long
    lies = Path(f"/proc/self/fd/{kept[0].fileno()}")
    assert not lies.exists() or str(tmp_path) in str(lies.readlink())
    assert not kept[0].closed
    answer.close()
    assert kept[0].closed


def test_it_goes_when_the_application_breaks():
    kept: list[Any] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        kept.append(environ["wsgi.input"])
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        WholeBodies(application, most=10, threads=3)(asked(Line(b"x"), "1"), lambda *given: None)
    assert kept[0].closed


def test_where_there_is_no_room_it_is_said(monkeypatch: pytest.MonkeyPatch):
    class Full(BytesIO):
        def __init__(self, max_size: int, dir: Any) -> None:
            super().__init__()

        def write(self, piece: Any) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("guanxi.config.bodies.SpooledTemporaryFile", Full)
    assert call(Line(b"some"), "4")[0] == "507 Insufficient Storage"


def test_the_pages_are_told_how_many_threads_they_have():
    pages = _programs(_parse(["--threads", "5"]))[0]
    assert pages.environment["GUANXI_THREADS"] == "5"
    assert pages.command[pages.command.index("--blocking-threads") + 1] == "5"
