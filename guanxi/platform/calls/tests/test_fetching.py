import io
import socket
import threading

import pytest

from guanxi.automation.workflows.tests.standin import standin
from guanxi.platform.calls.calling import CallFailed, fetch


@pytest.fixture
def other(settings):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    with standin() as found:
        yield found


def test_what_stands_at_an_address_is_fetched_whole(other):
    other.answer(200, "x" * 300_000, ETag='"7"')
    out = io.BytesIO()
    answer = fetch(other.url, out, headers={}, most=300_000, seconds=10)
    assert (len(out.getvalue()), answer.status, answer.headers["etag"]) == (300_000, 200, '"7"')


def test_what_is_too_large_is_cut(other):
    other.answer(200, "x" * 300_000)
    out = io.BytesIO()
    with pytest.raises(CallFailed) as refused:
        fetch(other.url, out, headers={}, most=100_000, seconds=10)
    assert not refused.value.passing
    assert len(out.getvalue()) == 100_001


def test_nothing_new_is_an_answer_and_an_error_page_is_no_file(other):
    other.answer(304)
    assert fetch(other.url, io.BytesIO(), headers={"If-None-Match": '"7"'}, most=9, seconds=10).status == 304
    other.answer(404, "<h1>Gone</h1>")
    out = io.BytesIO()
    with pytest.raises(CallFailed):
        fetch(other.url, out, headers={}, most=100, seconds=10)
    assert out.getvalue() == b""


def test_addresses_inside_are_not_fetched(other, settings):
    settings.CALLS_ALLOWED = []
    with pytest.raises(CallFailed):
        fetch(other.url, io.BytesIO(), headers={}, most=100, seconds=10)
    assert other.calls == []


def test_half_a_file_is_none(other):
    other.answer(200, "x" * 5_000, Content_Length="9000")
    with pytest.raises(CallFailed) as refused:
        fetch(other.url, io.BytesIO(), headers={}, most=100_000, seconds=10)
    assert refused.value.passing


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_ends_at_the_deadline(settings, begins):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            sock, _from = listening.accept()
            with sock:
                sock.sendall(begins)
                while not stop.wait(0.05):
                    try:
                        sock.sendall(b"H" if not begins else b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        try:
            with pytest.raises(CallFailed) as refused:
                fetch(url, io.BytesIO(), headers={}, most=10_000, seconds=0.4)
        finally:
            stop.set()
            thread.join()
        assert refused.value.passing
