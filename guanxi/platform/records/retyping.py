"""Another type for a field: what would be kept, changed and lost; then as a job; and back within 30 days.

The new values are written beside the old ones, under a key of their own. The field has its old type until all
are there; then one row is changed, and with it what every process reads and writes. The old values stay for
30 days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.policy import policy
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.fields import Context, Decimal, Field, Parts
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.formulas import kind_of_field
from guanxi.platform.metadata.kinds import KINDS, MOST_OPTIONS, kind_of
from guanxi.platform.metadata.models import OwnField, Retyping
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import field_of
from guanxi.platform.metadata.shaping import (
    find_made,
    may_shape,
    refuse_alike,
    rewrites_values,
    state_retyped,
)
from guanxi.platform.metadata.uses import uses_of
from guanxi.platform.metadata.versions import StaleVersion
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.inserting import write_custom
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.own_values import values_alike
from guanxi.platform.records.places import drop_places
from guanxi.platform.records.walking import locked, walk
from guanxi.platform.tenancy.transactions import reading

LOOKED_AT = 20_000  # records of a preview
SAMPLES = 5
DIGITS = 2  # of a number that becomes a percentage and says of none how many it shows
TYPES = (
    "text", "long_text", "integer", "decimal", "percent", "money", "date", "datetime", "boolean", "choice",
    "choices", "url", "rating", "duration", "rich_text", "person", "address",
)  # fmt: skip
FROM = (*TYPES, "auto_number")
_MADE_OF_VALUES = ("choice", "choices")


@dataclass(slots=True)
class Preview:
    """What another type would make of the values that are there: counts, and some different
    (was, will be) of each."""

    records: int = 0
    more: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def preview_retype(
    field_id: int, type: str, settings: Mapping[str, Any] | None = None, *, by: Actor
) -> Preview:
    """Look at the records, the first 20,000 of them, and change nothing. Raises like `retype_field`."""
    row = _retypable(field_id, type, by)
    found = Preview(settings=_settings(row, type, settings or {}))
    old, new, context = field_of(row), _field(row, type, found.settings), field_context(by)
    rows = registry.get(row.object).rows().order_by("pk")
    for record in rows[: LOOKED_AT + 1]:
        if found.records == LOOKED_AT:
            found.more = True
            break
        found.records += 1
        value = old.get(record)
        if old.is_empty(value):
            continue
        outcome, now = converted(old, new, value, context)
        found.counts[outcome] += 1
        shown = found.samples.setdefault(outcome, [])
        pair = in_words(old, value), in_words(new, now) if outcome != "lost" else ""
        if len(shown) < SAMPLES and pair not in shown:
            shown.append(pair)
    return found


@transaction.atomic
def retype_field(
    field_id: int,
    type: str,
    settings: Mapping[str, Any] | None = None,
    *,
    by: Actor,
    version: int | None = None,
) -> Retyping:
    """Begin to change a field's type; a job writes the new values, then the field has it.

    Raises Refused, NotFound, StaleVersion, and InvalidValues for a type that these values can't have, while
    another change of its type is under way, or where a formula reads it as what it was.
    """
    row = _retypable(field_id, type, by)
    if version is not None and version != row.version:
        raise StaleVersion(row, version)
    kept = _settings(row, type, settings or {})
    after = {"type": type, "settings": kept, "key": _new_key(row), "unique": False, "default": None}
    return _begin(row, after, by)


@transaction.atomic
def restore_type(field_id: int, *, by: Actor) -> Retyping:
    """Back to the type before, with the values of then; what was changed since is converted.

    Raises Refused after 30 days, and InvalidValues where it was unique and several records have the same now.
    """
    row = _shapable(field_id, by)
    last = _newest(row.pk)
    done = last.done_at if last is not None and last.state == Retyping.State.DONE else None
    if last is None or done is None or done < timezone.now() - KEPT_FOR:
        raise Refused(_("The old values are kept for 30 days."))
    if last.before["unique"] and not row.unique:
        refuse_alike(row)
    after = {
        **last.before,
        "key": _new_key(row),
        "old_key": last.before["key"] or row.name,
        "back": str(last.pk),
    }
    return _begin(row, after, by)


@transaction.atomic
def leave_type(field_id: int, *, by: Actor) -> Retyping:
    """Leave off what is under way: the field stays as it is, and what was written beside is forgotten.

    Raises Refused where nothing is under way.
    """
    row = _shapable(field_id, by)
    rows = Retyping.objects.select_for_update().filter(field_id=row.pk, state=Retyping.State.RUNNING)
    change: Retyping | None = rows.order_by("-pk").first()
    if change is None:
        raise Refused(_("Its type is not being changed."))
    change.state, change.done_at = Retyping.State.LEFT, timezone.now()
    change.save()
    return change


@rewrites_values
def _write_anew(row: OwnField, settings: Mapping[str, Any], default: Any, by: Actor) -> None:
    """The same type, but under these settings values are kept otherwise: they are written as for another."""
    after = {
        "type": row.type,
        "settings": dict(settings),
        "key": _new_key(row),
        "unique": row.unique,
        "default": default,
    }
    _begin(row, after, by)


def last_retyping(field_id: int) -> Retyping | None:
    """The last change of a field's type, if its old values are still there or it is under way."""
    found = _newest(field_id)
    return found if found and found.state in (Retyping.State.RUNNING, Retyping.State.DONE) else None


def go_on() -> int:
    """Give to a worker again what is under way and nobody has: the job gave up, or the workspace came here
    by a copy, which brings no jobs. Returns how many."""
    with reading():
        begun = list(Retyping.objects.filter(state=Retyping.State.RUNNING))
        jobs = Job.objects.filter(
            task=write_retyped.module_path, state__in=(Job.State.READY, Job.State.RUNNING)
        )
        held = {one["retyping_id"] for one in jobs.values_list("kwargs", flat=True)} if begun else set()
    left = [str(one.pk) for one in begun if str(one.pk) not in held]
    with transaction.atomic():
        for one in left:
            write_retyped.enqueue(retyping_id=one)
    return len(left)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6), unique=True)
def write_retyped(retyping_id: str) -> None:
    """Write the new values of all records, then let the field have its new type. Safe to do again."""
    with reading():
        change = Retyping.objects.get(pk=int(retyping_id))
        row = OwnField.objects.get(pk=change.field_id)
    if change.state != Retyping.State.RUNNING:
        return
    by = system_actor(row.workspace_id, "Guanxi")
    began = timezone.now()
    work = _Work(row, change, by)
    walk(row.object, work.piece, field=row.name)
    with transaction.atomic():
        # Whoever wrote a record while the walk had passed it.
        obj, counts = registry.get(row.object), dict(work.counts)
        late = obj.rows().filter(updated_at__gte=began - timedelta(minutes=15))
        work.piece(obj, list(locked(late.order_by("pk"))))
        _finish(change.pk, counts)


def converted(old: Field, new: Field, value: Any, context: Context) -> tuple[str, Any]:
    """("kept", "changed" or "lost", the value in the new type). Kept is what reads the same as before."""
    words = in_words(old, value)
    for said in (words, *_more_words(old, new, value, context)):
        try:
            now = new.clean(said, context)
        except FieldError:
            continue
        if new.is_empty(now):
            continue
        return ("kept" if in_words(new, now) == words else "changed"), now
    return "lost", None


def in_words(field: Field, value: Any) -> str:
    """A value as text that other types can read."""
    if field.is_empty(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Amount):
        return f"{plain(value.value)} {value.currency}"
    if isinstance(value, list):
        return ", ".join(in_words(field, one) for one in value)
    if isinstance(field, Parts):
        return field.said(value)
    option = getattr(field, "option", None)
    if option is not None and (found := option(value)) is not None:
        return str(found.label)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return plain(value) if hasattr(value, "quantize") else str(value)


def _more_words(old: Field, new: Field, value: Any, context: Context) -> list[str]:
    """Other ways to say a value that a type may understand: the whole number, the number alone, the day."""
    if isinstance(value, Amount):
        return [plain(value.value), str(round(value.value))]
    if hasattr(value, "quantize"):
        return [str(round(value))]
    if isinstance(value, datetime):
        return [value.astimezone(context.zone).date().isoformat()]
    if isinstance(value, list) and value:
        return [in_words(old, value[0])]
    limit = getattr(new, "max_length", None)
    return [str(value)[:limit]] if isinstance(value, str) and limit else []


class _Work:
    """Converts pieces of records; what of the old values is there is taken again on the way back."""

    def __init__(self, row: OwnField, change: Retyping, by: Actor) -> None:
        after = change.after
        self.key: str = after["key"]
        self.old = field_of(row)
        self.new = _field(row, after["type"], after["settings"], key=self.key)
        self.context = field_context(by)
        self.counts: Counter[str] = Counter()
        self.former = None
        if "back" in after:
            self.former = _field(row, after["type"], after["settings"], key=after["old_key"])

    def piece(self, obj: Object, records: list[Any]) -> None:
        """In the caller's transaction."""
        changed = []
        for record in records:
            before = record.custom.get(self.key)
            record.custom.pop(self.key, None)
            self._put(record)
            if record.custom.get(self.key) != before:
                changed.append(record)
        write_custom(obj.table, changed)

    def _put(self, record: Any) -> None:
        value = self.old.get(record)
        if self.former is not None:
            former = self.former.get(record)
            then = converted(self.former, self.old, former, self.context)[1] if former is not None else None
            if then == value or (self.old.is_empty(value) and self.old.is_empty(then)):
                self.new.put(record, former)
                return
        if self.old.is_empty(value):
            return
        outcome, now = converted(self.old, self.new, value, self.context)
        self.counts[outcome] += 1
        if outcome != "lost":
            self.new.put(record, now)


def _begin(row: OwnField, after: dict[str, Any], by: Actor) -> Retyping:
    last = _newest(row.pk)
    if last is not None and last.state == Retyping.State.RUNNING:
        raise InvalidValues({"type": [FieldError("running", _("Its type is being changed already."))]})
    before = {name: getattr(row, name) for name in ("type", "settings", "key", "unique", "default")}
    change = Retyping(
        workspace_id=row.workspace_id, field_id=row.pk, before=before, after=after, member_id=by.member_id
    )
    change.save(force_insert=True)
    write_retyped.enqueue(retyping_id=str(change.pk))
    return change


def _finish(change_id: int, counts: Mapping[str, int]) -> None:
    change = Retyping.objects.select_for_update().get(pk=change_id)
    if change.state != Retyping.State.RUNNING:
        return  # left meanwhile
    row = OwnField.objects.get(pk=change.field_id)
    # Two records may have become alike while this was under way: then that has to be asked for again.
    alike = change.after["unique"] and not row.unique and values_alike(row)
    for name in ("type", "settings", "key", "unique", "default"):
        setattr(row, name, change.after[name])
    row.unique = row.unique and not alike
    had_places, row.place = bool(row.place), ""
    change.state, change.done_at, change.counts = Retyping.State.DONE, timezone.now(), dict(counts)
    if "back" in change.after:
        Retyping.objects.filter(pk=int(change.after["back"])).update(state=Retyping.State.RESTORED)
        change.state = Retyping.State.RESTORED
    change.save()
    state_retyped(row, change.before, dict(counts), member_id=change.member_id)
    if had_places:
        drop_places.enqueue(field_id=row.pk)


def forget_old_values() -> None:
    """Values of types that fields had more than 30 days ago go, in the chosen workspace."""
    with reading():
        rows = Retyping.objects.exclude(state=Retyping.State.FORGOTTEN)
        ends = (Retyping.State.DONE, Retyping.State.RESTORED, Retyping.State.LEFT)
        changes = list(rows.filter(state__in=ends, done_at__lt=timezone.now() - KEPT_FOR))
        fields = OwnField.objects.in_bulk([one.field_id for one in changes])
        younger = list(rows.filter(field_id__in=fields).exclude(pk__in=[one.pk for one in changes]))
    for change in changes:
        row = fields.get(change.field_id)
        if row is not None:
            needed = {row.key or row.name}.union(
                *(_keys(one, row) for one in younger if one.field_id == row.pk)
            )
            if gone := _keys(change, row) - needed:
                walk(row.object, _Without(gone).piece)
        with transaction.atomic():
            Retyping.objects.filter(pk=change.pk).update(state=Retyping.State.FORGOTTEN)


def _keys(change: Retyping, row: OwnField) -> set[str]:
    """Under which a change has values: those of the type before, its own, and those that it brought back."""
    found = {change.before["key"] or row.name, change.after["key"], change.after.get("old_key", "")}
    return found - {""}


@dataclass(frozen=True, slots=True)
class _Without:
    keys: set[str]

    def piece(self, obj: Object, records: list[Any]) -> None:
        changed = [one for one in records if self.keys & set(one.custom)]
        for one in changed:
            one.custom = {key: value for key, value in one.custom.items() if key not in self.keys}
        write_custom(obj.table, changed)


def _shapable(field_id: int, by: Actor) -> OwnField:
    if not may_shape(by):
        raise Refused("field.change")
    row: OwnField = find_made(OwnField, field_id, by=by)
    return row


def _retypable(field_id: int, type: str, by: Actor) -> OwnField:
    row = _shapable(field_id, by)
    if row.type not in FROM or type not in TYPES or type == row.type or row.archived_at is not None:
        raise InvalidValues({"type": [FieldError("type", _("This field can’t have that type."))]})
    old, new = KINDS[row.type].field, KINDS[type].field
    holding = [one for one in uses_of(row.object, row.name) if one.holds]
    if holding and kind_of_field(old) != kind_of_field(new):
        names = comma_list(f"{one.what} “{one.name}”" for one in holding)
        said = _("Something else reads it, change that first: %(names)s.") % {"names": names}
        raise InvalidValues({"type": [FieldError("read", said)]})
    return row


def _settings(row: OwnField, type: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """As they are kept; a choice that is given no options has the values that are there."""
    if type in _MADE_OF_VALUES and not given.get("options"):
        if row.type in _MADE_OF_VALUES:
            given = {"options": row.settings["options"]}
        else:
            given = {"options": _values_there(row)}
    if type == "percent" and "digits" not in given and isinstance(old := field_of(row), Decimal):
        given = {**given, "digits": DIGITS if old.digits is None else old.digits}
    try:
        return kind_of(type).read(given)
    except FieldError as problem:
        raise InvalidValues({"settings": [problem]}) from problem


def _values_there(row: OwnField) -> list[str]:
    old, found = field_of(row), dict[str, str]()
    for record in registry.get(row.object).rows().order_by("pk")[:LOOKED_AT]:
        words = in_words(old, old.get(record)).strip()[:80]
        if words:
            found.setdefault(words.casefold(), words)
        if len(found) > MOST_OPTIONS:
            said = _("It has more than %(most)d different values.") % {"most": MOST_OPTIONS}
            raise InvalidValues({"type": [FieldError("options", said)]})
    return sorted(found.values()) or [_("Option")]


def _field(row: OwnField, type: str, settings: Mapping[str, Any], *, key: str = "") -> Field:
    """The field as it would be."""
    other = OwnField(
        pk=row.pk,
        object=row.object,
        name=row.name,
        type=type,
        label=row.label,
        settings=settings,
        key=key or row.key,
    )
    return replace(field_of(other), required=False, unique=False)


def _newest(field_id: int) -> Retyping | None:
    """The newest change that was not left off."""
    rows = Retyping.objects.filter(field_id=field_id).exclude(state=Retyping.State.LEFT)
    found: Retyping | None = rows.order_by("-pk").first()
    return found


def _new_key(row: OwnField) -> str:
    return f"{row.name}_{Retyping.objects.filter(field_id=row.pk).count() + 2}_"
