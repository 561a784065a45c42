"""118 web pages in 19 encodings and Python's own CJK texts: an import must read what was written."""

from __future__ import annotations

import tarfile
import unicodedata
from pathlib import Path

import pytest

from guanxi.platform.records.importing.encodings import survey
from tests.realdata import SAFELY


@pytest.fixture(scope="session")
def pages(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(data, "chardet_pages", tmp_path_factory)


@pytest.fixture(scope="session")
def pairs(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(data, "cpython_cjk_pairs", tmp_path_factory)


def unpacked(data: Path, name: str, factory: pytest.TempPathFactory) -> Path:
    folder = factory.mktemp(name)
    with tarfile.open(data / "encodings" / f"{name}.tar.xz") as archive:
        archive.extractall(folder, **SAFELY)
    return folder


def same(one: str, other: str) -> bool:
    """Equal but for signs that the tables of vendors map to look-alikes: ～ and 〜, − and －, · and ・."""
    return len(one) == len(other) and all(
        a == b or not (a.isalnum() and b.isalnum()) for a, b in zip(one, other, strict=True)
    )


def test_pages_are_read_as_they_were_written(pages: Path):
    wrong, total = [], 0
    for page in sorted(pages.glob("*/*")):
        encoding = page.parent.name
        for language in ("-polish", "-greek", "-russian", "-turkish", "-arabic"):
            encoding = encoding.removesuffix(language)
        if encoding == "EUC-TW":
            continue  # Python has no such codec
        total += 1
        content = page.read_bytes()
        found = survey(page)
        if not same(content.decode(encoding, "replace"), content.decode(found.encoding, "replace")):
            wrong.append(f"{page.parent.name}/{page.name}: {found.encoding}")
    assert total == 117
    assert len(wrong) <= 2, wrong


# Those that people save spreadsheets in; the others of the set are encodings of Korean and Japanese Unix.
COMMON = ("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc_jp", "hz", "iso2022_jp", "iso2022_kr")


@pytest.mark.parametrize("name", COMMON)
def test_cjk_texts_equal_their_twins_in_utf8(pairs: Path, name: str):
    path = pairs / f"{name}.txt"
    read = path.read_bytes().decode(survey(path).encoding)
    wanted = (pairs / f"{name}-utf8.txt").read_text("utf-8")
    assert unicodedata.normalize("NFC", read) == unicodedata.normalize("NFC", wanted)
