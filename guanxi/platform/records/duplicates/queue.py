"""The review queue: pairs that a sweep found, one after the other, for people to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import sees, whole
from guanxi.platform.records.access import NotFound, find_record, require, row_rule
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.duplicates.columns import columns_of
from guanxi.platform.records.duplicates.models import DuplicatePair, Sweep
from guanxi.platform.records.duplicates.sweeping import begin_sweep
from guanxi.platform.records.entries import entries_of_pair
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.titles import titles_of
from guanxi.web.pages import is_htmx, render_page, toast

State = DuplicatePair.State
WAITING = (State.OPEN, State.LATER)
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """One field of two records, side by side; `sign` is "same", "near", "other" or ""."""

    label: str
    left: Any
    right: Any
    sign: str


@object_door("GET", "POST")
def queue(request: MemberRequest, obj: Object) -> HttpResponse:
    """The next pair; POST begins a sweep."""
    by = request.actor
    for verb in ("change", "archive"):
        require(by, verb, obj)
    if request.method == "POST":
        begin_sweep(obj, by=by)
        said = _("All %(objects)s are being compared.") % {"objects": obj.plural_label.within}
        return toast(HttpResponseRedirect(f"/{obj.plural}/duplicates/"), said)
    pair = next_pair(obj, by=by)
    context: dict[str, Any] = {
        "obj": obj,
        "pair": pair,
        "lines": [],
        "left": count_waiting(obj, by=by),
        "most": MOST_COUNTED,
        "sweep": Sweep.objects.filter(object=obj.name).order_by("-created_at").first(),
        "may_sweep": by.administers,
        "sees_all": by.rows(obj.name, "see").every,  # else what was found among all is not theirs to know
    }
    if pair is not None:
        left, right = records = [find_record(obj, pk, by=by) for pk in (pair.low_id, pair.high_id)]
        context |= {
            "records": [(one, record_url(obj, one.pk)) for one in records],
            "lines": lines_of(obj, pair, records, by=by),
            "ways": entries_of_pair(left, right, obj, by),
            # How probable it is follows from all fields, also from those that are hidden from this member.
            "percent": "" if unseen_columns(obj, by=by) else format_number(round(pair.permille / 10)),
        }
    return render_page(request, "records/duplicate_queue.html", context, title=_("Duplicates"))


@object_door("POST")
def decide(request: MemberRequest, obj: Object, pair_id: int) -> HttpResponse:
    """Different, later, or the same: then the two are merged."""
    pair = find_pair(obj, pair_id, by=request.actor)
    said = request.POST.get("said", "")
    if said == "same":
        chosen = f"id={pair.low_id}&id={pair.high_id}"
        return HttpResponseRedirect(f"/{obj.plural}/bulk/merge/?{chosen}&next=/{obj.plural}/duplicates/")
    if said not in (State.DIFFERENT, State.LATER):
        raise NotFound(said)
    before = pair.state
    decide_pair(pair, said, by=request.actor)
    told = _("Not the same: not asked again") if said == State.DIFFERENT else _("Put off")
    undo = f"/{obj.plural}/duplicates/{pair.pk}/{before}/" if before in WAITING and before != said else ""
    return toast(HttpResponseRedirect(f"/{obj.plural}/duplicates/"), told, undo=undo)


@object_door("POST")
def put_back(request: MemberRequest, obj: Object, pair_id: int, state: str) -> HttpResponse:
    """What was said of a pair is taken back: it waits again as it did."""
    pair = find_pair(obj, pair_id, by=request.actor)
    if state not in WAITING:
        raise NotFound(state)
    decide_pair(pair, state, by=request.actor)
    if is_htmx(request):
        return HttpResponse(status=204)  # behaviours/toast.js draws the page anew
    return toast(HttpResponseRedirect(f"/{obj.plural}/duplicates/"), _("Taken back"))


@transaction.atomic
def decide_pair(pair: DuplicatePair, state: str, *, by: Actor) -> DuplicatePair:
    """Remember what somebody said of a pair; a later sweep does not ask again of those that are different.

    Raises InvalidValues for two that are merged.
    """
    pair = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if pair.state == State.MERGED:
        raise InvalidValues({"": [FieldError("merged", _("These two have been merged already."))]})
    pair.state, pair.decided_by_id, pair.decided_at = state, by.member_id, datetime.now(UTC)
    pair.save()
    return pair


def next_pair(obj: Object, *, by: Actor) -> DuplicatePair | None:
    """The most probable pair that nobody has decided; those for later come last."""
    for state in WAITING:
        rows = _visible(obj, by, "SELECT p.id", (state,), "ORDER BY p.permille DESC, p.id LIMIT 1")
        if rows:
            found: DuplicatePair = DuplicatePair.objects.get(pk=rows[0][0])
            return found
    return None


def pairs_for(
    obj: Object, states: tuple[str, ...], *, by: Actor, last: DuplicatePair | None, most: int
) -> list[DuplicatePair]:
    """The pairs in these states that the actor may decide, the most probable first, after `last`."""
    where, params = "", []
    if last is not None:
        where = " AND (p.permille < %s OR (p.permille = %s AND p.id > %s))"
        params = [last.permille, last.permille, last.pk]
    tail = f"{where} ORDER BY p.permille DESC, p.id LIMIT {most:d}"
    rows = _visible(obj, by, "SELECT p.id", states, tail, params)
    ids = [row[0] for row in rows]
    found = DuplicatePair.objects.in_bulk(ids)
    return [found[one] for one in ids]


def count_waiting(obj: Object, *, by: Actor) -> int:
    """How many pairs wait for this actor; MOST_COUNTED where there are more."""
    rows = _visible(obj, by, "SELECT p.id", tuple(WAITING), f"LIMIT {MOST_COUNTED}")
    return len(rows)


def find_pair(obj: Object, pair_id: int, *, by: Actor) -> DuplicatePair:
    """A pair both of whose records the actor may edit; raises NotFound and Refused.

    One that agrees in a field that the actor does not see is not there for them.
    """
    pair = DuplicatePair.objects.filter(pk=pair_id, object=obj.name).first()
    if pair is None or any(pair.evidence.get(one, "other") != "other" for one in unseen_columns(obj, by=by)):
        raise NotFound(f"pair {pair_id}")
    for verb in ("change", "archive"):
        require(by, verb, obj)
    for pk in (pair.low_id, pair.high_id):
        find_record(obj, pk, by=by, access="edit")
    return pair  # type: ignore[no-any-return]


def lines_of(obj: Object, pair: DuplicatePair, records: list[Any], *, by: Actor) -> list[Line]:
    """The fields that one of the two has, and how they agree."""
    fields = [one for one in obj.form_fields if not one.hidden]
    values = [{one.name: one.get(record) for one in obj.fields} for record in records]
    keys = {key for record in records for one in fields for key in keys_of(one, one.get(record))}
    cells = Cells(obj, refs=titles_of(keys, by=by), context=field_context(by), wide=True)
    found = []
    for one in fields:
        if all(one.is_empty(value[one.name]) for value in values):
            continue
        shown = [cells.show(one.name, value) for value in values]
        found.append(Line(str(one.label), shown[0], shown[1], sign_of(pair.evidence, obj, one.name)))
    return found


def unseen_columns(obj: Object, *, by: Actor) -> list[str]:
    """The columns of a sweep whose fields the actor does not see as they are."""
    obj = whole(obj)
    return [one.name for one in columns_of(obj) if not sees(obj, (one.field,), by)]


def sign_of(evidence: dict[str, str], obj: Object, name: str) -> str:
    """How two records agree in a field, of which several columns may have been compared."""
    signs = [
        sign
        for column, sign in evidence.items()
        if column == ("title" if name == obj.title else f"f_{name}") or column.startswith(f"f_{name}_")
    ]
    if not signs:
        return ""
    if all(sign == "same" for sign in signs):
        return "same"
    return "other" if all(sign == "other" for sign in signs) else "near"


def _visible(
    obj: Object, by: Actor, select: str, states: tuple[str, ...], tail: str, more: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    left, right = (row_rule(obj, by, access="edit", alias=alias) for alias in ("a", "b"))
    marks = ", ".join(["%s"] * len(states))
    # That two agree in what is hidden would tell what stands there.
    unseen = unseen_columns(obj, by=by)
    agrees = "p.evidence ->> %s" if connection.vendor == "postgresql" else "json_extract(p.evidence, %s)"
    differ = "".join(f" AND COALESCE({agrees}, 'other') = 'other'" for _one in unseen)
    paths = unseen if connection.vendor == "postgresql" else [f'$."{one}"' for one in unseen]
    return fetch(
        f'{select} FROM records_duplicate_pair p JOIN "{obj.table}" a ON a.id = p.low_id'
        f' JOIN "{obj.table}" b ON b.id = p.high_id'
        f" WHERE p.workspace_id = %s AND p.object = %s AND p.state IN ({marks}){differ}"
        f" AND {left.text} AND {right.text} AND a.archived_at IS NULL AND b.archived_at IS NULL {tail}",
        (by.workspace_id, obj.name, *states, *paths, *left.params, *right.params, *more),
    )
