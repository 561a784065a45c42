"""The third step: problems by cause, each with a way to mend it, and what somebody chose."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.i18n.numbers import comma_list, read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Field, Link
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.shaping import change_field, fields_made, find_made, may_shape
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.importing import reports
from guanxi.platform.records.importing.checking import SLIP
from guanxi.platform.records.importing.lookups import ByTitle, Teams, member_words
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.paths import field_at
from guanxi.platform.records.importing.plans import ColumnPlan, FilePlan
from guanxi.platform.records.importing.rows import LINKS
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Option

WISHES = ("create", "update", "skip")
LEFT_OUT = ("empty", "reject")  # what becomes of cells that say nothing here


@transaction.atomic
def mend(request: MemberRequest, job: Import) -> None:
    """One click: what to do about one kind of problem in one column of one file, or about all of them.

    Who is meant by a word is the same in all files of the import, so an answer that says so holds in all
    columns of members, or of teams. That cells are left out holds for the column, and in the other files for
    those that go to the same field. Raises InvalidValues where a field can't take more options.
    """
    Import.objects.select_for_update().get(pk=job.pk)  # of two who answer at once neither is lost
    said = request.POST
    wish = said.get("mend", "")
    if wish == "empty-all":
        _leave_all_empty(job)
        return
    chosen, at = said.get("file", ""), said.get("column", "")
    file = job.files.filter(pk=read_whole(chosen) or 0).first()
    if file is not None and wish == "alike":
        _decide_alike(file, said)
        return
    if file is None or not at.lstrip("-").isdecimal():
        return
    plan = file.file_plan
    column = next((one for one in plan.columns if one.index == int(at)), None)
    if column is None:
        return
    if wish == "options":
        _add_options(file, column, by=request.actor)
        return
    better = _better(file, column, wish, said)
    everywhere = _kind(plan, column) in EVERYWHERE
    for one in job.files.all() if everywhere else [file]:
        changed = one.file_plan
        for other in changed.columns:
            asked = one.pk == file.pk and other.index == column.index
            if asked or (everywhere and _is_meant(file, column, wish, one, other)):
                _answer(other, wish, better)
        one.plan = changed.as_json()
        one.save(update_fields=["plan"])


def _is_meant(file: ImportFile, column: ColumnPlan, wish: str, one: ImportFile, other: ColumnPlan) -> bool:
    """Whether what is said of a column of members or teams holds for another one, of any of the files."""
    if _kind(one.file_plan, other) != _kind(file.file_plan, column):
        return False
    return wish not in LEFT_OUT or (one.pk != file.pk and other.field == column.field)


def _kind(plan: FilePlan, column: ColumnPlan) -> str:
    return field_at(importable(plan.object), column.path).type if column.path else ""


def _better(file: ImportFile, column: ColumnPlan, wish: str, said: QueryDict) -> dict[str, str]:
    """Cells and what they mean: as it was suggested, or said."""
    if wish == "suggested":
        found = (
            one for one in file.problems if one["column"] == column.index and one["code"] == said.get("code")
        )
        return {text: better for one in found for text, _count, better in one["texts"] if better}
    if wish == "replace":
        pairs = zip(said.getlist("text"), said.getlist("with"), strict=False)
        return {text: better.strip() for text, better in pairs if text and better.strip()}
    return {}


def _answer(column: ColumnPlan, wish: str, better: dict[str, str]) -> None:
    if wish == "create":
        column.on_missing = "create"
    elif wish in LEFT_OUT:
        column.on_problem = column.on_missing = wish  # type: ignore[assignment]
    column.replace |= better


def _leave_all_empty(job: Import) -> None:
    for file in job.files.all():
        plan = file.file_plan
        for problem in file.problems:
            column = next((one for one in plan.columns if one.index == problem["column"]), None)
            if column is not None and _may_be_empty(plan, column, problem):
                column.on_problem = column.on_missing = "empty"
        file.plan = plan.as_json()
        file.save(update_fields=["plan"])


def _add_options(file: ImportFile, column: ColumnPlan, *, by: Actor) -> None:
    """What the cells of a column say and its field does not offer becomes options of it."""
    found = _to_extend(file.file_plan, column, by)
    if found is None:
        return
    made = find_made(OwnField, found.pk, by=by, lock=True)  # another import may have added some just now
    known = {word.casefold() for one in made.settings["options"] for word in one["label"].values()}
    new: dict[str, str] = {}
    for problem in file.problems:
        if problem["column"] == column.index and problem["code"] == "choice":
            for text, _count, _better in problem["texts"]:
                if text.casefold() not in known:
                    new.setdefault(text.casefold(), text)
    options = [*made.settings["options"], *({"label": text} for text in new.values())]
    change_field(made.pk, {"settings": {"options": options}}, by=by)


def _to_extend(plan: FilePlan, column: ColumnPlan, by: Actor) -> OwnField | None:
    """The choice of the workspace's own that a column goes to, where `by` may give it options."""
    if _kind(plan, column) != "choice" or not may_shape(by):
        return None
    return next((one for one in fields_made(plan.object, by=by) if one.name == column.field), None)


def _may_be_empty(plan: FilePlan, column: ColumnPlan, problem: dict[str, Any]) -> bool:
    """Whether leaving the cell out mends it: not where the record as a whole is refused."""
    if not column.path or problem.get("note") or not problem["texts"]:
        return False
    if problem["code"] == "several" and _kind(plan, column) not in LINKED:
        return False
    return problem["code"] not in OF_RECORDS


def _decide_alike(file: ImportFile, said: QueryDict) -> None:
    """For all rows that are like records that are there, and for single ones."""
    plan = file.file_plan
    if said.get("alike") in WISHES:
        plan.alike = said["alike"]  # type: ignore[assignment]
    for number, *_rest in file.alike.get("rows", []):
        wish = said.get(f"alike-{number}", "")
        if wish in WISHES and wish != plan.alike:
            plan.alike_rows[str(number)] = wish  # type: ignore[assignment]
        else:
            plan.alike_rows.pop(str(number), None)
    file.plan = plan.as_json()
    file.save(update_fields=["plan"])


def checked_view(file: ImportFile, request: MemberRequest, *, several: bool = False) -> dict[str, Any]:
    """A file as the check shows it; several: one of many, in all of which some answers hold."""
    plan = file.file_plan
    obj = importable(plan.object)
    counts = [
        (file.checked[verb], reports.verb_label(verb), verb)
        for verb in reports.VERBS
        if file.checked.get(verb)
    ]
    return {
        "file": file,
        "obj": obj,
        "counts": counts,
        "problems": sorted(
            (_problem(file, problem, request, several) for problem in file.problems_said),
            key=_by_what_mends,
        ),
        "alike": _alike(file, plan, request.actor),
        "wishes": [Option(wish, reports.alike_label(wish)) for wish in WISHES],
    }


def _alike(file: ImportFile, plan: FilePlan, by: Actor) -> dict[str, Any] | None:
    """Rows that are like records that are there, each with its record and what is done with it."""
    rows = file.alike.get("rows")
    if not rows:
        return None
    obj = importable(plan.object)
    refs = titles_of(((obj.name, int(record_id)) for _number, _title, record_id, _fields in rows), by=by)
    count = file.alike["count"]
    return {
        "said": reports.alike_words(count),
        "wish": plan.alike,
        "more": count - len(rows),
        "rows": [
            {
                "number": number,
                "title": title,
                "ref": refs.get((obj.name, int(record_id))),
                "url": record_url(obj, int(record_id)),
                "fields": comma_list(str(obj[name].label) for name in fields),
                "wish": plan.alike_rows.get(str(number), ""),
            }
            for number, title, record_id, fields in rows
        ],
    }


def _problem(
    file: ImportFile, problem: dict[str, Any], request: MemberRequest, several: bool
) -> dict[str, Any]:
    """A group of problems with the buttons that mend it."""
    plan = file.file_plan
    column = next((one for one in plan.columns if one.index == problem["column"]), None)
    target = field_at(importable(plan.object), column.field) if column and column.path else None
    mends: list[tuple[str, str]] = []
    if any(better for _text, _count, better in problem["texts"]):
        mends.append(("suggested", _("Take what is suggested")))
    note = problem.get("note", False)
    makes = MADE_HERE | ({"member", "team"} if request.actor.administers else set())
    if (
        problem["code"] == "not_there"
        and target is not None
        and target.type in makes
        and not is_numbered(column)
    ):
        if target.type != "member":
            mends.append(("create", _("Create them")))
        elif not any(_ID.fullmatch(text) for text, _count, _better in problem["texts"]):
            mends.append(("create", _("Add them as members who do not sign in")))
    if problem["code"] == "choice" and column is not None and _to_extend(plan, column, request.actor):
        mends.append(("options", _("Add all as options")))
    if column is not None and _may_be_empty(plan, column, problem):
        everywhere = several and target is not None and target.type in EVERYWHERE
        mends.append(("empty", _("Leave empty in all files") if everywhere else _("Leave empty")))
    picks = _picks(target, request.actor) if target and problem["code"] in PICKED else None
    cells = ngettext("%(count)s row", "%(count)s rows", problem["count"]) % {"count": problem["count"]}
    said = [cells, _("they come in without it")] if note else [cells]
    words = [f"{text} → {better}" if better else text for text, _count, better in problem["texts"][:6]]
    return problem | {
        "header": file.heading(column.header) if column else _("Row"),
        "label": str(target.label) if target else "",
        "mends": mends,
        "picks": picks,
        "said": " · ".join([*said, *words]),
        "tone": "gamboge" if note else tone_of(problem["code"], target, column),
    }


def _by_what_mends(shown: dict[str, Any]) -> int:
    """What a click brings in stands before what can only be left out, and that before what is merely told."""
    if reports.only_told(shown):
        return 2
    return 0 if any(wish != "empty" for wish, _label in shown["mends"]) else 1


def is_numbered(column: ColumnPlan | None) -> bool:
    """Whether a column links by numbers of another product: by those nobody is made, they name nobody."""
    return column is not None and column.link_by == "external_id"


def tone_of(code: str, target: Field | None, column: ColumnPlan | None) -> str:
    """How bad it is: what the import itself can make is a question, not a mistake."""
    made_here = target is not None and target.type in MADE_HERE and not is_numbered(column)
    if code == "not_there" and made_here:
        return "azurite"
    return "gamboge" if code == SLIP else "cinnabar"


MADE_HERE = {"link", "tags"}
LINKED = LINKS | {"tags"}
EVERYWHERE = {"member", "team"}  # who is meant by a word is the same in all files of an import
OF_RECORDS = {SLIP, "duplicate", "taken", "too_many_cells"}  # no cell that is left out mends these
_ID = re.compile(r"(?=\D*\d)[0-9A-Za-z]{12,}")  # a key of another product: nobody is called so
PICKED = {"not_there", "several", "choice"}  # problems of words that mean something else here


def _picks(target: Field, by: Actor) -> list[Option] | None:
    """What a word in the file can be made to mean; [] where it has to be typed, None where that is no way."""
    if target.type == "member":
        return member_words()
    if isinstance(target, Choice):
        return [Option(str(one.label), str(one.label)) for one in target.options]
    if not isinstance(target, Link):
        return None
    if target.type == "team":
        return [Option(name, name) for name in Teams().titles()]
    to = registry.get(target.to)
    return [] if to.scoped or to.group else [Option(name, name) for name in ByTitle(to, by).titles()]
