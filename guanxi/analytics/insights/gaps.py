"""Data gaps: which fields are empty, how many records nobody can work with, and what analyses miss by it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.reading import behind
from guanxi.analytics.insights.studies import Ask, Cell, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import percent
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import fields_read
from guanxi.analytics.warehouse.engine import name_of
from guanxi.analytics.warehouse.reading import connect
from guanxi.analytics.warehouse.rights import seen_columns
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object

SHOWN, ASKED, FEWEST = 30, 8, 5


def run(ask: Ask) -> Study:
    rows, records, poorest = [], 0, {}
    for obj in registry.objects():
        if not (obj.group and obj.owned and ask.by.may("see", obj.name)):
            continue
        count, found, worst = _of(obj, ask)
        records += count
        rows += found
        if worst:
            poorest[obj.name] = worst
    # What an analysis reads comes first, then what is emptiest.
    rows.sort(key=lambda row: (not row[4], -row[2] / row[3]))
    read = [row for row in rows if row[4] and row[2]]
    empty, cells = sum(row[2] for row in rows), sum(row[3] for row in rows)
    filled = 1 - empty / cells if cells else 1.0
    trust = Trust(records, (), doubts(thin=records < FEWEST))
    return Study(
        headline=_("%(share)s of all fields are filled") % {"share": percent(filled, digits=0)}
        if not trust.thin
        else _("Too few records to look for gaps"),
        detail=_("%(count)d gaps are in fields that analyses read.") % {"count": len(read)} if read else "",
        trust=trust,
        counted=_("%(count)d records of %(objects)d kinds")
        % {"count": records, "objects": len({row[0].name for row in rows})},
        tables=(_gaps(rows),),
        todos=_todos(poorest),
    )


Gap = tuple[Object, str, int, int, bool]


def _of(obj: Object, ask: Ask) -> tuple[int, list[Gap], list[int]]:
    """How many records, the gaps of each field, and the records with the most of them."""
    db = connect(ask.by, obj.name)
    columns = {one.field: one for one in seen_columns(obj, ask.by) if one.field and one.part == "value"}
    asked = {
        name: one
        for name, one in columns.items()
        if not (field := obj.fields_by_name[name]).readonly and not field.hidden and field.type != "boolean"
    }
    if not asked:
        return 0, [], []
    tests = {
        name: f"len({name_of(one.name)}) = 0 OR {name_of(one.name)} IS NULL"
        if one.type.endswith("[]")
        else f"COALESCE(CAST({name_of(one.name)} AS VARCHAR), '') = ''"
        for name, one in asked.items()
    }
    table = name_of(obj.name)
    sums = ", ".join(f"COUNT(*) FILTER ({test})" for test in tests.values())
    counts: tuple[Any, ...] = db.execute(f"SELECT COUNT(*), {sums} FROM {table}").fetchone() or (0,)
    if not counts[0]:
        return 0, [], []
    read = fields_read(obj.name)
    important = [f"({test})::INT" for name, test in tests.items() if name in read]
    worst: list[int] = []
    if important:
        score = " + ".join(important)
        worst = [
            row[0]
            for row in db.execute(
                f"SELECT id FROM {table} WHERE {score} > 0 ORDER BY {score} DESC, id LIMIT {ASKED}"
            ).fetchall()
        ]
    gaps = [
        (obj, name, empty, counts[0], name in read) for name, empty in zip(tests, counts[1:], strict=True)
    ]
    return counts[0], gaps, worst


def _gaps(rows: list[Gap]) -> Table:
    shown = [row for row in rows if row[2]][:SHOWN]
    cells = tuple(
        (
            Cell(str(obj.plural_label)),
            Cell(str(obj.fields_by_name[name].label), behind(obj.name, f"{name} is empty"), strong=True),
            Cell(str(empty)),
            Cell(
                percent(empty / count, digits=0), meter=100 * empty / count, tone="cinnabar" if read else ""
            ),
            Cell(_("yes") if read else ""),
        )
        for obj, name, empty, count, read in shown
    )
    columns = (
        Column(_("Object")),
        Column(_("Field")),
        Column(_("Not filled in"), True),
        Column(_("Share of all")),
        Column(_("Analyses read it")),
    )
    return Table(_("What is empty"), columns, cells)


def _todos(poorest: dict[str, list[int]]) -> tuple[Todo, ...]:
    text = _("Something is missing here that analyses read: fill it in")
    return tuple(
        Todo(
            _("%(objects)s: a to-do for the %(count)d emptiest")
            % {"objects": registry.get(name).plural_label, "count": len(ids)},
            name,
            tuple(ids),
            text,
        )
        for name, ids in poorest.items()
    )


INSIGHT = Insight(
    name="gaps",
    label=gettext_lazy("Data gaps"),
    icon="circle-dashed",
    question=gettext_lazy("What is not filled in, and which analyses miss it?"),
    data=gettext_lazy("Every record with an owner that you may see, and every field that people fill in."),
    formula=gettext_lazy("Empty ones by all, of each field; fields that an analysis reads come first."),
    run=run,
    periods=(),
)
