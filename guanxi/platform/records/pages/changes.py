"""Changes: what was done in the workspace, by whom, from where, why, and the way back; a record as it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import working_members
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.addresses import ref_url, with_query
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.pages.batches import kind_label
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.histories import (
    PAGE,
    entry_of,
    is_told,
    keys_of_facts,
    overtaken,
    stands,
)
from guanxi.platform.records.titles import Ref, titles_of
from guanxi.platform.tenancy.keys import first_key_at
from guanxi.web.components import Option
from guanxi.web.pages import render_page

WHENCES = {
    "member": gettext_lazy("On a page"),
    "import": gettext_lazy("By an import"),
    "token": gettext_lazy("By the API"),
    "system": gettext_lazy("By an automation or the product itself"),
}
"""From where something can be done, by the kind of who does it."""
MOST_READ = 2_000  # facts that one page looks at for those that its reader may see


@plain_door("GET")
def changes_page(request: MemberRequest) -> HttpResponse:
    """The newest facts of records that the reader may see, by person, object, whence and day."""
    by, asked = request.actor, request.GET
    who = asked.get("who", "")
    name = asked.get("object", "")
    day = parse_day(asked.get("day", ""))
    whence = asked.get("from", "") if asked.get("from", "") in WHENCES else ""
    before = asked.get("before", "")
    facts, refs, more = seen_facts(by, who=who, name=name, whence=whence, day=day, before=before)
    by_object: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_object[fact.object].append(fact)
    cells = {
        one: Cells(
            as_seen(registry.get(one), by),
            refs=titles_of(keys_of_facts(as_seen(registry.get(one), by), found), by=by),
            context=field_context(by),
        )
        for one, found in by_object.items()
    }
    records = {
        (one, record.pk): record
        for one, found in by_object.items()
        if by.may("change", one)
        for record in registry.get(one).rows().filter(pk__in={fact.record_id for fact in found})
    }
    oldest, past = datetime.now(UTC) - KEPT_FOR, overtaken(facts, by=by)
    rows = []
    for fact in facts:
        obj, record = as_seen(registry.get(fact.object), by), records.get((fact.object, fact.record_id))
        standing = frozenset[str]()
        if record is not None and fact.at >= oldest:
            standing = stands(obj, fact, record, by, past)
        rows.append((_ref_of(fact, refs), entry_of(obj, fact, cells[fact.object], standing, by)))
    context = {
        "rows": [(ref, ref_url(ref), entry) for ref, entry in rows],
        "batches": _batches(by),
        "members": [
            Option("", _("Everybody")),
            *(Option(str(one.id), one.name) for one in working_members()),
        ],
        "objects": [
            Option("", _("Everything")),
            *(Option(one.name, str(one.plural_label)) for one in _objects(by)),
        ],
        "whences": [Option("", _("Anywhere")), *(Option(one, str(said)) for one, said in WHENCES.items())],
        "who": who,
        "object": name,
        "whence": whence,
        "day": day.isoformat() if day else "",
        "older_url": with_query(
            "/changes/",
            **{"who": who, "object": name, "from": whence, "day": asked.get("day", ""), "before": more},
        )
        if more
        else "",
    }
    return render_page(request, "records/changes.html", context, title=_("Changes"))


def parse_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def seen_facts(
    by: Actor, *, who: str, name: str, whence: str, day: date | None, before: str
) -> tuple[list[Fact], Mapping[tuple[str, int], Ref], int | None]:
    """A page of facts whose records the reader may see, their titles, and the id to go on from."""
    names = [one.name for one in _objects(by) if name in ("", one.name)]
    rows = Fact.objects.filter(object__in=names).order_by("-id")
    if who.isdecimal() and len(who) < 20:
        rows = rows.filter(actor_id=int(who))
    if whence:
        rows = rows.filter(actor_kind=whence)
    if day is not None and day < date.max:  # nothing is after the last day of all
        end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        rows = rows.filter(pk__lt=first_key_at(end))
    if before.isdecimal() and len(before) < 20:
        rows = rows.filter(pk__lt=int(before))
    found: list[Fact] = []
    refs: dict[tuple[str, int], Ref] = {}
    read = 0
    while read < MOST_READ:
        some = list(rows[read : read + 200])
        read += len(some)
        refs |= titles_of({(one.object, one.record_id) for one in some}, by=by)
        for fact in some:
            if (fact.object, fact.record_id) in refs and is_told(registry.get(fact.object), fact, by):
                found.append(fact)
                if len(found) > PAGE:
                    return found[:PAGE], refs, found[PAGE - 1].pk
        if len(some) < 200:
            return found, refs, None
    return found, refs, some[-1].pk


def _ref_of(fact: Fact, refs: Mapping[tuple[str, int], Ref]) -> Ref:
    return refs[fact.object, fact.record_id]


def _objects(by: Actor) -> list[Object]:
    return [one for one in registry.objects() if one.group and by.may("see", one.name)]


def _batches(by: Actor) -> list[dict[str, Any]]:
    """What was done to many lately: the member's own; administrators see everybody's."""
    rows: Iterable[Batch] = Batch.objects.order_by("-created_at")
    if not by.administers:
        rows = Batch.objects.filter(member_id=by.member_id or -1).order_by("-created_at")
    return [
        {
            "url": f"/changes/batches/{one.pk}/",
            "what": kind_label(one.kind),
            "object": str(registry.get(one.object).plural_label) if registry.has(one.object) else "",
            "count": one.done,
            "who": one.actor_name,
            "at": format_datetime(one.created_at),
            "undone": bool(one.undone_by_id),
        }
        for one in rows[:8]  # type: ignore[index]
    ]
