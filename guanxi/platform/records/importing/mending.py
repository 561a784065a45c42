"""The third step: problems by cause, each with a way to mend it, and what somebody chose."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Field, Link
from guanxi.platform.records.importing import reports
from guanxi.platform.records.importing.checking import SLIP
from guanxi.platform.records.importing.lookups import ByTitle, Teams, member_words
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.web.components import Option


def mend(request: HttpRequest, job: Import) -> None:
    """One click: what to do about one kind of problem in one column of one file."""
    said = request.POST
    chosen, at = said.get("file", ""), said.get("column", "")
    file = job.files.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
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
    }


def _problem(plan: FilePlan, problem: dict[str, Any], request: MemberRequest) -> dict[str, Any]:
    """A group of problems with the buttons that mend it."""
    column = next((one for one in plan.columns if one.index == problem["column"]), None)
    target = importable(plan.object)[column.field] if column and column.path else None
    mends: list[tuple[str, str]] = []
    if any(better for _text, _count, better in problem["texts"]):
        mends.append(("suggested", _("Take what is suggested")))
    makes = {"link", "tags"} | ({"member", "team"} if request.actor.administers else set())
    if problem["code"] == "not_there" and target is not None and target.type in makes:
        mends.append(("create", _("Create them")))
    if problem["code"] not in {SLIP, "required", "too_many_cells"} and target is not None:
        mends.append(("empty", _("Leave empty")))
    picks = _picks(target, request.actor) if target and problem["code"] in PICKED else None
    cells = ngettext("%(count)s row", "%(count)s rows", problem["count"]) % {"count": problem["count"]}
    words = [
        f"“{text}”" + (f" → {better}" if better else "") for text, _count, better in problem["texts"][:6]
    ]
    return problem | {
        "header": column.header if column else _("Row"),
        "label": str(target.label) if target else "",
        "mends": mends,
        "picks": picks,
        "said": f"{cells}: {', '.join(words)}" if words else cells,
        "tone": "gamboge" if problem["code"] == SLIP else "cinnabar",
    }


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
    return [] if to.owned or to.group else [Option(name, name) for name in ByTitle(to, by).titles()]
