"""The table: on the screen, as JSON, and in docs/reference/benchmarks.md.

`python -m bench.report FILE` writes the table of a JSON file into the page; it is never written by hand.
Families that are not in the file stay as they are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.measuring import Result

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "benchmarks.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def show(results: Sequence[Result]) -> None:
    """Lines for people."""
    print(f"{'':54}{'rows':>10}{'ours':>10}{'bare':>10}{'ratio':>8}{'limit':>7}  holds  queries")
    for one in results:
        figures = f"{one.rows:>10,}{one.ours_ms:>10.2f}{_figure(one.bare_ms):>10}{_figure(one.ratio):>8}"
        limit = "" if one.limit is None else f"{one.limit:g}"
        told = f"{one.family}: {one.name}" + ("" if one.unit == "ms" else f", {one.unit}")
        print(f"{told:54}{figures}{limit:>7}  {_holds(one.holds):5}  {one.queries or '':<7} {one.note}")


def save(path: str, results: Sequence[Result], database: str, *, add: bool) -> None:
    """The lines as JSON; `add` keeps those that are in the file."""
    known = json.loads(Path(path).read_text()) if add and Path(path).exists() else []
    lines = [{"database": database, **asdict(one)} for one in results]
    Path(path).write_text(json.dumps([*known, *lines], indent=1, ensure_ascii=False) + "\n")


def document(path: str) -> None:
    """Put the families of a JSON file between the marks of the page, in place of what it says of them."""
    lines = json.loads(Path(path).read_text())
    head, _begin, rest = PAGE.read_text().partition(BEGIN)
    old, _end, tail = rest.partition(END)
    families = _families(old) | _families(_markdown(lines))
    table = "".join(f"\n### {name}{text}" for name, text in families.items())
    PAGE.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}")


def _families(table: str) -> dict[str, str]:
    """The sections of a table by their names."""
    parts = [one.partition("\n") for one in table.split("\n### ")[1:]]
    return {name: f"\n{text.rstrip()}\n" for name, _end, text in parts}


def _markdown(lines: list[dict[str, Any]]) -> str:
    """One table for each family, with the databases side by side."""
    text = ""
    names = list(dict.fromkeys(one["database"] for one in lines))
    for family, group in groupby(
        sorted(lines, key=lambda one: _order(one, lines)), key=lambda one: one["family"]
    ):
        found = list(group)
        text += f"\n### {family}\n\n| | rows | limit |" + "".join(f" {name} |  | holds |" for name in names)
        text += "\n|---|--:|--:|" + "--:|--:|---|" * len(names) + "\n"
        for key in dict.fromkeys((one["name"], one["rows"], one["unit"], one["limit"]) for one in found):
            name, rows, _unit, limit = key
            text += f"| {name} | {rows:,} | {'' if limit is None else f'{limit:g}'} |"
            for database in names:
                text += _cells(
                    next((one for one in found if one["database"] == database
                          and (one["name"], one["rows"], one["unit"], one["limit"]) == key), None)
                )  # fmt: skip
            text += "\n"
    return text + "\n"


def _order(one: dict[str, Any], lines: list[dict[str, Any]]) -> int:
    return [line["family"] for line in lines].index(one["family"])


def _cells(one: dict[str, Any] | None) -> str:
    if one is None:
        return " | | |"
    ours = f"{one['ours_ms']:,.2f} {one['unit']}".replace(" times", "")
    beside = "" if one["ratio"] is None else f"{one['ratio']:.2f} ×"
    holds = _holds(one["holds"])
    if holds == "NO" and (one["queries"] or 0) > 8:
        holds = f"NO, {one['queries']} queries"
    return f" {ours} | {beside} | {holds} |"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _holds(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "NO"


if __name__ == "__main__":
    document(sys.argv[1])
