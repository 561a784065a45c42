"""The documents: the pictures that they name are there, small and in use; the search finds what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guanxi.platform.i18n.folding import matches
from scripts.checks.sources import ROOT

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
NAMED = re.compile(r'!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\ssrc="([^"]+)"')
MOST, LARGEST = 12, 150_000


def pictures_of(document: Path) -> list[Path]:
    found = [one or other for one, other in NAMED.findall(document.read_text())]
    return [(document.parent / name).resolve() for name in found if "://" not in name]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_pictures_that_a_document_names_are_there(document: Path) -> None:
    missing = [str(path) for path in pictures_of(document) if not path.is_file()]
    assert missing == [], "scripts/shots --docs makes them"


def test_pictures_are_few_small_and_all_in_use() -> None:
    there = set((ROOT / "docs" / "images").iterdir())
    used = {path for document in DOCUMENTS for path in pictures_of(document)}
    assert there - used == set()
    assert len(there) <= MOST
    assert [path.name for path in there if path.stat().st_size > LARGEST] == []


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("README.md", r"finds (\S+) by (\S+), `(\w+)` or `(\w+)`"),
        ("README.zh.md", "(软件)可用“(.+)”、`(.+)` 或 `(.+)` 找到"),
    ],
)
def test_words_are_found_as_the_first_page_says(document: str, said: str) -> None:
    found = re.search(said, (ROOT / document).read_text())
    assert found, "the line about the search was written anew: mend this pattern"
    word, *typed = found.groups()
    assert [text for text in typed if not matches(word, text)] == []
