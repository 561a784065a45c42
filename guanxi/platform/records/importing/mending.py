"""The third step: problems by cause, each with a way to mend it, and what somebody chose."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.i18n.numbers import comma_list, read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Field, Link
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.importing import reports
from guanxi.platform.records.importing.checking import SLIP
from guanxi.platform.records.importing.lookups import ByTitle, Teams, member_words
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.paths import field_at
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Option

WISHES = ("create", "update", "skip")


def mend(request: HttpRequest, job: Import) -> None:
    """One click: what to do about one kind of problem in one column of one file."""
    said = request.POST
    chosen, at = said.get("file", ""), said.get("column", "")
    file = job.files.filter(pk=read_whole(chosen) or 0).first()
    if file is not None and said.get("mend") == "alike":
        _decide_alike(file, said)
        return
    if file is None or not at.lstrip("-").isdecimal():
        return
    plan = file.file_plan
    column = next((one for one in plan.columns if one.index == int(at)), None)
    if column is None:
        return
    wish = said.get("mend")
    if wish == "create":
        column.on_missing = "create"
    elif wish == "empty":
        column.on_problem = column.on_missing = "empty"
    elif wish == "reject":
        column.on_problem = column.on_missing = "reject"
    elif wish == "suggested":
        for problem in file.problems:
            if problem["column"] == column.index and problem["code"] == said.get("code"):
                column.replace |= {text: better for text, _count, better in problem["texts"] if better}
    elif wish == "replace":
        for text, better in zip(said.getlist("text"), said.getlist("with"), strict=False):
            if text and better.strip():
                column.replace[text] = better.strip()
    file.plan = plan.as_json()
    file.save(update_fields=["plan"])


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


def checked_view(file: ImportFile, request: MemberRequest) -> dict[str, Any]:
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
        "problems": [_problem(plan, problem, request) for problem in file.problems],
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


def _problem(plan: FilePlan, problem: dict[str, Any], request: MemberRequest) -> dict[str, Any]:
    """A group of problems with the buttons that mend it."""
    column = next((one for one in plan.columns if one.index == problem["column"]), None)
    target = field_at(importable(plan.object), column.field) if column and column.path else None
    mends: list[tuple[str, str]] = []
    if any(better for _text, _count, better in problem["texts"]):
        mends.append(("suggested", _("Take what is suggested")))
    makes = MADE_HERE | ({"member", "team"} if request.actor.administers else set())
    if problem["code"] == "not_there" and target is not None and target.type in makes:
        mends.append(("create", _("Create them")))
    note = problem.get("note", False)
    if problem["code"] not in {SLIP, "required", "too_many_cells"} and target is not None and not note:
        mends.append(("empty", _("Leave empty")))
    picks = _picks(target, request.actor) if target and problem["code"] in PICKED else None
    cells = ngettext("%(count)s row", "%(count)s rows", problem["count"]) % {"count": problem["count"]}
    said = [cells, _("they come in without it")] if note else [cells]
    words = [f"{text} → {better}" if better else text for text, _count, better in problem["texts"][:6]]
    return problem | {
        "header": column.header if column else _("Row"),
        "label": str(target.label) if target else "",
        "mends": mends,
        "picks": picks,
        "said": " · ".join([*said, *words]),
        "tone": "gamboge" if note else tone_of(problem["code"], target),
    }


def tone_of(code: str, target: Field | None) -> str:
    """How bad it is: what the import itself can make is a question, not a mistake."""
    if code == "not_there" and target is not None and target.type in MADE_HERE:
        return "azurite"
    return "gamboge" if code == SLIP else "cinnabar"


MADE_HERE = {"link", "tags"}
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
