"""The shape of delimited text: which sign parts the cells, which row holds the names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from guanxi.platform.records.importing.encodings import LINE_LIMIT

DELIMITERS = (",", ";", "\t", "|")
COLUMN_LIMIT = 2_000
NAME_LENGTH = 150  # a longer cell is a text, no name of a column
HEADER_DEPTH = 50  # rows above the names: titles, dates of the export, blank lines

csv.field_size_limit(LINE_LIMIT)

_NUMBER = re.compile(r"[-+(]?[¥$€£]?\s?\d[\d.,'\s]*\)?\s?%?$")
_NEEDED = re.compile(
    r"\s*[（(]\s*(?:必填|必填项|必填項|必选|必選|选填|選填|required|optional)\s*[)）]\s*$", re.IGNORECASE
)
_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([ T]\d{1,2}:\d{2}.*)?$")


def rows_of(lines: Iterable[str], *, delimiter: str, quote: str) -> Iterator[list[str]]:
    """csv.reader with our conventions; an empty `quote` makes quotation marks ordinary signs."""
    if quote:
        # In `a, "b, c"` the quotes are meant; blanks that matter stand within quotes.
        return csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def detect_delimiter(lines: Sequence[str], *, quote: str) -> str:
    """The sign that parts most rows into the same number of cells, and into more than one."""
    if lines and (told := re.match(r"sep=(.)\s*$", lines[0])):
        return told[1]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = Counter(
            len(row) for row in rows_of(lines, delimiter=delimiter, quote=quote) if any(row) and len(row) > 1
        )
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        # Agreement counts most; between two that agree the one that parts more cells is meant.
        agreement = count / len(lines)
        score = agreement * (1 + min(width, 20) / 20) * (1.2 if delimiter == "\t" else 1)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def detect_header(rows: Sequence[Sequence[str]], *, known: frozenset[str] = frozenset()) -> int:
    """The number of the row that holds the names (from 1), or 0 where the first row is data already.

    known   folded headers that are known names of fields: one of them is proof
    """
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    common = Counter(count for count in filled if count).most_common(1)
    if not common:
        return 0
    usual = common[0][0]
    top = next(
        (at for at, count in enumerate(filled[:HEADER_DEPTH]) if count >= max(usual - 1, 0.8 * usual, 1)), 0
    )
    return top + 1 if _reads_as_names(rows[top], rows[top + 1 :], known) else 0


def _reads_as_names(first: Sequence[str], below: Sequence[Sequence[str]], known: frozenset[str]) -> bool:
    cells = [cell.strip() for cell in first]
    named = [cell for cell in cells if cell]
    if any(len(cell) > NAME_LENGTH for cell in named):
        return False
    if not named or not below:
        return bool(named) and not any(map(_is_datum, named))
    if sum(fold_header(cell) in known for cell in named) >= max(2, len(named) / 4):
        return True
    data = [cell for cell in named if _is_datum(cell)]
    if data:
        # Years as names of columns (2000, 2001, …) are names; other data in the first row is data.
        return len(data) < len(named) and all(re.fullmatch(r"(19|20)\d\d", cell) for cell in data)
    if any(_holds_data(below, at) for at in range(len(cells))):
        return True
    return len(set(named)) >= len(named) * 0.8 and not _recurs(cells, below)


def _holds_data(rows: Sequence[Sequence[str]], at: int) -> bool:
    """Whether a column is dates, numbers or addresses nearly throughout."""
    filled = [row[at].strip() for row in rows[:200] if at < len(row) and row[at].strip()]
    return sum(map(_is_datum, filled)) > 0.8 * len(filled) if filled else False


def _recurs(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first row's cells come again in their own columns, as data does and names do not."""
    again = sum(
        any(at < len(row) and row[at].strip() == cell for row in below)
        for at, cell in enumerate(cells)
        if cell
    )
    return again > len(cells) / 3


def _is_datum(cell: str) -> bool:
    return (
        bool(_NUMBER.match(cell) or _DATE.match(cell))
        or "@" in cell
        or cell.startswith(("http://", "https://"))
        or cell.upper() in {"NULL", "N/A", "TRUE", "FALSE", "\\N"}
    )


def fold_header(header: str) -> str:
    """A header's letters and digits alone, small: "Close_Date", "close date" and "CloseDate" are one.

    Without a note at its end of whether a form needs it: 姓名（必填）.
    """
    return re.sub(r"[\W_]+", "", _NEEDED.sub("", header)).casefold()


def column_names(first: Sequence[str] | None, width: int) -> list[str]:
    """Names for `width` columns, each once: those of the header, or letters as in a spreadsheet."""
    names: list[str] = []
    taken: Counter[str] = Counter()
    for at in range(width):
        name = " ".join(first[at].split()) if first and at < len(first) else ""
        name = name[:200] or _letter(at)
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return names


def _letter(at: int) -> str:
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
