"""Files are held back until ClamAV has looked at them: tried against a stand-in that speaks its INSTREAM."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.scanning import ScannerFault, scan
from guanxi.platform.files.serving import send, send_picture
from guanxi.platform.files.storage import keep
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.tenancy.context import in_workspace

BAD = b"EICAR"


class Clamd(socketserver.BaseRequestHandler):
    """clamd as its manual describes it: zINSTREAM, pieces with lengths, an answer that ends in a zero."""

    def handle(self) -> None:
        assert self._take(10) == b"zINSTREAM\0"
        whole = b""
        while length := struct.unpack("!L", self._take(4))[0]:
            whole += self._take(length)
        found = BAD in whole
        answer = b"stream: Eicar-Test-Signature FOUND" if found else b"stream: OK"
        if b"BROKEN" in whole:
            answer = b"INSTREAM size limit exceeded. ERROR"
        self.request.sendall(answer + b"\0")

    def _take(self, count: int) -> bytes:
        found = b""
        while len(found) < count and (piece := self.request.recv(count - len(found))):
            found += piece
        return found


@pytest.fixture
def scanner(tmp_path: Any, settings: Any) -> Iterator[str]:
    settings.MEDIA_ROOT = tmp_path / "files"
    place = str(tmp_path / "clamd.sock")
    with socketserver.ThreadingUnixStreamServer(place, Clamd) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        settings.FILES_SCANNER = f"unix:{place}"
        yield settings.FILES_SCANNER
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("content", "found"), [(b"x" * 600_000, ""), (b"a" * 300_000 + BAD, "Eicar-Test-Signature")]
)
def test_a_file_is_sent_in_pieces_and_the_answer_is_read(
    scanner: str, tmp_path: Any, content: bytes, found: str
):
    path = tmp_path / "a"
    path.write_bytes(content)
    assert scan(path, scanner) == found


def test_no_answer_is_no_clean_bill(scanner: str, tmp_path: Any):
    path = tmp_path / "a"
    path.write_bytes(b"BROKEN")
    with pytest.raises(ScannerFault):
        scan(path, scanner)
    with pytest.raises(ScannerFault):
        scan(path, f"unix:{tmp_path}/nobody.sock")


@pytest.mark.django_db
def test_nobody_gets_a_file_before_it_was_looked_at_nor_one_in_which_something_was_found(
    cast: Any, scanner: str
):
    request = RequestFactory().get("/")
    with in_workspace(cast.xishan.pk):
        good = keep(SimpleUploadedFile("a.txt", b"good"))
        bad = keep(SimpleUploadedFile("b.txt", BAD))
        assert good.checked == bad.checked == "waiting"
        assert send(request, good, name="a.txt").status_code == 423
        assert send_picture(request, good, name="a.txt").status_code == 423  # type: ignore[union-attr]
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        good, bad = StoredFile.objects.get(pk=good.pk), StoredFile.objects.get(pk=bad.pk)
        assert (good.checked, bad.checked, bad.finding) == ("clean", "found", "Eicar-Test-Signature")
        assert send(request, good, name="a.txt").status_code == 200
        assert send(request, bad, name="b.txt").status_code == 423
