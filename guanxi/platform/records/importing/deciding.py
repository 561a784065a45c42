"""What somebody who sends a file decides about it instead of what was guessed: its choices as JSON."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.importing import reports
from guanxi.platform.records.importing.dates import Order
from guanxi.platform.records.importing.fixed import fixable, read_fixed
from guanxi.platform.records.importing.memberships import importable, importables
from guanxi.platform.records.importing.models import ImportFile
from guanxi.platform.records.importing.plans import (
    ColumnPlan,
    FilePlan,
    LacksColumns,
    OnAlike,
    OnMissing,
    OnProblem,
)
from guanxi.platform.records.importing.preparing import leave_to_others, may_import_into, read_anew
from guanxi.platform.records.importing.reading import Choice


class ColumnDecision(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Of one column; what is None stays as it was guessed. The words are those of `ColumnPlan`."""

    to: str | None = None
    order: Order | None = None
    replace: dict[str, str] | None = None
    on_problem: OnProblem | None = None
    link_by: str | None = None
    on_missing: OnMissing | None = None


class Decision(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Of one file; what is None stays as it was guessed. The words are those of `FilePlan` and `Choice`.

    file      its name; may be left out where there is one
    like      an earlier import, whose mapping is taken: its key
    columns   header → the field it goes to, null to keep it out, or a ColumnDecision
    """

    file: str = ""
    object: str = ""
    like: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: int | None = None
    columns: dict[str, ColumnDecision | str | None] = {}
    key: str | None = None
    found: Literal["update", "skip"] | None = None
    missing: Literal["create", "skip"] | None = None
    alike: OnAlike | None = None
    alike_rows: dict[str, OnAlike] | None = None
    fixed: dict[str, str] | None = None

    @property
    def choice(self) -> Choice | None:
        """How the file is read, where anything of that is decided."""
        said = {name: getattr(self, name) for name in ("encoding", "delimiter", "sheet", "header")}
        return Choice(**said) if any(one is not None for one in said.values()) else None


def read_decisions(given: Any) -> list[Decision]:
    """Decisions as they were sent, one for each file; raises InvalidValues."""
    try:
        decisions = msgspec.convert(given, list[Decision])
    except msgspec.ValidationError as wrong:
        raise InvalidValues({"plan": [FieldError("plan", str(wrong))]}) from wrong
    for one in decisions:
        if one.object and one.object not in {known.name for known in importables()}:
            raise _refusal("object", _("There is no object “%(name)s”."), name=one.object[:60])
    return decisions


def decision_for(name: str, decisions: list[Decision], *, only: bool) -> Decision | None:
    """The one about the file of that name; one without a name is about the only file there is."""
    return next((one for one in decisions if one.file == name or (only and not one.file)), None)


def decide(file: ImportFile, decision: Decision, *, like: FilePlan | None, by: Actor) -> None:
    """Put a decision into the plan of a file, which is saved; raises InvalidValues, and UnreadableFile.

    like   the plan of an earlier import that is taken first
    """
    _read_as_said(file, decision)
    plan = file.file_plan
    if not may_import_into(importable(plan.object), by):
        raise _refusal("object", _("Your role does not bring in “%(name)s”."), name=plan.object)
    if like is not None:
        plan = _as_before(like, plan)
    for header, said in decision.columns.items():
        _decide_column(plan, header, said)
    for name in ("found", "missing", "alike", "alike_rows"):
        if (value := getattr(decision, name)) is not None:
            setattr(plan, name, value)
    if decision.key is not None:
        plan.key = _known_key(plan, decision.key)
    elif plan.key and not plan.goes_to(plan.key):
        plan.key = ""
    if decision.fixed is not None:
        plan.fixed = _known_fixed(plan, decision.fixed, by)
    _refuse_what_is_closed(plan, decision, by)
    file.plan = plan.as_json()
    file.problems, file.checked, file.alike = [], {}, {}
    file.save(update_fields=["plan", "problems", "checked", "alike"])


def _read_as_said(file: ImportFile, decision: Decision) -> None:
    table, plan = file.source, file.file_plan
    wanted = decision.choice
    now = {name: getattr(table, name) for name in ("encoding", "delimiter", "sheet", "header")}
    differs = wanted is not None and any(
        (said := getattr(wanted, name)) is not None and said != now[name] for name in now
    )
    if differs or (decision.object and decision.object != plan.object):
        read_anew(file, wanted or Choice(), object_name=decision.object)


def _as_before(like: FilePlan, plan: FilePlan) -> FilePlan:
    if like.object != plan.object:
        raise _refusal("like", _("That import brought in something else."))
    try:
        return like.for_columns([one.header for one in plan.columns])
    except LacksColumns as lacks:
        said = _("The file has no column “%(name)s”, which the import needs.")
        raise _refusal("like", said, name=comma_list(lacks.headers)) from None


def _decide_column(plan: FilePlan, header: str, said: ColumnDecision | str | None) -> None:
    try:
        column = plan.column(header)
    except KeyError:
        names = comma_list(one.header for one in plan.columns)
        message = _("There is no such column; there are: %(names)s.")
        raise _refusal(header, message, names=names[:500]) from None
    decided = said if isinstance(said, ColumnDecision) else ColumnDecision(to=said or "")
    if decided.to is not None:
        _send_column(plan, column, decided.to)
    for name in ("order", "replace", "on_problem", "link_by", "on_missing"):
        if (value := getattr(decided, name)) is not None:
            setattr(column, name, value)


def _send_column(plan: FilePlan, column: ColumnPlan, path: str) -> None:
    known = reports.paths_of(plan)
    if path not in known and f"{path}:" in known:
        path += ":"  # of several emails, whichever kind
    if path and path not in known:
        message = _("“%(path)s” is no place for a column; there are: %(names)s.")
        raise _refusal(column.header, message, path=path[:60], names=comma_list(known)[:1_000])
    column.path, column.reason, column.score = path, "chosen" if path else "nothing", 1.0


def _known_key(plan: FilePlan, key: str) -> str:
    fields = [one.name for one in importable(plan.object).fields if one.identifies and plan.goes_to(one.name)]
    if key and key not in fields:
        message = _("Rows are not told apart by “%(name)s”; by these they are: %(names)s.")
        raise _refusal("key", message, name=key[:60], names=comma_list(fields) or "–")
    return key


def _known_fixed(plan: FilePlan, given: dict[str, str], by: Actor) -> dict[str, str]:
    obj, context = importable(plan.object), field_context(by)
    open_to = {one.name for one in fixable(plan)}
    for name, text in given.items():
        if name not in open_to:
            raise _refusal(name, _("This can't be the same for all rows."))
        try:
            read_fixed(obj, name, text, actor=by, context=context)
        except FieldError as wrong:
            raise InvalidValues({name: [wrong]}) from wrong
    return given


def _refuse_what_is_closed(plan: FilePlan, decision: Decision, by: Actor) -> None:
    """A column sent where the actor may not write is refused; what an earlier plan did there is left out."""
    wanted = {one.header: one.path for one in plan.columns}
    asked = {header.casefold() for header in decision.columns}
    fixed = set(plan.fixed)
    leave_to_others(plan, by=by)
    closed = [one.header for one in plan.columns if wanted[one.header] != one.path]
    names = [*(one for one in closed if one.casefold() in asked), *(fixed - set(plan.fixed))]
    if names:
        message = _("Your role does not fill this field.")
        raise InvalidValues({name: [FieldError("refused", message)] for name in names})


def _refusal(where: str, message: str, /, **facts: str) -> InvalidValues:
    return InvalidValues({where: [FieldError("plan", message % facts)]})
