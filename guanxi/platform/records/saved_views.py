"""Views: a list as somebody wants to see it again. Some come with each object, members save the others.

Shipped ones are made from the declaration: all; those under way where records end; mine and my team's
where rows have owners; quiet ones where there is traffic; those whose next step is due.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.text import printable
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.questions import Question, ask, model_question

QUIET_DAYS = 14
MOST_VIEWS = 100


@dataclass(frozen=True, kw_only=True)
class View:
    """A tab over a list.

    key     "all", "mine", … or the id of a saved one
    saved   the row behind it; None for the shipped ones
    own     the asking member may change and delete it
    """

    key: str
    label: str
    filter: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    icon: str = ""
    saved: SavedView | None = None
    own: bool = False


def views_of(obj: Object, *, by: Actor) -> list[View]:
    """The views that the actor sees on this object, the shipped ones first."""
    return ask(views_question(obj, by=by))[0]


def views_question(obj: Object, *, by: Actor) -> Question[list[View]]:
    """The same, for who has more to ask."""
    teams = f" OR m.team_id IN ({', '.join(['%s'] * len(by.below_ids))})" if by.below_ids else ""
    saved = model_question(
        SavedView,
        "WHERE m.workspace_id = %s AND m.object = %s"
        f" AND ((m.member_id IS NULL AND m.team_id IS NULL) OR m.member_id = %s{teams})"
        " ORDER BY m.position, m.id LIMIT %s",
        (by.workspace_id, obj.name, by.member_id or -1, *by.below_ids, MOST_VIEWS),
    )
    return Question(
        saved.selects,
        lambda raw: [*shipped_views(obj), *(_from_row(obj, row, by) for row in saved.read(raw))],
    )


def shipped_views(obj: Object) -> list[View]:
    """The views that every workspace has of this object."""
    found = [("all", _("All"), "", obj.sort, "")]
    open_only = f" and {obj.closed} is empty" if obj.closed else ""
    if obj.closed:
        words = pgettext("sum of deals", "Open")
        found.append(("going", words, f"{obj.closed} is empty", obj.closes or obj.sort, ""))
    if obj.owned:
        found.append(("mine", _("Mine"), "owner = me", obj.sort, ""))
        found.append(("team", _("My team"), "team below mine", obj.sort, ""))
    if obj.touched:
        quiet = f"last_touch_at < -{QUIET_DAYS}d{open_only}"
        label = _("Quiet for %(days)d days") % {"days": QUIET_DAYS}
        found.append(("quiet", label, quiet, "last_touch_at", "moon-star"))
    if obj.next_step:
        due = obj.next_step.due
        found.append(("due", _("Next step due"), f"{due} <= today{open_only}", due, ""))
    if obj.done:
        found.append(("open", _("Not done"), f"{obj.done} is empty", obj.sort, ""))
    return [
        View(key=key, label=label, filter=text, sort=sort, columns=obj.columns, icon=icon)
        for key, label, text, sort, icon in found
    ]


@transaction.atomic
def save_view(
    obj: Object,
    *,
    name: str,
    filter: str,
    sort: str,
    columns: tuple[str, ...],
    shared: str = "",
    by: Actor,
) -> SavedView:
    """Keep a list under a name; raises InvalidValues without a name and Refused for guests of the product.

    shared   "" for the member alone, "team" for the member's team, "all" for everybody (administrators only)
    """
    name = printable(name).strip()
    if by.member_id is None:
        raise Refused("views belong to members")
    if shared == "all" and not by.administers:
        raise Refused("view.share")
    if not name or len(name) > 80:
        raise InvalidValues(
            {"name": [FieldError("required", _("A view needs a name of up to 80 characters."))]}
        )
    last = SavedView.objects.filter(object=obj.name).aggregate(last=Max("position"))["last"]
    view = SavedView(
        workspace_id=by.workspace_id,
        object=obj.name,
        name=name,
        member_id=None if shared == "all" else by.member_id,
        team_id=by.team_id if shared == "team" else None,
        filter=filter,
        sort=sort,
        columns=list(columns),
        position=(last or 0) + 1,
    )
    view.save(force_insert=True)
    return view


@transaction.atomic
def change_view(
    view_id: int, *, filter: str, sort: str, columns: tuple[str, ...], name: str = "", by: Actor
) -> SavedView:
    """Save what was changed into a view of one's own; raises NotFound for a view that isn't."""
    view = _own_view(view_id, by)
    view.filter, view.sort, view.columns = filter, sort, list(columns)
    view.name = printable(name).strip()[:80] or view.name
    view.version += 1
    view.save()
    return view


@transaction.atomic
def delete_view(view_id: int, *, by: Actor) -> SavedView:
    """Take a view away for everybody who saw it; raises NotFound for a view that isn't one's own."""
    view = _own_view(view_id, by)
    view.delete()
    return view


def _own_view(view_id: int, by: Actor) -> SavedView:
    view: SavedView | None = SavedView.objects.filter(_shown_to(by), pk=view_id).first()
    if view is None or not _owns(view, by):
        raise NotFound(f"view {view_id}")
    return view


def _shown_to(by: Actor) -> Q:
    """Everybody's, the member's own, and those that somebody shares with the member's team."""
    everybody = Q(member=None, team=None)
    teams = Q(team_id__in=by.below_ids) if by.below_ids else Q(pk=None)
    return everybody | Q(member_id=by.member_id) | teams


def _owns(view: SavedView, by: Actor) -> bool:
    return by.administers if view.member_id is None else view.member_id == by.member_id


def _from_row(obj: Object, row: SavedView, by: Actor) -> View:
    return View(
        key=str(row.pk),
        label=row.name,
        filter=row.filter,
        sort=row.sort or obj.sort,
        columns=tuple(name for name in row.columns if name in obj.fields_by_name) or obj.columns,
        icon=row.icon or ("users-round" if row.team_id or row.member_id is None else ""),
        saved=row,
        own=_owns(row, by),
    )
