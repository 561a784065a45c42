"""Papers from two libraries, as an object that a workspace made: which of them are the same."""

from __future__ import annotations

import csv

import pytest

from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor
from tests.realdata import data_set
from tests.realdata.sweeps import LIKELY, sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.one_database]


def test_a_sweep_finds_the_papers_that_are_in_both_libraries(cast, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    folder = data_set("dblp_acm")
    papers: list[dict[str, str]] = []
    for name in ("DBLP", "ACM"):
        with (folder / f"{name}.csv").open(encoding="utf-8", errors="replace") as file:
            papers += [{**row, "library": name} for row in csv.DictReader(file)]
    with (folder / "dblp_acm_demo_labels.csv").open(encoding="utf-8", errors="replace") as file:
        labels = list(csv.DictReader(file))
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_object(label="Paper", plural_label="Papers", name="paper", plural="papers", by=by)
        for name, kind in (("authors", "text"), ("venue", "text"), ("year", "integer")):
            add_field(object="paper", type=kind, label=name.title(), name=name, by=by)
        ids, found = sweep("paper", [_paper(row) for row in papers], by)
    by_key = {(row["library"], row["id"]): pk for row, pk in zip(papers, ids, strict=True)}
    likely = {pair for pair, permille in found.items() if permille >= LIKELY}
    right = said = true = 0
    for row in labels:
        pair = sorted((by_key["DBLP", row["ltable.id"]], by_key["ACM", row["rtable.id"]]))
        match, told = row["gold"] == "1", tuple(pair) in likely
        right, said, true = right + (match and told), said + told, true + match
    library = {pk: row["library"] for row, pk in zip(papers, ids, strict=True)}
    between = sum(library[low] != library[high] for low, high in likely)
    print(f"labelled: precision {right / said:.4f}, recall {right / true:.4f}; between the two {between}")
    assert right / said >= 0.95
    assert right / true >= 0.95
    assert 2_000 <= between <= 2_500  # 2,224 are published


def _paper(row: dict[str, str]) -> dict[str, object]:
    year = row["year"].partition(".")[0]
    return {
        "name": (row["title"] or "?")[:200],
        "authors": row["authors"][:200] or None,
        "venue": row["venue"][:200] or None,
        "year": int(year) if year else None,
    }
