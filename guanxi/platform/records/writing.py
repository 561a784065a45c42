"""The ordinary verbs of every object: create, change, assign, archive, restore.

Each is one transaction: permission, rule, change, values by which the record is found, fact.
Buttons, bulk actions, imports, the API and rules all come through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import Draft, facts_of, state_fact, state_facts
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Context, Field, File, Link, Links, MemberLink, TeamLink
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import EDIT, SEE, require_editable, right_of, whole
from guanxi.platform.records.access import Refused, find_record, require, row_rule
from guanxi.platform.records.computing import compute
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.duplicates.finding import refuse_duplicates
from guanxi.platform.records.duplicates.keeping import forget_keys, keep_keys, matters, renew_keys
from guanxi.platform.records.filing import take_files, unseen_files
from guanxi.platform.records.inserting import insert_records, insert_rows
from guanxi.platform.records.lasting import moved_to_oneself
from guanxi.platform.records.models import MergedRecord, Tag, Value
from guanxi.platform.records.numbers import give_numbers
from guanxi.platform.records.own_values import hold_value, own_value_taken
from guanxi.platform.records.places import keep_places
from guanxi.platform.records.rules import broken_rules, require_free, require_rules
from guanxi.platform.records.sql import fetch, run
from guanxi.platform.records.trash.asking import not_trashed
from guanxi.platform.tenancy.keys import new_keys

Snapshot = dict[str, Any]
UNTOLD = {"created_at", "updated_at", "created_by", "last_touch_at", "rhythm_days"}


class StaleRecord(RuntimeError):
    """Somebody changed the same fields since the actor read them. Nothing was saved.

    conflicts   field name → (value now, value that was to be saved), in JSON form
    """

    def __init__(self, record: Any, conflicts: Mapping[str, tuple[Any, Any]], last: Fact | None) -> None:
        super().__init__(_("This was changed in the meantime."))
        self.record = record
        self.conflicts = dict(conflicts)
        self.last = last


@transaction.atomic
def create_record(
    *,
    object: str,
    values: Mapping[str, Any],
    by: Actor,
    data: Mapping[str, Any] | None = None,
    key: int | None = None,
) -> Any:
    """A new record from what was typed; returns the model instance.

    `key` is the one that it gets, where a form has brought one (pages/once.py).

    Raises Refused without the permission and InvalidValues (nothing saved) for values that can't be.
    The owner is the actor unless given, the team the owner's.
    """
    obj = registry.get(object)
    require(by, "create", obj)
    context = field_context(by)
    cleaned = clean_values(obj, values, by=by, context=context, creating=True)
    record = _new_record(obj, cleaned, by, context.now)
    record.pk = key or record.pk
    take_files(obj, record, cleaned, by=by)
    require_rules(obj, record)
    _check_unique(obj, record, cleaned)
    if obj.owned and by.member_id and record.owner_id not in (None, by.member_id):
        require(by, "assign", obj)
    if by.kind != "import":
        record.verify(set(cleaned))
        refuse_duplicates(obj, record, by=by)
    record.save(force_insert=True)
    _index(obj, record)
    keep_places(obj, [record])
    fact = state_fact(
        obj.name,
        "created",
        record.pk,
        by=by,
        title=str(record),
        changes={name: [None, value] for name, value in told(obj, record).items() if not _blank(value)},
        data=dict(data or {}),
        about=record.concerns(),
        version=record.version,
    )
    record.last_fact_id = fact.id
    tell_wholes(obj, [record], by=by)
    return record


@transaction.atomic
def create_records(
    *,
    object: str,
    rows: Iterable[Mapping[str, Any]],
    by: Actor,
    data: Mapping[str, Any] | None = None,
    made: Iterable[datetime] | None = None,
) -> list[Any]:
    """Many new records from values that `clean` has already been through; returns the instances in order.

    For imports: links are taken as they are (the caller found them through the access rule), and unique
    values are the caller's to check. One fact for each record, as if they had been made one by one.
    `made` gives the moment of each, where they were made elsewhere before.
    """
    obj = registry.get(object)
    require(by, "create", obj)
    rows = list(rows)
    require_editable(obj, (name for values in rows for name in values), by)
    return _create(obj, rows, by=by, data=data, made=made)


@transaction.atomic
def create_typed_records(
    *, object: str, rows: Iterable[Mapping[str, Any]], by: Actor, data: Mapping[str, Any] | None = None
) -> list[Any]:
    """The same from what was typed, as `create_record` takes it; unique values are the caller's to check."""
    obj = registry.get(object)
    require(by, "create", obj)
    context = field_context(by)
    cleaned = [clean_values(obj, values, by=by, context=context, creating=True) for values in rows]
    return _create(obj, cleaned, by=by, data=data)


def _create(
    obj: Object,
    rows: Sequence[Mapping[str, Any]],
    *,
    by: Actor,
    data: Mapping[str, Any] | None,
    made: Iterable[datetime] | None = None,
) -> list[Any]:
    now = datetime.now(UTC)
    teams = _teams_of(obj, rows)
    moments = repeat(now) if made is None else made
    records = [
        _blank_record(obj, values, by, moment, teams) for values, moment in zip(rows, moments, strict=False)
    ]
    models.prefetch_related_objects(records, *obj.model_class.derives_from)
    every = set(obj.fields_by_name)
    for record in records:
        record.derive(every)
    give_numbers(obj, records)
    compute(obj, records)
    for broken in broken_rules(obj, records):
        if broken:
            raise InvalidValues(broken)
    for name in [one.name for one in obj.fields if isinstance(one, File)]:
        for record in records:
            take_files(obj, record, {name: obj[name].get(record)}, by=by)
    insert_records(obj.model_class, records)
    _index_all(obj, records)
    keep_places(obj, records)
    state_facts(
        [
            Draft(
                object=obj.name,
                verb="created",
                record_id=record.pk,
                title=str(record),
                changes=_first(obj, record),
                data=dict(data or {}),
                about=record.concerns(),
                version=1,
                at=record.created_at if made is not None else None,
            )
            for record in records
        ],
        by=by,
    )
    tell_wholes(obj, records, by=by)
    return records


@transaction.atomic
def change_record(
    record: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
    data: Mapping[str, Any] | None = None,
    past: bool = False,
    kept: bool = False,
) -> Any:
    """Change some fields of a record; returns it anew, `last_fact_id` names the fact (None: nothing changed).

    `past` is of a record that an import has just made: rules of what may be are not asked of the past.
    `kept` says that the values are such as records once had: they are put back as they were, for to read
    them as typed might make others of them (a city gets the name that the table of divisions has for it).
    `version` is the one the actor read: when one of these very fields was changed after it, raises
    StaleRecord; changes of other fields don't stand in the way. Also raises NotFound, Refused, InvalidValues.
    """
    obj = object_of(record)
    verb = "assign" if set(values) <= {"owner", "team"} else "change"
    require(by, verb, obj)
    current = find_record(obj, record.pk, by=by, access="edit", lock=True)
    context = field_context(by)
    cleaned = clean_values(obj, values, by=by, context=context, creating=False, kept=kept)
    if version is not None and version != current.version:
        _refuse_stale(obj, current, cleaned, version)
    # To say again what is there changes nothing, and moves nothing that follows from it.
    cleaned = {name: cleaned[name] for name in _changed(obj, current, cleaned)}
    if verb == "change" and {"owner", "team"} & set(_changed(obj, current, cleaned)):
        require(by, "assign", obj)
    before, held, row = told(obj, current), _whole_of(obj, current), dict(current.__dict__)
    take_files(obj, current, cleaned, by=by)
    for name, value in cleaned.items():
        obj[name].put(current, value)
    _follow_owner(obj, current, cleaned)
    _check_unique(obj, current, cleaned)
    current.derive(set(cleaned))
    compute(obj, [current])
    if not past:
        current.verify(set(cleaned))
        for problem in current.verify_together([(current, set(cleaned))]).values():
            raise problem
        if "undoes" not in (data or {}):
            current.verify_change(set(cleaned), row, by=by)
    if by.kind != "import":
        refuse_duplicates(obj, current, by=by, changed=cleaned)
    changes = _difference(before, told(obj, current))
    current.last_fact_id = None
    if not changes:
        return current
    require_free(obj, current.pk, cleaned)
    require_rules(obj, current, set(changes))
    handed = obj.is_handed_over(changes)
    stated = "assigned" if handed else current.fact_verb(set(changes), before)
    _save(obj, current, stated, changes, by=by, now=context.now, data=data, row=row)
    tell_wholes(obj, [current], by=by, besides=[held])
    return current


@transaction.atomic
def settle_record(
    record: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    verb: str,
    stated: str = "",
    data: Mapping[str, Any] | None = None,
    access: str = "edit",
) -> Any:
    """What a noun's own verb sets, fields that nobody types (a state, a sum) among them; returns it anew.

    verb     the permission that is asked for
    values   field → kept value, as `clean` gives it
    stated   the fact's verb; left out, as the model calls the change
    access   how far the actor must reach the record
    Raises NotFound, Refused and, where a rule of the workspace says no, InvalidValues.
    """
    obj = object_of(record)
    require(by, verb, obj)
    current = find_record(obj, record.pk, by=by, access=access, lock=True)
    before, row = told(obj, current), dict(current.__dict__)
    for name, value in values.items():
        obj[name].put(current, value)
    current.derive(set(values))
    compute(obj, [current])
    changes = _difference(before, told(obj, current))
    require_rules(obj, current, set(changes))
    told_as = stated or current.fact_verb(set(changes), before)
    _save(obj, current, told_as, changes, by=by, now=datetime.now(UTC), data=data, row=row)
    tell_wholes(obj, [current], by=by)
    return current


def tell_wholes(
    obj: Object, records: Iterable[Any], *, by: Actor, besides: Iterable[int | None] = ()
) -> None:
    """What parts belong to follows them: its sums, for one."""
    if not obj.part_of:
        return
    ids = {_whole_of(obj, one) for one in records} | set(besides)
    registry.get(obj.whole).model_class.follow_parts(
        sorted(one for one in ids if one is not None), obj.name, by=by
    )


def _whole_of(obj: Object, record: Any) -> int | None:
    found: int | None = obj[obj.part_of].get(record) if obj.part_of else None
    return found


@transaction.atomic
def archive_record(record: Any, *, by: Actor, data: Mapping[str, Any] | None = None) -> Any:
    """Take a record out of lists and search; `restore_record` brings it back. Nothing is deleted.

    Raises InvalidValues where the record says that it is needed (`Record.verify_archiving`).
    """
    obj = object_of(record)
    require(by, "archive", obj)
    current = find_record(obj, record.pk, by=by, access="delete", lock=True)
    current.last_fact_id = None
    if current.archived_at:
        return current
    current.verify_archiving()
    require_free(obj, current.pk, ("archived_at",))
    current.archived_at = datetime.now(UTC)
    _save(obj, current, "archived", {}, by=by, now=current.archived_at, data=data)
    tell_wholes(obj, [current], by=by)
    return current


@transaction.atomic
def restore_record(record: Any, *, by: Actor, data: Mapping[str, Any] | None = None) -> Any:
    """Bring a record back from the archive.

    Raises InvalidValues when a unique value is taken meanwhile, or the record says that there is no place for
    it any more (`Record.verify_restoring`).
    """
    obj = object_of(record)
    require(by, "archive", obj)
    current = find_record(obj, record.pk, by=by, access="delete", lock=True)
    current.last_fact_id = None
    if current.archived_at is None:
        return current
    if MergedRecord.objects.filter(object=obj.name, record_id=current.pk).exists():
        raise Refused(_("This was merged into another one. Undo the merge to have it back."))
    _check_unique(obj, current, {one.name: one.get(current) for one in obj.fields if one.unique}, by=by)
    current.verify_restoring()
    current.archived_at = None
    _save(obj, current, "restored", {}, by=by, now=datetime.now(UTC), data=data)
    tell_wholes(obj, [current], by=by)
    return current


def assign_record(record: Any, *, to: Member, by: Actor) -> Any:
    """Give a record to another member; it moves to that member's team."""
    return change_record(record, {"owner": to.pk}, by=by)


def clean_values(
    obj: Object,
    values: Mapping[str, Any],
    *,
    by: Actor,
    context: Context,
    creating: bool,
    kept: bool = False,
) -> dict[str, Any]:
    """Field name → kept value; raises InvalidValues that names each field that is wrong, or not theirs.

    kept   the values have been cleaned before: only what must not be empty is asked about
    """
    obj = whole(obj)
    errors: dict[str, list[FieldError]] = {}
    cleaned: dict[str, Any] = {}
    for name, value in values.items():
        found = obj.fields_by_name.get(name)
        if found is not None and right_of(obj, name, by) != EDIT:
            message = _("You may not change “%(name)s”.") % {"name": name}
            errors[name] = [FieldError("refused", message)]
            continue
        if found is None or found.readonly:
            errors[name] = [FieldError("unknown_field", _("There is no field “%(name)s”.") % {"name": name})]
            continue
        try:
            # A column of ours may have to hold something: what is empty there is asked about again.
            as_it_is = kept and (not found.is_empty(value) or (found.own and not found.required))
            cleaned[name] = value if as_it_is else found.clean_required(value, context)
            if cleaned[name] is None and name in obj.never_empty:
                _begin_again(obj, found, cleaned, context, creating=creating)
        except FieldError as problem:
            errors[name] = [problem]
    if creating:
        for found in obj.fields:
            if found.name in cleaned or found.name in errors or found.readonly:
                continue
            cleaned[found.name] = first_value(found)
            # Who may not fill a field is not asked for it.
            needed = found.required and right_of(obj, found.name, by) == EDIT
            if needed and found.is_empty(cleaned[found.name]):
                errors[found.name] = [
                    FieldError("required", _("%(field)s is needed.") % {"field": found.label})
                ]
            elif cleaned[found.name] is None:
                del cleaned[found.name]
    for name, broken in _broken_links(obj, cleaned, by):
        errors.setdefault(name, []).append(broken)
    for name in unseen_files(obj, cleaned, by):
        words = _("%(field)s: this file was not uploaded.") % {"field": obj[name].label}
        errors.setdefault(name, []).append(FieldError("file", words))
    if errors:
        raise InvalidValues(errors)
    return cleaned


def _begin_again(
    obj: Object, found: Field, cleaned: dict[str, Any], context: Context, *, creating: bool
) -> None:
    """Emptied was what always has a value. A new record begins as if nothing were said; of one that is there
    a number that begins with nothing is nothing again, and the rest has to be said. Raises FieldError."""
    begins = obj.never_empty[found.name]
    if creating:
        del cleaned[found.name]
    elif not begins:
        cleaned[found.name] = found.clean(begins, context)
    else:
        raise FieldError("required", _("%(field)s is needed.") % {"field": found.label})


def first_value(field: Field) -> Any:
    """What the field of a new record holds that nobody said anything of."""
    return field.default() if callable(field.default) else field.default


def told(obj: Object, record: Any) -> Snapshot:
    """A record's fields in JSON form: what facts and history say of it."""
    return {one.name: one.to_json(one.get(record)) for one in obj.fields if one.name not in UNTOLD}


def _first(obj: Object, record: Any) -> dict[str, list[Any]]:
    """What a record begins with, as changes from nothing."""
    begun: dict[str, list[Any]] = {}
    for one in obj.fields:
        if one.name not in UNTOLD and not _blank(value := one.get(record)):
            begun[one.name] = [None, one.to_json(value)]
    return begun


def drafted(obj: Object, rows: Sequence[Mapping[str, Any]], *, by: Actor) -> list[Any]:
    """Records as `create_records` would make them of cleaned values, without their numbers. Saves nothing."""
    now, teams = datetime.now(UTC), _teams_of(obj, rows)
    records = [_blank_record(obj, values, by, now, teams) for values in rows]
    for record in records:
        record.derive(set(obj.fields_by_name))
    compute(obj, records)
    return records


def object_of(record: Any) -> Object:
    """The object that a model instance is a record of."""
    return registry.get(record.object_name)


def reindex(obj: Object, record: Any) -> None:
    """Write the values by which a record is found anew."""
    run(
        "DELETE FROM records_value WHERE workspace_id = %s AND object = %s AND record_id = %s",
        (record.workspace_id, obj.name, record.pk),
    )
    forget_keys(obj, [record.pk])
    _index(obj, record)


# The steps


def _new_record(obj: Object, values: Mapping[str, Any], by: Actor, now: datetime) -> Any:
    record = _blank_record(obj, values, by, now, {})
    record.derive(set(obj.fields_by_name))
    give_numbers(obj, [record])
    compute(obj, [record])
    return record


def _blank_record(
    obj: Object, values: Mapping[str, Any], by: Actor, now: datetime, teams: dict[int, int | None]
) -> Any:
    """A record with what was given, its owner and team; `teams` remembers the teams of members."""
    record: Any = obj.model_class(
        created_at=now, updated_at=now, created_by_id=by.member_id, updated_by_id=by.member_id
    )
    if obj.kind:
        record.kind = obj.kind
    record.workspace_id = by.workspace_id
    for name, value in values.items():
        obj[name].put(record, value)
    # Columns of ours begin by themselves; what a workspace added begins here, through whatever door.
    for found in obj.beginning:
        if found.name not in values:
            found.put(record, first_value(found))
    if obj.owned:
        if record.owner_id is None and "owner" not in values:
            record.owner_id = by.member_id
            record.team_id = record.team_id or by.team_id
        elif record.team_id is None and record.owner_id == by.member_id:
            record.team_id = by.team_id
        elif record.team_id is None and record.owner_id:
            if record.owner_id not in teams:
                teams[record.owner_id] = team_of(record.owner_id)
            record.team_id = teams[record.owner_id]
    return record


def _save(
    obj: Object,
    record: Any,
    verb: str,
    changes: dict[str, list[Any]],
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    row: Mapping[str, Any] | None = None,
) -> Any:
    """Write it with its fact; of what differs from `row`, its attributes as they were read, where given."""
    if by.hand_id is not None:
        columns = {column for name in changes for column in obj[name].columns}
        if why := moved_to_oneself(obj, record, columns, by):
            raise Refused(why)
    record.version += 1
    record.updated_at = now
    record.updated_by_id = by.member_id
    record.save(force_update=True, update_fields=None if row is None else _differing(record, row))
    record.keep_parts()
    if not changes or any(obj[name].looked_up for name in changes):
        reindex(obj, record)
    elif matters(obj, changes):
        renew_keys(obj, record)
    keep_places(obj, [record], changed=changes)
    fact = state_fact(
        obj.name,
        verb,
        record.pk,
        by=by,
        title=str(record),
        changes=changes,
        data=dict(data or {}),
        about=record.concerns(),
        version=record.version,
    )
    record.last_fact_id = fact.id
    return record


def _differing(record: Any, row: Mapping[str, Any]) -> list[str]:
    """The columns to be written: those set anew, and lists and mappings, which change in their place."""
    now = record.__dict__
    return [
        one.attname
        for one in record._meta.concrete_fields
        if (value := now[one.attname]) is not row[one.attname] or isinstance(value, list | dict)
    ]


def _follow_owner(obj: Object, record: Any, cleaned: Mapping[str, Any]) -> None:
    if obj.owned and "owner" in cleaned and "team" not in cleaned and record.owner_id:
        record.team_id = team_of(record.owner_id)


def _teams_of(obj: Object, rows: Iterable[Mapping[str, Any]]) -> dict[int, int | None]:
    """The teams of all who will own these, by one query."""
    owners = {values.get("owner") for values in rows if values.get("team") is None} - {None}
    if not (obj.owned and owners):
        return {}
    return dict(Member.objects.filter(pk__in=owners).values_list("pk", "team_id"))


def team_of(member_id: int) -> int | None:
    """The team of a member: a record moves there with its owner."""
    found: int | None = Member.objects.filter(pk=member_id).values_list("team_id", flat=True).first()
    return found


def _changed(obj: Object, record: Any, cleaned: Mapping[str, Any]) -> list[str]:
    return [name for name, value in cleaned.items() if obj[name].get(record) != value]


def _difference(before: Snapshot, after: Snapshot) -> dict[str, list[Any]]:
    return {name: [before[name], value] for name, value in after.items() if before[name] != value}


def _refuse_stale(obj: Object, current: Any, cleaned: Mapping[str, Any], version: int) -> None:
    later = list(facts_of(obj.name, current.pk).filter(version__gt=version))
    touched = {name for fact in later for name in fact.changes}
    conflicts = {
        name: (obj[name].to_json(obj[name].get(current)), obj[name].to_json(value))
        for name, value in cleaned.items()
        if name in touched and obj[name].get(current) != value
    }
    if conflicts:
        last = next((fact for fact in reversed(later) if set(fact.changes) & set(conflicts)), None)
        raise StaleRecord(current, conflicts, last)


def _check_unique(obj: Object, record: Any, values: Mapping[str, Any], *, by: Actor | None = None) -> None:
    errors: dict[str, list[FieldError]] = {}
    for name, value in values.items():
        found: Field = obj[name]
        if not found.unique or found.is_empty(value):
            continue
        if found.own:
            taken = own_value_taken(obj, found, value, besides=record.pk)
        else:
            hold_value(obj, found, str(value))
            rows = obj.rows().filter(**{found.column: value}, archived_at=None)
            taken = rows.exclude(pk=record.pk).exists()
        if taken:
            message = _("“%(value)s” is taken already.") % {"value": value}
            if by is not None and right_of(obj, name, by) not in (EDIT, SEE):
                message = _("It can't be brought back: another record has taken its place.")
                name = obj.title
            errors[name] = [FieldError("unique", message)]
    if errors:
        raise InvalidValues(errors)


def _broken_links(obj: Object, cleaned: Mapping[str, Any], by: Actor) -> list[tuple[str, FieldError]]:
    """Links to what is not there, or not to be seen by the actor."""
    broken: list[tuple[str, FieldError]] = []
    for name, value in cleaned.items():
        found = obj[name]
        if found.is_empty(value):
            continue
        if isinstance(found, MemberLink):
            there = Member.objects.filter(pk=value, left_at=None).exists()
        elif isinstance(found, TeamLink):
            there = Team.objects.filter(pk=value).exists()
        elif isinstance(found, Link):
            there = _sees(found.to, value, by)
            if there and name == obj.part_of and not _sees(found.to, value, by, access="edit"):
                broken.append((name, FieldError("refused", _("You may not change this record."))))
        elif found.type == "about":
            there = all(registry.has(name) and _sees(name, record_id, by) for name, record_id in value)
        elif isinstance(found, Links):
            there = all(_sees(found.to, one, by) for one in value)
        elif found.type == "tags":
            there = Tag.objects.filter(pk__in=value).count() == len(value)
        else:
            continue
        if not there:
            broken.append((name, FieldError("link", _("%(field)s does not exist.") % {"field": found.label})))
    return broken


def _sees(object_name: str, record_id: int, by: Actor, *, access: str = "see") -> bool:
    target = registry.get(object_name)
    rule, there = row_rule(target, by, access=access), not_trashed(target)
    sql = f'SELECT 1 FROM "{target.table}" r WHERE {rule.text} AND r.id = %s AND {there.text}'
    return bool(fetch(sql, (*rule.params, record_id, *there.params)))


def _index(obj: Object, record: Any) -> None:
    Value.objects.bulk_create(_entries(obj, record))
    keep_keys(obj, [record])


def _index_all(obj: Object, records: Sequence[Any]) -> None:
    """`_index` for many, without an object for each value."""
    fields = indexed_fields(obj)
    found = [
        (record.workspace_id, obj.name, one.name, value, record.pk)
        for record in records
        for one in fields
        for value in dict.fromkeys(one.index_values(one.get(record)))
    ]
    rows = [(key, *row) for key, row in zip(new_keys(len(found)), found, strict=True)]
    insert_rows(Value._meta.db_table, VALUE_COLUMNS, rows)
    keep_keys(obj, records)


def index_anew(obj: Object, field: Field, records: Sequence[Any]) -> None:
    """The values by which these records are found, of one field that changed, in place of those before."""
    ids = [one.pk for one in records]
    run(
        "DELETE FROM records_value WHERE workspace_id = %s AND object = %s AND field = %s"
        f" AND record_id IN ({', '.join(['%s'] * len(ids))})",
        (records[0].workspace_id, obj.name, field.name, *ids),
    )
    found = [
        (one.workspace_id, obj.name, field.name, value, one.pk)
        for one in records
        for value in dict.fromkeys(field.index_values(field.get(one)))
    ]
    rows = [(key, *row) for key, row in zip(new_keys(len(found)), found, strict=True)]
    insert_rows(Value._meta.db_table, VALUE_COLUMNS, rows)


VALUE_COLUMNS = (
    ("id", "bigint"), ("workspace_id", "bigint"), ("object", "text"), ("field", "text"), ("value", "text"),
    ("record_id", "bigint"),
)  # fmt: skip


def _entries(obj: Object, record: Any) -> list[Value]:
    return [
        Value(
            workspace_id=record.workspace_id,
            object=obj.name,
            field=one.name,
            value=value,
            record_id=record.pk,
        )
        for one in indexed_fields(obj)
        for value in dict.fromkeys(one.index_values(one.get(record)))
    ]


def indexed_fields(obj: Object) -> Sequence[Field]:
    """Fields whose values are kept in records_value."""
    return [one for one in obj.fields if one.looked_up]


def _blank(value: Any) -> bool:
    return value is None or value == [] or value == ""
