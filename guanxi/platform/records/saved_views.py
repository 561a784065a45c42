"""Views: a list as somebody wants to see it again. Some come with each object, members save the others.

Shipped ones are made from the declaration: all; those under way where records end; mine and my team's
where rows have owners; quiet ones where there is traffic; those whose next step is due.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Role
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.text import printable
from guanxi.platform.metadata.layouts import TextPart, layout_of, register_text_part
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen, sees, whole
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.aggregates import NONE, aggregates_of, known_aggregates
from guanxi.platform.records.filters import FilterSyntaxError, conditions_of, parse_filter
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.questions import Question, ask, model_question

QUIET_DAYS = 14
MOST_VIEWS = 100
MOST_PINS = 12
LAYOUTS = ("table", "board", "calendar", "gallery", "map")


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
    layout: str = "table"
    arranged: str = ""
    aggregates: Mapping[str, str] = field(default_factory=dict)
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
        "WHERE m.workspace_id = %s AND m.object = %s AND m.archived_at IS NULL"
        f" AND ((m.member_id IS NULL AND m.team_id IS NULL) OR m.member_id = %s{teams})"
        " ORDER BY m.position, m.id LIMIT %s",
        (by.workspace_id, obj.name, by.member_id or -1, *by.below_ids, MOST_VIEWS),
    )
    return Question(
        saved.selects,
        lambda raw: [
            *shipped_views(obj, by=by),
            *(_from_row(obj, row, by) for row in saved.read(raw) if shows_only_seen(obj, row.filter, by)),
        ],
    )


def shows_only_seen(obj: Object, text: str, by: Actor) -> bool:
    """Whether a condition names nothing that is hidden from the actor: its text would tell them of it.

    A field that nobody has any more is no secret.
    """
    try:
        conditions = list(conditions_of(parse_filter(text)))
    except FilterSyntaxError:
        return True
    return all(_seen_along(obj, one.field, by) for one in conditions)


def _seen_along(obj: Object, path: str, by: Actor) -> bool:
    name, _dot, rest = path.partition(".")
    if not sees(obj, (name,), by):
        return False
    to = str(getattr(whole(obj).fields_by_name.get(name), "to", ""))
    if not rest or not registry.has(to):
        return True
    return by.may("see", to) and _seen_along(registry.get(to), rest, by)


def shipped_views(obj: Object, *, by: Actor) -> list[View]:
    """The views that every workspace has of this object, with the columns of the actor's layout."""
    columns = columns_of(obj, by)
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
        View(key=key, label=label, filter=text, sort=sort, columns=columns, icon=icon)
        for key, label, text, sort, icon in found
    ]


def columns_of(obj: Object, by: Actor) -> tuple[str, ...]:
    """The columns of lists that say nothing themselves."""
    laid_out = tuple(name for name in layout_of(obj, by).columns if name in obj.fields_by_name)
    return laid_out or obj.columns


def card_fields(obj: Object, by: Actor) -> list[str]:
    """The fields of a card, where the actor's layout says which."""
    return [name for name in layout_of(obj, by).card if name in obj.fields_by_name]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a view keeps of a list."""

    filter: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    layout: str = "table"
    arranged: str = ""
    aggregates: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def save_view(obj: Object, look: Look, *, name: str, shared: str = "", by: Actor) -> SavedView:
    """Keep a list under a name; raises InvalidValues without a name and Refused for guests of the product.

    shared   "" for the member alone, "team" for the member's team, "all" for everybody (administrators only)
    """
    name = _named(name)
    if by.member_id is None:
        raise Refused(_("Only members keep views."))
    last = SavedView.objects.filter(object=obj.name).aggregate(last=Max("position"))["last"]
    view = SavedView(workspace_id=by.workspace_id, object=obj.name, name=name, position=(last or 0) + 1)
    _share(view, shared, by)
    _look(view, look)
    view.save(force_insert=True)
    return view


@transaction.atomic
def change_view(
    view_id: int, look: Look | None = None, *, name: str = "", shared: str | None = None, by: Actor
) -> SavedView:
    """Give a view of one's own another look, name or audience; raises NotFound for one that isn't."""
    view = _own_view(view_id, by)
    if look is not None:
        _look(view, look)
    if shared is not None:
        _share(view, shared, by)
    if name:
        view.name = _named(name)
    view.version += 1
    view.save()
    _retell_pins(view)
    return view


@transaction.atomic
def delete_view(view_id: int, *, by: Actor) -> SavedView:
    """Take a view away for everybody who saw it; raises NotFound for a view that isn't one's own.

    `restore_view` brings it back. Lists that opened with it open with all again.
    """
    view = _own_view(view_id, by)
    view.archived_at = timezone.now()
    view.save(update_fields=["archived_at"])
    return view


@transaction.atomic
def restore_view(view_id: int, *, by: Actor) -> SavedView:
    """The view that was deleted, as it was; raises NotFound for one that isn't one's own."""
    view = _own_view(view_id, by, archived=True)
    view.archived_at = None
    view.save(update_fields=["archived_at"])
    return view


def shared_with(view: SavedView) -> str:
    """ "" for its member alone, "team", or "all"."""
    return "all" if view.member_id is None else "team" if view.team_id else ""


# As text: the views that everybody has, in the files of shapes


def views_as_text() -> dict[str, dict[str, Any]]:
    """{object: {name: {filter, sort, columns, layout, by, aggregates}}}, without what is empty."""
    found: dict[str, dict[str, Any]] = {}
    rows = SavedView.objects.filter(member=None, team=None, archived_at=None).order_by("object", "position")
    for row in rows:
        kept = {
            "filter": row.filter,
            "sort": row.sort,
            "columns": list(row.columns),
            "layout": "" if row.layout == "table" else row.layout,
            "by": row.arranged,
            "aggregates": row.aggregates,
        }
        found.setdefault(row.object, {})[row.name] = {name: one for name, one in kept.items() if one}
    return found


def set_view_as_text(object: str, name: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    """One view of a file, for everybody; None takes it away. Raises InvalidValues for what no list is."""
    obj = registry.get(object)
    row = SavedView.objects.filter(object=object, name=name, member=None, team=None, archived_at=None).first()
    if values is None:
        if row is not None:
            delete_view(row.pk, by=by)
        return
    look = look_of(obj, values, by=by)
    if row is None:
        save_view(obj, look, name=name, shared="all", by=by)
    else:
        change_view(row.pk, look, by=by)


def look_of(obj: Object, values: Mapping[str, Any], *, by: Actor) -> Look:
    """What a file or a program says of a list; raises InvalidValues that names the part."""
    from guanxi.platform.records.listing import sort_keys

    text, sort = str(values.get("filter") or ""), str(values.get("sort") or "")
    columns, layout = values.get("columns") or [], str(values.get("layout") or "table")
    aggregates = values.get("aggregates") or {}
    errors: dict[str, list[FieldError]] = {}

    def wrong(name: str, words: str) -> None:
        errors.setdefault(name, []).append(FieldError("invalid", words))

    for name in set(values) - {"filter", "sort", "columns", "layout", "by", "aggregates"}:
        wrong(name, _("There is no field “%(name)s”.") % {"name": name})
    try:
        parse_filter(text)
    except FilterSyntaxError as problem:
        wrong("filter", str(problem))
    try:
        sort_keys(obj, sort, by=by)
    except FieldError as problem:
        wrong("sort", str(problem))
    known = isinstance(columns, list | tuple) and all(one in obj.fields_by_name for one in columns)
    if not known:
        wrong("columns", _("Columns are a list of the object's fields."))
    if layout not in LAYOUTS:
        wrong("layout", _("There is no such layout."))
    for words in _wrong_aggregates(as_seen(obj, by), aggregates):
        wrong("aggregates", words)
    if errors:
        raise InvalidValues(errors)
    return Look(
        filter=text,
        sort=sort,
        columns=tuple(columns),
        layout=layout,
        arranged=str(values.get("by") or "")[:80],
        aggregates=known_aggregates(as_seen(obj, by), aggregates),
    )


def _wrong_aggregates(obj: Object, given: Any) -> Iterator[str]:
    """What is wrong with the aggregates that a file or a program names."""
    if not isinstance(given, Mapping):
        yield _("Aggregates are said by column: {column: aggregate}.")
        return
    for name, kind in given.items():
        field = obj.fields_by_name.get(name)
        if field is None:
            yield _("There is no field “%(name)s”.") % {"name": name}
        elif kind not in (fits := (*aggregates_of(field), NONE)):
            words = _("“%(name)s” has no “%(aggregate)s”, but %(fits)s.")
            yield words % {"name": name, "aggregate": str(kind)[:40], "fits": comma_list(fits)}


register_text_part(TextPart("views", views_as_text, set_view_as_text))


# How a member's lists open


def first_view(member: Member, obj: Object) -> str:
    """The key of the view with which this member's list opens: their own choice, their role's, or ""."""
    own = (member.views.get("first") or {}).get(obj.name)
    return str(own or (member.role.views.get("first") or {}).get(obj.name) or "")


@transaction.atomic
def open_with(obj: Object, key: str, *, role_id: int | None = None, by: Actor) -> None:
    """Let the list open with this view ("" for all): for the actor, or (administrators) for a role.

    Raises NotFound for a view that the actor does not see, Refused where a role is not theirs to change, and
    InvalidValues for a view that the members of the role don't see.
    """
    saved = _visible_view(obj, key, by).saved if key else None
    if role_id is None:
        chosen: Any = Member.objects.select_for_update().filter(pk=by.member_id).first()
    elif not by.administers:
        raise Refused("role.change")
    else:
        chosen = Role.objects.filter(pk=role_id).first()
        if saved is not None and saved.member_id is not None:
            words = _("Only you see this view. Let everybody see it, then a role can open lists with it.")
            raise InvalidValues({"view": [FieldError("unseen", words)]})
    if chosen is None:
        raise NotFound("member or role")
    first = {**(chosen.views.get("first") or {}), obj.name: key}
    chosen.views = {**chosen.views, "first": {name: one for name, one in first.items() if one}}
    chosen.save(update_fields=["views"])


@transaction.atomic
def pin_view(obj: Object, key: str, pinned: bool, *, by: Actor) -> View:
    """Put a view into the actor's navigation, or take it out; raises NotFound for one that is not seen."""
    view = _visible_view(obj, key, by)
    member = Member.objects.select_for_update().filter(pk=by.member_id).first()
    if member is None:
        raise Refused(_("Only members keep views."))
    others = [one for one in pins_of(member) if (one["object"], one["view"]) != (obj.name, key)]
    if pinned and len(others) >= MOST_PINS:
        words = _("The navigation has room for %(count)d views. Take one out first.") % {"count": MOST_PINS}
        raise InvalidValues({"view": [FieldError("pins", words)]})
    pin = {"object": obj.name, "view": key, "label": view.label, "layout": view.layout}
    member.views = {**member.views, "pins": [*others, pin] if pinned else others}
    member.save(update_fields=["views"])
    return view


def pins_of(member: Member) -> list[dict[str, str]]:
    """What stands in the member's navigation: object, view, label and layout of each."""
    return list(member.views.get("pins") or [])


def _visible_view(obj: Object, key: str, by: Actor) -> View:
    found = next((one for one in views_of(obj, by=by) if one.key == key), None)
    if found is None:
        raise NotFound(f"view {key}")
    return found


def _retell_pins(view: SavedView) -> None:
    """The navigation says names without asking for them, so it is told of a new one."""
    key = str(view.pk)
    for member in Member.objects.filter(left_at=None).exclude(views={}):
        pins = pins_of(member)
        for pin in pins:
            if pin["view"] == key:
                pin["label"], pin["layout"] = view.name, view.layout
        if any(pin["view"] == key for pin in pins):
            member.views = {**member.views, "pins": pins}
            member.save(update_fields=["views"])


def _look(view: SavedView, look: Look) -> None:
    view.filter, view.sort, view.columns = look.filter, look.sort, list(look.columns)
    view.layout, view.arranged = look.layout, look.arranged
    view.aggregates = dict(look.aggregates)


def _share(view: SavedView, shared: str, by: Actor) -> None:
    if shared == "all" and not by.administers:
        raise Refused("view.share")
    view.member_id = None if shared == "all" else by.member_id
    view.team_id = by.team_id if shared == "team" else None


def _named(name: str) -> str:
    name = printable(name).strip()
    if not name or len(name) > 80:
        raise InvalidValues(
            {"name": [FieldError("required", _("A view needs a name of up to 80 characters."))]}
        )
    return name


def _own_view(view_id: int, by: Actor, *, archived: bool = False) -> SavedView:
    rows = SavedView.objects.filter(_shown_to(by), pk=view_id, archived_at__isnull=not archived)
    view: SavedView | None = rows.first()
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
        sort=row.sort if row.sort and sees(obj, _sort_names(row.sort), by) else obj.sort,
        columns=tuple(name for name in row.columns if name in obj.fields_by_name) or columns_of(obj, by),
        layout=row.layout,
        arranged=row.arranged if sees(obj, (row.arranged,), by) else "",
        aggregates=known_aggregates(as_seen(obj, by), row.aggregates),
        icon=row.icon or ("users-round" if row.team_id or row.member_id is None else ""),
        saved=row,
        own=_owns(row, by),
    )


def _sort_names(sort: str) -> list[str]:
    return [one.strip().lstrip("-+") for one in sort.split(",")]
