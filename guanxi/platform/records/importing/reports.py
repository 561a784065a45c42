"""An import in words: the plan before, the check, the reconciliation after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.records.importing.checking import SLIP
from guanxi.platform.records.importing.matching import Target
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.models import ImportFile
from guanxi.platform.records.importing.paths import field_at, path_label
from guanxi.platform.records.importing.planning import targets
from guanxi.platform.records.importing.plans import FilePlan


def plan_lines(file: ImportFile) -> list[str]:
    """What will be done with a file, column by column."""
    plan, table = file.file_plan, file.source
    obj = importable(plan.object)
    shape = _("%(encoding)s, %(columns)s columns, about %(rows)s rows") % {
        "encoding": table.encoding,
        "columns": len(table.columns),
        "rows": table.about_rows,
    }
    lines = [f"{file.name} → {obj.plural_label} ({shape})"]
    headings = {one.index: file.heading(one.header) for one in plan.columns}
    width = max((len(headings[one.index]) for one in plan.columns if one.path), default=0)
    for one in plan.columns:
        if one.path:
            note = f"  [{one.order}]" if field_at(obj, one.field).type in {"date", "datetime"} else ""
            place, why = path_label(obj, one.path), reason_label(one.reason)
            lines.append(f"  {headings[one.index]:<{width}} → {place}  ({why}){note}")
    if kept_out := [headings[one.index] for one in plan.columns if not one.path]:
        lines.append("  " + _("Kept out: %(columns)s") % {"columns": comma_list(kept_out[:20])})
    key = obj[plan.key].label if plan.key else None
    lines.append(
        "  "
        + (_("Rows are recognised by: %(field)s") % {"field": key} if key else _("Every row is a new record"))
    )
    return lines


def check_lines(file: ImportFile) -> list[str]:
    """What the check found: counts, then problems by cause with their commonest cells."""
    checked = file.checked
    counts = [
        f"{checked[verb]} {verb_label(verb)}"
        for verb in ("create", "update", "skip", "reject")
        if checked.get(verb)
    ]
    lines = [f"{file.name}: {checked.get('rows', 0)} = " + " + ".join(counts)]
    columns = file.source.columns
    if count := file.alike.get("count"):
        lines.append(f"  ? {alike_words(count)}: {alike_label(file.file_plan.alike)}")
    for problem in file.problems_said:
        where = file.heading(columns[problem["column"]]) if problem["column"] >= 0 else _("Row")
        lines.append(
            f"  {'·' if only_told(problem) else '!'} {where}: {problem['message']} × {problem['count']}"
        )
        for text, count, suggestion in problem["texts"][:5]:
            hint = f" → {suggestion}?" if suggestion else ""
            lines.append(f"      “{text}” × {count}{hint}")
    return lines


def only_told(problem: Mapping[str, Any]) -> bool:
    """Whether rows come in all the same: a hint, and what they come in without."""
    return problem["code"] == SLIP or bool(problem.get("note"))


def result_lines(file: ImportFile) -> list[str]:
    """The reconciliation: rows in the file = created + updated + skipped + rejected; values by column."""
    counts = (
        (file.created, "create"), (file.updated, "update"), (file.skipped, "skip"), (file.rejected, "reject"),
    )  # fmt: skip
    lines = [
        f"{file.name}: {file.rows} = " + " + ".join(f"{count} {verb_label(verb)}" for count, verb in counts)
    ]
    for one in file.file_plan.columns:
        given, arrived = file.columns.get(str(one.index), (0, 0))
        if one.path and given:
            lines.append(f"  {file.heading(one.header)}: {arrived} / {given}")
    return lines


VERBS = ("create", "update", "skip", "reject")


def verb_label(verb: str) -> str:
    return {
        "create": _("created"),
        "update": _("updated"),
        "skip": _("skipped"),
        "reject": _("rejected"),
    }[verb]


def alike_words(count: int) -> str:
    """How many new rows are like records that are there."""
    said = ngettext(
        "%(count)s row is like a record that is there",
        "%(count)s rows are like records that are there",
        count,
    )
    return said % {"count": count}


def alike_label(wish: str) -> str:
    """What is done with a row that is like a record that is there."""
    return {
        "create": _("a new record all the same"),
        "update": _("the record is updated"),
        "skip": _("the row is skipped"),
    }[wish]


def reason_label(reason: str) -> str:
    """Why a column goes where it goes."""
    return {
        "header": _("by its name"),
        "part of the header": _("by a part of its name"),
        "content": _("by what is in it"),
        "chosen": _("as you say"),
    }.get(reason, "")


def choices_of(plan: FilePlan) -> list[Target]:
    """Every place that a column of this file can go to."""
    return targets(importable(plan.object))


def paths_of(plan: FilePlan) -> list[str]:
    return list(dict.fromkeys(target.path for target in choices_of(plan)))
