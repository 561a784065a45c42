"""Rights of fields: an object as the holder of a role sees it.

`as_seen(obj, by)` is the object without the fields that are hidden from the actor, and with those that are
masked in place of the real ones. Who is handed that object can't show, compare, sort, group or sum what it
does not have. It is made once for each version of a role and each state of the object; who may see all gets
the object itself.

What follows from a hidden or masked field (a formula, a lookup, a roll-up, a city from an address) is hidden
with it: from a sum of two, one of which is known, the other follows. What follows from other *records* is
hidden from who may not see all of those, unless the field says that its figure is for everybody; what follows
from the contact data of others is hidden from everybody for whom a pool veils such data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor, Grants, is_narrow
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.metadata.fields import Context, Field, Operator
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.masks import mask
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import (
    Veiled,
    is_contact_data,
    standing_of,
    veil,
    veiled_field,
    veiled_for,
)

EDIT, SEE, HIDDEN = "edit", "see", "hidden"
GRADES: Mapping[str, int] = {"masked1": 1, "masked2": 2, "masked3": 3}
_MOST_KEPT = 500
# (object, field) → those that it follows from
Follows = Mapping[tuple[str, str], Sequence[tuple[str, str]]]
Follower = Callable[[], tuple[Any, Follows]]
_followers: list[Follower] = []


def follow_more(tell: Follower) -> Follower:
    """Register who knows of the chosen workspace which fields follow from others by what a room above does.

    It gives a word that changes whenever the answer does, and the answer. Asked only for actors from whom
    something is hidden.
    """
    _followers.append(tell)
    return tell


def as_seen(obj: Object, by: Actor) -> Object:
    """The object as the actor sees it."""
    grants, veiled = by.grants, standing_of(obj, by).veiled
    if not veiled and not _limited(by):
        return obj
    kept = grants.seen if isinstance(grants, Grants) else {}
    edition = (veiled_for(by), *(tell()[0] for tell in _followers))
    known = kept.get((id(obj), by.scopes, veiled, edition))
    if known is not None and known[0] is obj:
        found: Object = known[1]
        return found
    seen = _reduced(obj, by, veiled)
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[id(obj), by.scopes, veiled, edition] = (obj, seen)
    kept[id(seen), by.scopes, veiled, edition] = (seen, seen)
    return seen


def right_of(obj: Object, name: str, by: Actor) -> str:
    """What the actor may do with a field: "edit", "see", "masked1" to "masked3" or "hidden"."""
    if not _limited(by):
        return EDIT
    return _right(obj.name, name, by, frozenset())


def require_editable(obj: Object, names: Iterable[str], by: Actor) -> None:
    """Raises Refused, with a sentence, where the actor may not write one of these fields."""
    if not _limited(by):
        return
    for name in sorted(set(names)):
        if right_of(obj, name, by) != EDIT:
            raise Refused(_("You may not change “%(name)s”.") % {"name": name})


def sees(obj: Object, names: Iterable[str], by: Actor) -> bool:
    """Whether the actor sees all of these fields as they are: for who asks for a list by them."""
    return all(right_of(obj, name, by) in (EDIT, SEE) for name in names)


def shown_as(obj: Object, seen: Object, name: str) -> Field:
    """The field under which a value of `obj` is read for the holder of `seen`.

    Who asks with the whole object (a panel, a rule) and names what the actor does not see gets nothing.
    """
    asked = obj[name]
    there = seen.fields_by_name.get(name)
    if there is None or (isinstance(there, Masked) and not isinstance(asked, Masked)):
        return withheld(asked)
    return asked


def visible_changes(
    obj: Object, changes: Mapping[str, Any], by: Actor, *, record_id: int | None = None
) -> dict[str, Any]:
    """What a fact says of the fields that the actor sees; masked ones are masked there too.

    Of a record that is in a pool the contact data is left out; without `record_id` it might be in one.
    """
    changes = _unveiled_changes(obj, changes, by, record_id)
    if not _limited(by):
        return changes
    known, seen = whole(obj).fields_by_name, as_seen(whole(obj), by)
    shown: dict[str, Any] = {}
    for name, pair in changes.items():
        field = seen.fields_by_name.get(name)
        if isinstance(field, Masked):
            shown[name] = [field.masked(field.inner.from_json(value)) for value in pair]
        elif field is not None or name not in known:
            shown[name] = pair
    return shown


def _unveiled_changes(
    obj: Object, changes: Mapping[str, Any], by: Actor, record_id: int | None
) -> dict[str, Any]:
    veiled = standing_of(obj, by).veiled
    known = obj.fields_by_name
    told = [name for name in changes if name in known and says_contact(obj, known[name])] if veiled else []
    if told and (record_id is None or obj.rows().filter(pk=record_id, pool_id__in=veiled).exists()):
        return {name: pair for name, pair in changes.items() if name not in told}
    return dict(changes)


def says_contact(obj: Object, field: Field, asked: frozenset[str] = frozenset()) -> bool:
    """Whether it is contact data, or computed from such of the same record."""
    if is_contact_data(field):
        return True
    if not field.computed or field.name in asked:
        return False
    known = whole(obj).fields_by_name
    return any(
        of == obj.name and not links and says_contact(obj, known[part], asked | {field.name})
        for one in _computed(obj, field.name)
        if one.roll_up is None
        for of, part, links in one.reads
        if part in known
    )


def blank(record: Any, obj: Object, by: Actor) -> Any:
    """Take from an instance what the actor may not see; it can't be saved any more. Returns it."""
    if (veiled := standing_of(obj, by).veiled) and record.pool_id in veiled:
        for field in whole(obj).fields:
            if says_contact(obj, field):
                field.put(record, veil(field, field.get(record)))
        record.blanked = {}
    if not _limited(by):
        return record
    every = whole(obj)
    seen = as_seen(every, by)
    if seen is every:
        return record
    masks: dict[str, Any] = {}
    for field in every.fields:
        there = seen.fields_by_name.get(field.name)
        if there is None or isinstance(there, Masked):
            if isinstance(there, Masked):
                masks[field.name] = there.masked(field.get(record))
            _empty(record, field)
    record.blanked = masks
    return record


# Fields


@dataclass(frozen=True, kw_only=True, eq=False)
class Masked(Field):
    """A field of which a part is shown, as text; nothing can be asked by it."""

    type: ClassVar[str] = "text"
    operators: ClassVar[tuple[Operator, ...]] = ()

    inner: Field
    grade: int

    @property
    def column(self) -> str:
        return self.inner.column

    @property
    def columns(self) -> tuple[str, ...]:
        return self.inner.columns

    @property
    def looked_up(self) -> bool:
        return False

    def selected(self, alias: str) -> tuple[str, ...]:
        return self.inner.selected(alias)

    def masked(self, value: Any) -> str | None:
        return None if self.inner.is_empty(value) else mask(self.inner, value, self.grade)

    def from_row(self, row: Sequence[Any]) -> Any:
        return self.masked(self.inner.from_row(row))

    def get(self, record: Any) -> Any:
        kept = getattr(record, "blanked", None)
        return self.masked(self.inner.get(record)) if kept is None else kept.get(self.name)

    def put(self, record: Any, value: Any) -> None:
        raise TypeError(f"{self.name} is masked")

    def clean(self, value: Any, context: Context) -> Any:
        raise FieldError("refused", _("You may not change “%(name)s”.") % {"name": self.label})

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        raise FieldError("unknown_field", _("There is no field “%(name)s”.") % {"name": self.name})


@dataclass(frozen=True, kw_only=True, eq=False)
class Withheld(Field):
    """A field of which nothing is shown: every value of it is empty."""

    type: ClassVar[str] = "text"
    operators: ClassVar[tuple[Operator, ...]] = ()

    nothing: Any = None

    @property
    def column(self) -> str:
        return "id"

    def from_row(self, row: Sequence[Any]) -> Any:
        return list(self.nothing) if isinstance(self.nothing, list) else self.nothing


def withheld(field: Field) -> Field:
    """A field in the place of one that is not to be seen."""
    return Withheld(
        name=field.name,
        label=field.label,
        readonly=True,
        sortable=False,
        filterable=False,
        object_name=field.object_name,
        nothing=[] if field.multiple or field.type == "about" else None,
    )


def masked_field(field: Field, grade: int) -> Masked:
    """A field in the place of one that is shown masked."""
    return Masked(
        name=field.name,
        label=field.label,
        help=field.help,
        readonly=True,
        sortable=False,
        filterable=False,
        hidden=field.hidden,
        synonyms=field.synonyms,
        object_name=field.object_name,
        inner=field,
        grade=grade,
    )


# Making the object


def _limited(by: Actor) -> bool:
    """Whether anything may be hidden from the actor: a field by the role, or what counts unseen records."""
    grants = by.grants
    limited = grants.limited if isinstance(grants, Grants) else any(one.fields for one in grants.values())
    if limited:
        return True
    own = registry.of_workspace()
    if own is None or not own.guarded:
        return False
    narrow = grants.narrow if isinstance(grants, Grants) else is_narrow(grants)
    return narrow or by.scopes is not None or bool(veiled_for(by))


def whole(obj: Object) -> Object:
    """The object as the workspace has shaped it."""
    return registry.get(obj.name) if registry.has(obj.name) else obj


def _reduced(obj: Object, by: Actor, veiled: tuple[int, ...] = ()) -> Object:
    rights = {one.name: _right(obj.name, one.name, by, frozenset()) for one in obj.fields}
    if not veiled and all(right == EDIT for right in rights.values()):
        return obj
    fields = [shown for one in obj.fields if (shown := _shown(one, rights[one.name])) is not None]
    if veiled:
        fields = [
            veiled_field(one, veiled)
            if says_contact(obj, one) and not isinstance(one, Masked | Veiled)
            else one
            for one in fields
        ]
    plain = {one.name for one in fields if not isinstance(one, Masked)}
    named = {one.name for one in fields}

    def there(name: str) -> str:
        return name if name in plain else ""

    step = obj.next_step if obj.next_step and {obj.next_step.text, obj.next_step.due} <= plain else None
    board = obj.board if obj.board and obj.board.lanes in plain else None
    if board:
        board = replace(
            board,
            amount=there(board.amount),
            group=there(board.group),
            since=there(board.since),
            outcome=there(board.outcome),
        )
    sort = ",".join(one for one in obj.sort.split(",") if one.lstrip("-") in plain)
    seen = replace(
        obj,
        fields=(),
        subtitle=tuple(name for name in obj.subtitle if name in named),
        columns=tuple(name for name in obj.columns if name in named),
        form=tuple(name for name in obj.form if name in named),
        sort=sort or obj.title,
        next_step=step,
        closes=there(obj.closes),
        closed=there(obj.closed),
        done=there(obj.done),
        due=there(obj.due),
        starts=there(obj.starts),
        about=there(obj.about),
        board=board,
        verbs=tuple(
            replace(one, takes=tuple(name for name in one.takes if name in plain)) for one in obj.verbs
        ),
    )
    object.__setattr__(seen, "fields", tuple(fields))
    object.__setattr__(seen, "fields_by_name", {one.name: one for one in fields})
    return seen


def _shown(field: Field, right: str) -> Field | None:
    if isinstance(field, Masked):
        return field
    if right == HIDDEN:
        return None
    if right in GRADES:
        return masked_field(field, GRADES[right])
    if right == SEE and not field.readonly:
        return replace(field, readonly=True, locked=True)
    return field


def _right(name: str, field: str, by: Actor, asked: frozenset[tuple[str, str]]) -> str:
    """The right of a field by its own grant and by those of what it follows from."""
    if not registry.has(name):
        return EDIT
    obj = registry.get(name)
    right = by.grant(name).fields.get(field, EDIT)
    if field in registry.always_seen(obj):
        return right if right in (EDIT, SEE) else SEE
    found = obj.fields_by_name.get(field)
    if right == HIDDEN or found is None:
        return right
    if found.computed and not (_sees_all_counted(obj, field, by) and _sees_all_unveiled(obj, field, by)):
        return HIDDEN
    for other, part in _follows(obj, found):
        if (other, part) in asked:
            continue
        if other != name and not by.may("see", other):
            return HIDDEN
        if _right(other, part, by, asked | {(name, field)}) not in (EDIT, SEE):
            return HIDDEN
    return right


def _sees_all_counted(obj: Object, field: str, by: Actor) -> bool:
    return all(
        not registry.has(other) or _sees_every(registry.get(other), by)
        for one in _computed(obj, field)
        for other in one.over
    )


def _sees_all_unveiled(obj: Object, field: str, by: Actor) -> bool:
    """Whether none of what it tells of other records is contact data that a pool veils for the actor.

    In which records it is veiled is known of the row itself only, not of those that it leads to.
    """
    return not any(
        veiled_for(by) and other.pooled and says_contact(other, other[part])
        for one in _computed(obj, field)
        for name, part in one.elsewhere
        if registry.has(name) and part in (other := registry.get(name)).fields_by_name
    )


def _computed(obj: Object, field: str) -> list[registry.Computed]:
    """How the workspace computes a field; nothing for one that it does not."""
    own = registry.of_workspace()
    return [one for one in own.computed.get(obj.name, ()) if one.name == field] if own else []


def _sees_every(obj: Object, by: Actor) -> bool:
    """Whether the actor sees every row; parts are seen with what they are a part of, and are named after."""
    while obj.part_of:
        named = str(getattr(obj[obj.seen_with], "to", "")) if obj.seen_with else ""
        if named and not _sees_every(registry.get(named), by):
            return False
        obj = registry.get(obj.whole)
    return not obj.owned or by.rows(obj.name).every


def _follows(obj: Object, field: Field) -> list[tuple[str, str]]:
    """(object, field) of what a field's values follow from, directly."""
    found = [(obj.name, one) for one in field.follows]
    for tell in _followers:
        found += tell()[1].get((obj.name, field.name), ())
    if field.computed:
        for one in _computed(obj, field.name):
            found += [(of, part) for of, part, _links in one.reads]
    return found


def _empty(record: Any, field: Field) -> None:
    """Make one field of an instance empty, whatever columns it has."""
    if field.own:
        kept = field.json_key or field.name
        record.custom = {name: value for name, value in record.custom.items() if name != kept}
        return
    nothing: Any = [] if field.multiple or field.type == "about" else None
    for column in {field.column, field.columns[0]}:
        setattr(record, column, nothing)
