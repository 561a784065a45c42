"""Which encoding a file of text is in: marks first, then proof, then likelihood."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

from guanxi.platform.records.importing.problems import UnreadableFile

SAMPLE_BYTES = 256 * 1024
SHORT_BYTES = 600  # of text beyond ASCII: too little for statistics of a language
LINE_LIMIT = 16 * 1024 * 1024  # bytes; a longer "line" is no line, and would have to be held in memory
# What the list offers, the most likely first; any other name that Python knows may be typed.
OFFERED = (
    "utf-8",
    "gb18030",
    "big5hkscs",
    "cp1252",
    "utf-16",
    "cp932",
    "euc_kr",
    "koi8-r",
    "cp1251",
    "cp1250",
)

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Each superset decodes all that its subset does, and files labelled with the subset use the rest too.
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "shift_jisx0213": "cp932",
    "euc_kr": "cp949",
    "johab": "johab",
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "ascii": "utf-8",
}
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over all bytes found.

    encoding   the name that Python knows it by
    broken     places that it cannot decode; they are shown as � and the rows that hold them are named
    has_nul    whether NUL signs must be taken out: no database keeps them
    """

    encoding: str
    broken: int
    first_broken_line: int
    has_nul: bool


def detect_encoding(sample: bytes, *, whole: bool) -> str:
    """The likeliest encoding of text that begins with `sample`; `whole` says that nothing follows it."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if wide := _wide_without_mark(sample):
        return wide
    if b"\x1b$" in sample or b"\x1b(J" in sample:
        return "iso2022_kr" if b"\x1b$)C" in sample else "iso2022_jp_2"
    if b"~{" in sample and b"~}" in sample and _decodes(sample, "hz", whole=True):
        return "hz"
    if _decodes(sample, "utf-8", whole=whole) or _mostly_utf8(sample):
        return "utf-8"
    return _legacy(sample, whole=whole)


def survey(path: Path, *, encoding: str | None = None) -> Survey:
    """Read the whole file once, in constant memory, to find its encoding and what could break a later pass.

    Raises UnreadableFile for an unknown encoding's name, and for a line that no memory should hold.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    chosen = encoding or detect_encoding(sample, whole=path.stat().st_size <= len(sample))
    try:
        codecs.lookup(chosen)
        found = _pass_over(path, chosen)
    except (LookupError, TypeError):  # TypeError: Python's own codecs that do not make text, such as "zip"
        raise UnreadableFile("unknown_encoding", encoding=chosen) from None
    if found.broken and encoding is None and chosen == "utf-8" and not _mostly_utf8(sample):
        # The first bytes were plain ASCII; what follows them says more.
        better = _pass_over(path, _legacy(_around_first_broken(path), whole=False))
        found = better if better.broken < found.broken else found
    return found


def _pass_over(path: Path, encoding: str) -> Survey:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    broken = first = lines = gap = 0
    nul = False
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            text = decoder.decode(chunk)
            if "\ufffd" in text:
                first = first or lines + text.count("\n", 0, text.find("\ufffd")) + 1
                broken += text.count("\ufffd")
            nul = nul or "\0" in text
            lines += text.count("\n")
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            gap = gap + len(chunk) if last < 0 else len(chunk) - last
            if gap > LINE_LIMIT:
                raise UnreadableFile("line_too_long", limit=LINE_LIMIT >> 20)
    if decoder.decode(b"", True):
        broken, first = broken + 1, first or lines + 1
    return Survey(encoding, broken, first, nul)


def _around_first_broken(path: Path) -> bytes:
    """A sample of lines that are not plain ASCII."""
    found = bytearray()
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                found += line
                if len(found) > SAMPLE_BYTES:
                    break
    return bytes(found)


def _wide_without_mark(sample: bytes) -> str | None:
    """UTF-16 without a mark shows in NUL bytes that stand all on even or all on odd places."""
    if len(sample) < 4 or b"\0" not in sample:
        return None
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _mostly_utf8(sample: bytes) -> bool:
    """Whether a few broken places stand among many that are UTF-8 beyond doubt."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return beyond_ascii > 20 * max(broken, 1)


def _legacy(sample: bytes, *, whole: bool) -> str:
    if not whole:
        sample = (
            sample[: sample.rfind(b"\n") + 1] or sample
        )  # a sign cut in two would speak against the right one
    if _looks_western(sample):
        return _western(sample)
    best = charset_normalizer.from_bytes(sample).best()
    guess = _SUPERSETS.get(best.encoding, best.encoding) if best else "cp1252"
    beyond_ascii = sum(map(len, _BEYOND_ASCII.findall(sample)))
    if (
        guess in {"gb18030", "big5hkscs"}
        or beyond_ascii < SHORT_BYTES
        or not _decodes(sample, guess, whole=whole)
    ):
        guess = _chinese(sample, whole=whole) or guess
    return guess if _decodes(sample, guess, whole=whole) else _western(sample)


def _chinese(sample: bytes, *, whole: bool) -> str | None:
    """Both tables of Chinese keep their common characters apart: the right one finds them all there.

    Statistics of language need pages; a list of names is short, and this holds for it too.
    """
    shares = {
        encoding: _common_share(sample, encoding)
        for encoding in ("gb18030", "big5hkscs")
        if _decodes(sample, encoding, whole=whole)
    }
    best = max(shares, key=lambda encoding: shares[encoding], default=None)
    return best if best and shares[best] > 0.9 else None


def _looks_western(sample: bytes) -> bool:
    """Single accented letters within words of ASCII letters: Nantes, Luleå, Münster."""
    runs = _BEYOND_ASCII.findall(sample)
    letters = sum(len(run) for run in runs)
    lone = sum(len(run) for run in runs if len(run) == 1)
    return lone > 0.8 * letters and letters < 0.15 * len(sample) and _has_western_letters(sample)


def _has_western_letters(sample: bytes) -> bool:
    text = sample.decode("cp1252", "replace")
    beyond = [sign for sign in text if ord(sign) > 127]
    common = sum(
        sign in "àâäáãåæçèéêëìíîïñòóôöõøùúûüÿœßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØÙÚÛÜ–—’‘“”…€°£§«»®©·\xa0"
        for sign in beyond
    )
    return common > 0.9 * len(beyond)


def _western(sample: bytes) -> str:
    """cp1252 but for five bytes that it leaves undefined."""
    return "cp1252" if _decodes(sample, "cp1252", whole=True) else "latin-1"


def _common_share(sample: bytes, encoding: str) -> float:
    """Share of the signs beyond ASCII that are common Chinese characters of this encoding.

    Korean and Japanese in EUC lie in the same ranges: kana in row A4, hangul between B0 and C8 alone.
    """
    pairs = [
        pair for sign in sample.decode(encoding, "ignore") if len(pair := sign.encode(encoding, "ignore")) > 1
    ]
    if encoding == "gb18030":
        signs = [pair for pair in pairs if pair[0] not in (0xA1, 0xA3)]  # punctuation and full-width letters
        common = [pair for pair in signs if 0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1]
        if sum(pair[0] > 0xC8 for pair in common) < 0.15 * len(common):
            return 0.0
    else:
        signs = [pair for pair in pairs if pair[0] > 0xA3]
        common = [pair for pair in signs if 0xA4 <= pair[0] <= 0xC6]
        if sum(pair[0] < 0xA6 and pair[1] > 0xA0 for pair in common) > 0.4 * len(common):
            return 0.0
    return len(common) / len(signs) if signs else 0.0


def _decodes(sample: bytes, encoding: str, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample, whole)
    except (UnicodeError, LookupError):
        return False
    return True
