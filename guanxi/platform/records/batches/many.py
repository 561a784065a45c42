"""Changing many records at once: what `change_record` promises, in as few statements as one record costs.

The same permission, rules, facts and values by which records are found; only the statements are for many. One
refusal does not stand in the way of the others: each has its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Literal

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import Draft, state_facts
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields import Field, File
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import require_editable, whole
from guanxi.platform.records.access import Refused, reached_ids, require
from guanxi.platform.records.computing import compute
from guanxi.platform.records.duplicates.finding import refused_among
from guanxi.platform.records.duplicates.keeping import forget_keys, keep_keys, matters
from guanxi.platform.records.duplicates.keys import shape_of as match_shape
from guanxi.platform.records.duplicates.models import DuplicateRule
from guanxi.platform.records.duplicates.rules import rule_of
from guanxi.platform.records.filing import take_files
from guanxi.platform.records.inserting import array_of, shape_of
from guanxi.platform.records.lasting import moved_to_oneself
from guanxi.platform.records.own_values import own_value_taken
from guanxi.platform.records.places import keep_places
from guanxi.platform.records.rules import held_records, require_rules, rules_of
from guanxi.platform.records.sql import run, run_many
from guanxi.platform.records.trash.models import Trashed
from guanxi.platform.records.writing import UNTOLD, index_anew, indexed_fields, team_of, tell_wholes
from guanxi.platform.tenancy.keys import new_key

ACCESS = {"edit": ("change",), "delete": ("archive", "restore", "delete", "undelete")}
DONE = {"archive": "archived", "restore": "restored", "delete": "deleted", "undelete": "restored"}
LARGE = ("phones", "emails", "addresses", "long_text")
Act = Literal["change", "tidy", "relink", "archive", "restore", "delete", "undelete"]
FOLLOWING = ("tidy", "relink")
Given = Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of one record.

    act       "tidy" is a change that follows from something else: no right and no rule holds it up. "relink"
              is a link that leads to the same thing under another key (it was merged): nothing holds it up
              either, and nothing follows from it but what is called after it; a price that was agreed stays
    values    field → kept value, cleaned; a function of the record where it depends on it (tags to add)
    version   the one that was seen; changes of these very fields since then are not written over
    expected  field → JSON form that it must have now; others are left as they are and told
    """

    record_id: int
    values: Mapping[str, Any] | Given = field(default_factory=dict)
    act: Act = "change"
    version: int | None = None
    expected: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of many. `refusals` are (record, why), why for people.

    first_fact, last_fact   the facts have keys between these two
    """

    changed: list[int]
    refusals: list[tuple[int, str]]
    first_fact: int
    last_fact: int


@dataclass(eq=False, slots=True)
class _Change:
    """One record on its way: as it was (its attributes), and which fields were given."""

    record: Any
    wish: Wish
    before: Mapping[str, Any]
    given: set[str]
    columns: set[str] = field(default_factory=set)


@transaction.atomic
def change_many(
    obj: Object, wishes: Sequence[Wish], *, by: Actor, data: Mapping[str, Any] | None = None
) -> Written:
    """Write what is wished of up to some thousand records; raises Refused without the permission at all.

    Values are taken as cleaned (`clean_values`), for these rows are many and their values few.
    """
    obj = whole(obj)  # a declaration lacks the workspace's own fields, some of which follow from others
    _require(obj, wishes, by)
    first = new_key()
    refusals: list[tuple[int, str]] = []
    now = datetime.now(UTC)
    found = _locked(obj, wishes, by, refusals)
    changes = _put(obj, [one for one in wishes if one.record_id in found], found, by, refusals)
    changes = _derived(obj, changes, by, refusals)
    _take_files(obj, changes, by)
    drafts = _drafts(obj, changes, by, now, data or {})
    _update(obj, [one for one, _draft in drafts])
    for one, _draft in drafts:
        one.record.keep_parts()
    _find_anew(obj, drafts)
    changed = {name for _one, draft in drafts for name in draft.changes}
    keep_places(obj, [one.record for one, _draft in drafts], changed=changed)
    _into_and_out_of_trash(obj, drafts, by, now)
    state_facts([draft for _one, draft in drafts], by=by)
    left = [one.before.get(obj[obj.part_of].column) for one, _draft in drafts] if obj.part_of else []
    tell_wholes(obj, [one.record for one, _draft in drafts], by=by, besides=left)
    return Written([draft.record_id for _one, draft in drafts], refusals, first, new_key())


def settle_many(obj: Object, values: Mapping[int, Mapping[str, Any]], *, by: Actor) -> Written:
    """Record → what follows from something else (sums of its parts): no right and no rule holds it up."""
    return change_many(obj, [Wish(key, found, act="tidy") for key, found in values.items()], by=by)


def _require(obj: Object, wishes: Sequence[Wish], by: Actor) -> None:
    acts = {one.act for one in wishes}
    if acts & {"archive", "restore"}:
        require(by, "archive", obj)
    if acts & {"delete", "undelete"}:
        require(by, "delete", obj)
    if "change" in acts:
        names = {name for one in wishes if not callable(one.values) for name in one.values}
        asked = [one for one in wishes if one.act == "change"]
        only_owner = names <= {"owner", "team"} and not any(callable(one.values) for one in asked)
        require(by, "assign" if only_owner else "change", obj)
        if names & {"owner", "team"}:
            require(by, "assign", obj)
        require_editable(obj, names, by)


def _locked(
    obj: Object, wishes: Sequence[Wish], by: Actor, refusals: list[tuple[int, str]]
) -> dict[int, Any]:
    """The records that may be edited, held until the end; why the others may not."""
    ids = [one.record_id for one in wishes]
    rows = obj.rows().filter(pk__in=ids).order_by("pk").defer(*_not_asked(obj, wishes))
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    there = {one.pk: one for one in rows}
    allowed = {one.record_id for one in wishes if one.act in FOLLOWING}
    for access, acts in ACCESS.items():
        if some := [one.record_id for one in wishes if one.act in acts]:
            allowed |= _reached(obj, some, by, access)
    if any(one.archived_at for one in there.values()):
        gone = _trashed(obj, there)
        deleted = {one.record_id for one in wishes if one.act in ("undelete", *FOLLOWING)}
        allowed -= {key for key in allowed if (key in gone) and key not in deleted}
    if len(allowed) < len(set(ids)):
        seen = _reached(obj, ids, by, "see")
        for one in ids:
            if one not in allowed:
                words = _("Not yours to change.") if one in seen else _("It is not there any more.")
                refusals.append((one, words))
    return {pk: one for pk, one in there.items() if pk in allowed}


def _reached(obj: Object, ids: Sequence[int], by: Actor, access: str) -> set[int]:
    return reached_ids(obj, ids, by, access=access)


def _trashed(obj: Object, ids: Iterable[int]) -> dict[int, bool]:
    """Record in the trash → whether it had been archived before."""
    rows = Trashed.objects.filter(object=obj.name, record_id__in=list(ids))
    return dict(rows.values_list("record_id", "was_archived"))


def _not_asked(obj: Object, wishes: Sequence[Wish]) -> set[str]:
    """Large columns that are read only should somebody ask for them after all."""
    asked = {name for one in wishes if not callable(one.values) for name in one.values}
    if any(callable(one.values) for one in wishes):
        asked.add("tags")
    if rule_of(obj).action == DuplicateRule.Action.REFUSE:
        asked.update(match_shape(obj).fields)
    own = registry.of_workspace()
    asked.update(path[0] for one in (own.computed.get(obj.name, ()) if own else ()) for path in one.paths)
    asked.update(path[0] for one in rules_of(obj) for path in one.paths)
    return {one.column for one in obj.fields if one.type in LARGE and not one.own and one.name not in asked}


def _put(
    obj: Object,
    wishes: Sequence[Wish],
    found: Mapping[int, Any],
    by: Actor,
    refusals: list[tuple[int, str]],
) -> list[_Change]:
    """Set what is wished where it differs and nobody was faster."""
    touched = _touched_since(obj, wishes, found)
    changes: list[_Change] = []
    teams: dict[int, int | None] = {}
    taken: set[tuple[str, str]] = set()
    unique = [one for one in obj.fields if one.unique]
    undeleted = [one.record_id for one in wishes if one.act == "undelete"]
    trashed = _trashed(obj, undeleted) if undeleted else {}
    for wish in wishes:
        record = found[wish.record_id]
        before = dict(record.__dict__, custom=dict(record.custom))
        if wish.act not in ("change", *FOLLOWING):
            if wish.act in ("archive", "restore") and bool(record.archived_at) == (wish.act == "archive"):
                continue
            going = wish.act in ("archive", "delete") and not record.archived_at
            if going and (why := _refused_by(record.verify_archiving)):
                refusals.append((record.pk, why))
                continue
            back = wish.act == "restore" or (wish.act == "undelete" and not trashed.get(record.pk))
            no_place = back and _refused_by(record.verify_restoring)
            if back and (why := no_place or _taken(obj, unique, record, None, taken)):
                refusals.append((record.pk, why))
                continue
            record.archived_at = None if back else (record.archived_at or datetime.now(UTC))
            changes.append(_Change(record, wish, before, set()))
            continue
        values = wish.values(record) if callable(wish.values) else wish.values
        values = {name: value for name, value in values.items() if obj[name].get(record) != value}
        if late := touched.get(record.pk, set()) & set(values):
            refusals.append((record.pk, _changed_words(obj, late)))
            continue
        if wish.expected is not None:
            other = {
                name for name in values if obj[name].to_json(obj[name].get(record)) != wish.expected.get(name)
            }
            if other:
                refusals.append((record.pk, _changed_words(obj, other)))
                values = {name: value for name, value in values.items() if name not in other}
        if not values:
            continue
        for name, value in values.items():
            obj[name].put(record, value)
        if obj.owned and "owner" in values and "team" not in values and record.owner_id:
            if record.owner_id not in teams:
                teams[record.owner_id] = team_of(record.owner_id)
            record.team_id = teams[record.owner_id]
        moved = {name for name, value in before.items() if record.__dict__.get(name) != value}
        lasting = moved_to_oneself(obj, record, moved, by)
        if lasting and wish.act in FOLLOWING:  # a verb of its own (a pool's) asks for all or nothing
            raise Refused(lasting)
        if why := lasting or _taken(obj, unique, record, values, taken):
            refusals.append((record.pk, why))
            continue
        changes.append(_Change(record, wish, before, set(values)))
    return changes


def _refused_by(verify: Callable[[], None]) -> str:
    """Why a record can't go into the archive, or out of it; ""."""
    try:
        verify()
    except InvalidValues as problem:
        return " ".join(one.message for found in problem.errors.values() for one in found)
    return ""


def _touched_since(obj: Object, wishes: Sequence[Wish], found: Mapping[int, Any]) -> dict[int, set[str]]:
    """Record → fields that somebody changed after the version that was seen."""
    seen = {
        one.record_id: one.version
        for one in wishes
        if one.version is not None and one.act == "change" and found[one.record_id].version != one.version
    }
    if not seen:
        return {}
    touched: dict[int, set[str]] = defaultdict(set)
    later = Fact.objects.filter(object=obj.name, record_id__in=list(seen), version__gt=min(seen.values()))
    for record_id, version, changed in later.values_list("record_id", "version", "changes"):
        if version > seen[record_id]:
            touched[record_id] |= set(changed)
    return touched


def _taken(
    obj: Object,
    unique: Sequence[Field],
    record: Any,
    values: Mapping[str, Any] | None,
    taken: set[tuple[str, str]],
) -> str:
    """Why a unique value can't be: another record has it, or one before it in this very batch."""
    for one in unique:
        if values is not None and one.name not in values:
            continue
        value = one.get(record)
        if one.is_empty(value):
            continue
        key = (one.name, str(value).casefold())
        if key in taken or _has(obj, one, value, record.pk):
            return _("“%(value)s” is taken already.") % {"value": value}
        taken.add(key)
    return ""


def _has(obj: Object, one: Field, value: Any, besides: int) -> bool:
    if one.own:
        return own_value_taken(obj, one, value, besides=besides)
    rows = obj.rows().filter(**{one.column: value}, archived_at=None).exclude(pk=besides)
    return bool(rows.exists())


def _derived(
    obj: Object, changes: list[_Change], by: Actor, refusals: list[tuple[int, str]]
) -> list[_Change]:
    """What follows from the new values, and the rules of the object."""
    given = [one for one in changes if one.given]
    follows = [name for name in obj.model_class.derives_from if any(name in one.given for one in given)]
    if follows:
        models.prefetch_related_objects([one.record for one in given], *follows)
    for one in given:
        if one.wish.act == "relink":
            _called_after(obj, one)
        else:
            one.record.derive(one.given)
    compute(obj, [one.record for one in given])
    kept = []
    alike = _refused(obj, given, by)
    held = held_records(obj, {one.record.pk: _held_by(one) for one in changes})
    asked = rules_of(obj)
    together = _together(obj, given, by)
    for one in changes:
        if one.record.pk in alike:
            refusals.append((one.record.pk, alike[one.record.pk]))
            continue
        try:
            if one.record.pk in held:
                raise InvalidValues(held[one.record.pk])
            if one.given and one.wish.act not in FOLLOWING:
                if by.kind != "import":
                    one.record.verify(one.given)
                    if one.record.pk in together:
                        raise together[one.record.pk]
                    one.record.verify_change(one.given, one.before, by=by)
                require_rules(obj, one.record, _written(obj, one), asked=asked)
        except InvalidValues as problem:
            told = dict.fromkeys(error.message for found in problem.errors.values() for error in found)
            said = " ".join(told)
            refusals.append((one.record.pk, said))
            continue
        kept.append(one)
    return kept


def _called_after(obj: Object, change: _Change) -> None:
    """Derive of a changed link only what says that it follows from it, and nobody types: a name."""
    names = {one.name for one in obj.fields if one.readonly and change.given & set(one.follows)}
    if not names:
        return
    record = change.record
    relinked = dict(record.__dict__)
    record.derive(change.given)
    kept = {column for name in names for column in obj[name].columns}
    kept |= {"sort_key"} if obj.title in names else set()
    record.__dict__.update({name: value for name, value in relinked.items() if name not in kept})


def _held_by(change: _Change) -> set[str]:
    """What a change asks of who holds the record: its fields, or that it stays out of the archive."""
    if change.wish.act == "change":
        return change.given
    return {"archived_at"} if change.wish.act in ("archive", "delete") else set()


def _refused(obj: Object, given: Sequence[_Change], by: Actor) -> dict[int, str]:
    """Those that would be like another record, where the object's rule refuses that."""
    asked = [one for one in given if one.wish.act == "change" and one.given & set(match_shape(obj).fields)]
    if not asked or by.kind == "import":
        return {}
    return refused_among(obj, [(one.record, SimpleNamespace(**one.before)) for one in asked], by=by)


def _together(obj: Object, given: Sequence[_Change], by: Actor) -> dict[int, InvalidValues]:
    """Those that would contradict what else is written with them."""
    if by.kind == "import":
        return {}
    return obj.model_class.verify_together([(one.record, one.given) for one in given])


def _take_files(obj: Object, changes: Sequence[_Change], by: Actor) -> None:
    """A file that many records are given is each one's own."""
    files = [one for one in obj.fields if isinstance(one, File)]
    for one in changes if files else ():
        values = {field.name: field.get(one.record) for field in files if field.name in one.given}
        take_files(obj, one.record, values, by=by)


def _written(obj: Object, one: _Change) -> set[str]:
    """What was given, and the computed fields, which may follow from it."""
    return one.given | {field.name for field in obj.fields if field.computed}


def _drafts(
    obj: Object, changes: Iterable[_Change], by: Actor, now: datetime, data: Mapping[str, Any]
) -> list[tuple[_Change, Draft]]:
    """The facts, and the records that have one: what came out as it was before is not written."""
    drafts = []
    shown = [one for one in obj.fields if one.name not in UNTOLD]
    told = [(one, one.columns) for one in shown if not one.own]
    own = [one for one in shown if one.own]
    for one in changes:
        record, old = one.record, SimpleNamespace(**one.before)
        differing = _difference(told, own, old, one)
        if one.wish.act in DONE:
            verb = DONE[one.wish.act]
        elif not differing:
            continue
        elif obj.is_handed_over(differing):
            verb = "assigned"
        else:
            verb = record.fact_verb(set(differing), _Before(obj, old))
        record.version += 1
        record.updated_at = now
        record.updated_by_id = by.member_id
        drafts.append(
            (
                one,
                Draft(
                    object=obj.name,
                    verb=verb,
                    record_id=record.pk,
                    title=str(record),
                    changes=differing,
                    data=data,
                    about=record.concerns(),
                    version=record.version,
                ),
            )
        )
    return drafts


class _Before(dict[str, Any]):
    """Field → older value in JSON form, made when somebody asks."""

    def __init__(self, obj: Object, old: Any) -> None:
        self._obj, self._old = obj, old

    def __missing__(self, name: str) -> Any:
        return self._obj[name].to_json(self._obj[name].get(self._old))


def _difference(
    told: Sequence[tuple[Field, tuple[str, ...]]], own: Sequence[Field], old: Any, change: _Change
) -> dict[str, list[Any]]:
    """Field → [older, newer] in JSON form, looked at only where a column differs."""
    before, new = change.before, change.record
    now = new.__dict__
    change.columns = columns = {
        name for name, value in before.items() if (there := now.get(name)) is not value and there != value
    }
    differing = [one for one, names in told if not columns.isdisjoint(names)]
    if "custom" in columns:
        was, is_now = before["custom"], new.custom
        differing += [one for one in own if was.get(key := one.json_key or one.name) != is_now.get(key)]
    found: dict[str, list[Any]] = {}
    for one in differing:
        pair = [one.to_json(one.get(old)), one.to_json(one.get(new))]
        if pair[0] != pair[1]:
            found[one.name] = pair
    return found


def _update(obj: Object, changes: Sequence[_Change]) -> None:
    """The columns that differ in any of them, for all of them, in one statement."""
    if not changes:
        return
    columns, _read, prepare = shape_of(obj.model_class)
    fields = obj.model_class._meta.concrete_fields
    prepared = dict(prepare)
    differing = {"version", "updated_at", "updated_by_id"}.union(*(one.columns for one in changes))
    written = [at for at, one in enumerate(fields) if one.attname in differing]
    rows: list[list[Any]] = []
    for change in changes:
        now = change.record.__dict__
        row = []
        for at in written:
            value = now.get(fields[at].attname)
            row.append(prepared[at](value) if at in prepared else value)
        rows.append([*row, change.record.pk])
    names = [columns[at] for at in written]
    workspace_id = changes[0].record.workspace_id
    quote = connection.ops.quote_name
    if connection.vendor == "postgresql":
        sets = ", ".join(f"{quote(name)} = u.{quote(name)}" for name, _kind in names)
        arrays = ", ".join([*(f"%s::{kind}[]" for _name, kind in names), "%s::bigint[]"])
        named = ", ".join([*(quote(name) for name, _kind in names), "id"])
        run(
            f'UPDATE "{obj.table}" AS t SET {sets} FROM unnest({arrays}) AS u({named})'
            " WHERE t.id = u.id AND t.workspace_id = %s",
            [*map(array_of, zip(*rows, strict=True)), workspace_id],
        )
        return
    sets = ", ".join(f"{quote(name)} = %s" for name, _kind in names)
    run_many(f'UPDATE "{obj.table}" SET {sets} WHERE id = %s AND workspace_id = {int(workspace_id)}', rows)


def _find_anew(obj: Object, drafts: Sequence[tuple[_Change, Draft]]) -> None:
    """The values by which records are found, of the fields that changed."""
    by_field: dict[str, list[Any]] = defaultdict(list)
    looked_up = {one.name for one in indexed_fields(obj)}
    for one, draft in drafts:
        for name in looked_up & set(draft.changes):
            by_field[name].append(one.record)
    for name, records in by_field.items():
        index_anew(obj, obj[name], records)
    matched = [one.record for one, draft in drafts if matters(obj, draft.changes)]
    forget_keys(obj, [one.pk for one in matched])
    keep_keys(obj, matched)


def _into_and_out_of_trash(
    obj: Object, drafts: Sequence[tuple[_Change, Draft]], by: Actor, now: datetime
) -> None:
    back = [one.record.pk for one, _draft in drafts if one.wish.act == "undelete"]
    if back:
        Trashed.objects.filter(object=obj.name, record_id__in=back).delete()
    Trashed.objects.bulk_create(
        [
            Trashed(
                object=obj.name,
                record_id=one.record.pk,
                title=draft.title[:300],
                member_id=by.member_id,
                by_name=by.name[:200],
                at=now,
                was_archived=bool(one.before["archived_at"]),
            )
            for one, draft in drafts
            if one.wish.act == "delete"
        ],
        batch_size=500,
    )


def _changed_words(obj: Object, names: Iterable[str]) -> str:
    labels = ", ".join(sorted(str(obj[name].label) for name in names))
    return _("Changed in the meantime: %(fields)s") % {"fields": labels}
