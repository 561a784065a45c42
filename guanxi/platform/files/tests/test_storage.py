from __future__ import annotations

import errno
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from guanxi.platform.files.documents import WORKBOOK, text_of_document
from guanxi.platform.files.media_types import media_type_of
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.storage import StorageFull, TooLarge, forget, keep, path_of
from guanxi.platform.tenancy.context import in_workspace

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest.fixture
def kept_in(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def upload(content: bytes = PNG, name: str = "a.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_same_content_is_kept_once_and_apart_for_each_workspace(cast, kept_in):
    with in_workspace(cast.xishan.pk):
        first, second = keep(upload(name="a.png")), keep(upload(name="b.exe"))
        assert first.pk == second.pk
        assert (first.media_type, first.size) == ("image/png", len(PNG))
        assert path_of(first).read_bytes() == PNG
    with in_workspace(cast.marlin.pk):
        other = keep(upload())
        assert other.pk != first.pk
        assert StoredFile.objects.count() == 1
    assert len([path for path in kept_in.rglob("*") if path.is_file()]) == 2


def test_too_large_leaves_nothing(cast, kept_in, settings):
    settings.UPLOAD_MAX_BYTES = 10
    with in_workspace(cast.xishan.pk):
        with pytest.raises(TooLarge):
            keep(upload())
        assert not StoredFile.objects.exists()
    assert [path for path in kept_in.rglob("*") if path.is_file()] == []


def test_a_full_disk_leaves_nothing(cast, kept_in, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("guanxi.platform.files.storage.os.fsync", full)
    with in_workspace(cast.xishan.pk):
        with pytest.raises(StorageFull):
            keep(upload())
        assert not StoredFile.objects.exists()
    assert [path for path in kept_in.rglob("*") if path.is_file()] == []


def test_forgotten_is_gone(cast, kept_in):
    with in_workspace(cast.xishan.pk):
        stored = keep(upload())
        with transaction.atomic():
            forget(stored)
        assert not path_of(stored).exists()
        assert keep(upload()).pk != stored.pk


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "text/plain"),
        ("中文".encode(), "text/plain"),
        (("中" * 2000).encode(), "text/plain"),
        ("合同条款\r\n第一条".encode("gb18030"), "text/plain"),
        ("合約條款，付款方式".encode("big5hkscs"), "text/plain"),
        (("中" * 3000).encode("gb18030"), "text/plain"),
        ("中文".encode("utf-16"), "text/plain"),
        (b"\x93\x01\x02\xff\xfe\x05", "application/octet-stream"),
        (b"\xff\xff\xff\xff", "application/octet-stream"),
        (b"MZ\x90\x00", "application/octet-stream"),
        (b"PK\x03\x04 broken", "application/zip"),
        (b"", "text/plain"),
    ],
)
def test_files_are_what_is_in_them(tmp_path, content, media_type):
    path = tmp_path / "claims-to-be.png"
    path.write_bytes(content)
    assert media_type_of(path) == media_type


def open_document(path, kind: str, content: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", content)


def test_open_documents_are_told_and_read(tmp_path):
    path = tmp_path / "x"
    text = '<text:h>Offer &amp; terms</text:h><text:p a="b">To<text:tab/>Ms. <text:span>Wang</text:span>'
    open_document(path, "text", f"<office:body>{text}</text:p><text:p/></office:body>")
    kind = media_type_of(path)
    assert kind == "application/vnd.oasis.opendocument.text"
    assert text_of_document(path, kind, most=100) == "Offer & terms\nTo\tMs. Wang"
    cells = "<table:table-cell><text:p>Pump</text:p></table:table-cell><table:table-cell/>"
    row = (
        f"<table:table-row>{cells}<table:table-cell><text:p>120</text:p></table:table-cell></table:table-row>"
    )
    open_document(path, "spreadsheet", f"<table:table>{row}</table:table><table:table>{row}</table:table>")
    assert text_of_document(path, media_type_of(path), most=100) == "Pump\t\t120"
    open_document(path, "nonsense", "")
    assert media_type_of(path) == "application/zip"


@pytest.mark.parametrize("markup", ["<row>", "<row><c><is>", "<c><v>", "<row", "<is><t>"])
def test_a_workbook_without_ends_is_looked_at_and_done(tmp_path, markup):
    """A few kilobytes that unpack to megabytes of beginnings: each sign is read once."""
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", "<si>" * 1_000_000)
        archive.writestr("xl/worksheets/sheet1.xml", markup * (4_000_000 // len(markup)))
    assert text_of_document(path, WORKBOOK, most=100) == ""
    open_document(path, "spreadsheet", "<table:table-row><table:table-cell>" * 100_000)
    assert text_of_document(path, media_type_of(path), most=100) == ""


def test_office_documents_are_told_by_their_contents(tmp_path):
    path = tmp_path / "x"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/workbook.xml", "")
    assert media_type_of(path).endswith("spreadsheetml.sheet")
