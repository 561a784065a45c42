"""Records that may be the same as one that is about to be made: they share a number, a mailbox, a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import standing_of
from guanxi.platform.metadata.rights import EDIT, SEE, right_of, says_contact, whole
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.duplicates.keys import Key, Kind, asked_keys, keys_of, shape_of
from guanxi.platform.records.duplicates.rules import Action, Others, Rule, kind_label, rule_of
from guanxi.platform.records.own_values import hold_value
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.titles import Ref, titles_of
from guanxi.platform.tenancy.context import require_workspace_id

MOST = 5
MOST_LOOKED_AT = 50
AT_ONCE = 400  # keys that one query looks for
MOST_REPEATS = 500_000  # keys of one file that are remembered
_WEIGHT: Mapping[str, int] = {"id": 5, "email": 4, "phone": 4, "mate": 3, "name": 2, "domain": 2, "sound": 1}


@dataclass(frozen=True, slots=True)
class Likeness:
    """A record that is alike, and in what, in words.

    ref     None where the actor may not see it: then `owner` says whose it is, or nothing
    ask_url where the actor may ask that owner to open it
    """

    ref: Ref | None
    alike: tuple[str, ...]
    owner: str = ""
    ask_url: str = ""


@dataclass(frozen=True, slots=True)
class Twin:
    """The record that is most like a row of a file, and the names of the fields in which it is.

    seen   whether the actor may see it; one that may not be seen is only refused, never changed
    """

    record_id: int
    fields: tuple[str, ...]
    seen: bool = True


@dataclass(slots=True)
class _Found:
    keys: set[Key]
    owner_id: int | None
    seen: bool

    @property
    def weight(self) -> int:
        return sum(_WEIGHT.get(kind, 1) for kind in {one.kind for one in self.keys})


def find_alike(obj: Object, values: Mapping[str, Any], *, by: Actor, besides: int = 0) -> list[Likeness]:
    """Records with a match key of these values that counts by the object's rule, the most alike first.

    values    field name → cleaned value
    besides   a record that is not told: the one being edited
    """
    rule = rule_of(obj)
    if rule.action == Action.OFF:
        return []
    found = _holders(obj, _counting(obj, values, rule, by), by=by, rule=rule, besides=besides)
    best = sorted(found, key=lambda pk: (not found[pk].seen, -found[pk].weight, pk))[:MOST]
    refs = titles_of(((obj.name, pk) for pk in best if found[pk].seen), by=by)
    owners: dict[int, Any] = {}
    if rule.others == Others.OWNER:
        owners = dict(member_names({found[pk].owner_id or 0 for pk in best if not found[pk].seen}))
    return [
        Likeness(
            refs.get((obj.name, pk)),
            _in_words(obj, found[pk].keys),
            "" if found[pk].seen else str(owners.get(found[pk].owner_id or 0, "")),
            f"/access/?link=/{obj.plural}/{pk}/"
            if not found[pk].seen and found[pk].owner_id in owners and by.member_id is not None
            else "",
        )
        for pk in best
        if (obj.name, pk) in refs or not found[pk].seen
    ]


def others_alike(obj: Object, record: Any, *, by: Actor) -> list[int]:
    """Ids of records that are like this one, the most alike first; also such as the actor may not see, where
    the object's rule tells that they exist."""
    rule = rule_of(obj)
    if rule.action == Action.OFF:
        return []
    values = _values(obj, record)
    found = _holders(obj, _counting(obj, values, rule, by), by=by, rule=rule, besides=record.pk)
    return sorted(found, key=lambda pk: (-found[pk].weight, pk))


def refuse_duplicates(obj: Object, record: Any, *, by: Actor, changed: Iterable[str] | None = None) -> None:
    """Where the rule says so: raises InvalidValues that names each field in which another record is alike.

    changed   only these fields were changed: what was alike before stays as it was
    """
    rule = rule_of(obj)
    if rule.action != Action.REFUSE:
        return
    values = {one.name: one.get(record) for one in obj.fields}
    wanted = _counting(obj, values, rule, by)
    if changed is not None:
        names = set(changed)
        link = shape_of(whole(obj)).link
        wanted = [one for one in wanted if one.field in names or (one.kind == "mate" and link in names)]
    if not wanted:
        return
    for one in sorted(wanted):
        hold_value(obj, obj[one.field], f"{one.kind} {one.key}")
    found = _holders(obj, wanted, by=by, rule=rule, besides=record.pk or 0)
    if not found:
        return
    refs = titles_of(((obj.name, pk) for pk, held in found.items() if held.seen), by=by)
    owners = member_names({held.owner_id or 0 for held in found.values() if not held.seen})
    errors: dict[str, list[FieldError]] = defaultdict(list)
    for pk, held in sorted(found.items(), key=lambda item: (-item[1].weight, item[0]))[:MOST]:
        owner = str(owners.get(held.owner_id or 0, "")) if rule.others == Others.OWNER else ""
        said = _said(refs.get((obj.name, pk)), owner)
        for name in sorted({key.field for key in held.keys}):
            errors[name].append(FieldError("duplicate", said))
    raise InvalidValues(dict(errors))


def refused_among(obj: Object, changes: Sequence[tuple[Any, Any]], *, by: Actor) -> dict[int, str]:
    """Where the rule refuses: record → why, of many that are changed at once, also because of each other.

    changes   (the record as it becomes, what it was before); only what a record has not had yet is asked
    """
    rule = rule_of(obj)
    if rule.action != Action.REFUSE:
        return {}
    fresh: dict[int, list[Key]] = {}
    for record, before in changes:
        had = {(one.kind, one.key) for one in _counting(obj, _values(obj, before), rule, by)}
        keys = _counting(obj, _values(obj, record), rule, by)
        if new := [one for one in keys if (one.kind, one.key) not in had]:
            fresh[record.pk] = new
    every = sorted({one for keys in fresh.values() for one in keys})
    for one in every:
        hold_value(obj, obj[one.field], f"{one.kind} {one.key}")
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    seen: set[int] = set()
    for start in range(0, len(every), AT_ONCE):
        for kind, key, pk, _owner, is_seen in _rows(obj, every[start : start + AT_ONCE], by=by, rule=rule):
            holders[kind, key].add(pk)
            if is_seen:
                seen.add(pk)
    refused: dict[int, str] = {}
    records = {record.pk: record for record, _before in changes}
    for pk, keys in fresh.items():
        others = {one for key in keys for one in holders[key.kind, key.key]} - {pk}
        if not others:
            for own in _own_keys(obj, records[pk], rule, by):
                holders[own].add(pk)
                seen.add(pk)
            continue
        refs = titles_of(((obj.name, one) for one in sorted(others & seen)[:MOST]), by=by)
        refused[pk] = _said(next(iter(refs.values()), None), "")
    return refused


class Repeats:
    """The rows of one file among themselves: which are like one before them, where the rule refuses that."""

    def __init__(self, obj: Object, *, by: Actor) -> None:
        self.obj, self.by, self.rule = obj, by, rule_of(obj)
        self._held: set[tuple[str, str]] = set()

    def field_of(self, values: Mapping[str, Any]) -> str:
        """The field in which a row is like an earlier one, or ""; then it counts as an earlier one itself.

        values   field name → cleaned value
        """
        if self.rule.action != Action.REFUSE:
            return ""
        for one in _counting(self.obj, values, self.rule, self.by):
            if (one.kind, one.key) in self._held:
                return one.field
        if len(self._held) < MOST_REPEATS:
            seen = _seen(self.obj, values, self.by)
            own = keys_of(whole(self.obj), seen.get)
            self._held |= {(one.kind, one.key) for one in own if one.kind in self.rule.kinds}
        return ""


def _own_keys(obj: Object, record: Any, rule: Rule, by: Actor) -> list[tuple[str, str]]:
    """The keys under which a record is found by others."""
    seen = _seen(obj, _values(obj, record), by)
    return [(one.kind, one.key) for one in keys_of(whole(obj), seen.get) if one.kind in rule.kinds]


def _values(obj: Object, record: Any) -> dict[str, Any]:
    obj = whole(obj)
    return {name: obj[name].get(record) for name in shape_of(obj).fields}


def find_twins(
    obj: Object, rows: Sequence[Mapping[str, Any]], *, by: Actor, before: datetime | None = None
) -> list[Twin | None]:
    """For each row (field name → cleaned value) its twin, or None; a few queries for all rows together.

    before   only records that were made before this moment: not those of the import that asks
    """
    rule = rule_of(obj)
    if rule.action == Action.OFF:
        return [None for _row in rows]
    asked: dict[tuple[str, str], list[tuple[int, Key]]] = defaultdict(list)
    for at, values in enumerate(rows):
        for one in _counting(obj, values, rule, by):
            asked[one.kind, one.key].append((at, one))
    shared: list[dict[int, _Found]] = [{} for _row in rows]
    keys = [held[0][1] for held in asked.values()]
    for start in range(0, len(keys), AT_ONCE):
        for kind, key, pk, owner_id, seen in _rows(
            obj, keys[start : start + AT_ONCE], by=by, rule=rule, before=before
        ):
            for at, one in asked[kind, key]:
                held = shared[at].setdefault(pk, _Found(set(), owner_id, seen))
                held.keys.add(one)
    return [_closest(found) for found in shared]


def _closest(found: Mapping[int, _Found]) -> Twin | None:
    if not found:
        return None
    best = min(found, key=lambda pk: (not found[pk].seen, -found[pk].weight, pk))
    return Twin(best, tuple(sorted({one.field for one in found[best].keys})), found[best].seen)


def _counting(obj: Object, values: Mapping[str, Any], rule: Rule, by: Actor) -> list[Key]:
    """The keys that count, of fields that the actor sees: nobody asks whether a hidden number is there."""
    obj = whole(obj)
    return [one for one in asked_keys(obj, _seen(obj, values, by).get) if one.kind in rule.kinds]


def _seen(obj: Object, values: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    return {name: value for name, value in values.items() if right_of(obj, name, by) in (EDIT, SEE)}


def _holders(
    obj: Object, keys: Sequence[Key], *, by: Actor, rule: Rule, besides: int = 0
) -> dict[int, _Found]:
    """Records that have one of these keys, and what they have."""
    asked: dict[tuple[str, str], Key] = {(one.kind, one.key): one for one in keys}
    found: dict[int, _Found] = {}
    for kind, key, pk, owner_id, seen in _rows(obj, keys, by=by, rule=rule) if keys else ():
        if pk != besides:
            found.setdefault(pk, _Found(set(), owner_id, seen)).keys.add(asked[kind, key])
    return found


def _rows(
    obj: Object, keys: Sequence[Key], *, by: Actor, rule: Rule, before: datetime | None = None
) -> list[tuple[str, str, int, int | None, bool]]:
    """(kind, key, record, owner, whether the actor sees it) for records with one of these keys.

    What may not be seen is looked at too where the rule tells of it, in the same statement: the answer's time
    says nothing. Each key is looked for by the index by itself: an OR of them would read the table.
    """
    seeing = row_rule(obj, by)
    hidden = rule.others != Others.NOTHING and obj.owned
    scope = Sql("r.workspace_id = %s", (require_workspace_id(),)) if hidden else seeing
    if obj.kind and hidden:
        scope = Sql(f"{scope.text} AND r.kind = %s", (*scope.params, obj.kind))
    older = Sql(" AND r.created_at < %s", (before,)) if before else Sql("")
    by_kind: dict[Kind, list[str]] = defaultdict(list)
    for one in keys:
        by_kind[one.kind].append(one.key)
    owner = "r.owner_id" if obj.owned else "NULL"
    found: list[tuple[str, str, int, int | None, bool]] = []
    for kind, wanted in by_kind.items():
        marks = ", ".join(["%s"] * len(wanted))
        rows = fetch(
            f"SELECT k.key, r.id, {owner}, CASE WHEN {seeing.text} THEN 1 ELSE 0 END FROM records_match_key k"
            f' JOIN "{obj.table}" r ON r.id = k.record_id'
            f" WHERE k.workspace_id = %s AND k.object = %s AND k.kind = %s AND k.key IN ({marks})"
            f" AND {scope.text} AND r.archived_at IS NULL{older.text} LIMIT {MOST_LOOKED_AT * len(wanted)}",
            (
                *seeing.params, require_workspace_id(), obj.name, kind, *wanted, *scope.params, *older.params,
            ),
        )  # fmt: skip
        found += [(kind, str(key), int(pk), held, bool(seen)) for key, pk, held, seen in rows]
    return _said_by_seen(obj, found, by)


def _said_by_seen(
    obj: Object, found: list[tuple[str, str, int, int | None, bool]], by: Actor
) -> list[tuple[str, str, int, int | None, bool]]:
    """Those whose key comes from a field that the actor sees: a mailbox and a website have the same domain,
    two fields may hold phones, and what is hidden in one could be guessed by typing it into the other. Of
    what a pool veils, too: the middle of a number whose ends are shown is found by typing ten thousand."""
    obj = whole(obj)
    named = shape_of(obj).fields
    shown = {name for name in named if right_of(obj, name, by) in (EDIT, SEE)}
    veiled = standing_of(obj, by).veiled
    if not found or (len(shown) == len(named) and not veiled):
        return found
    plain = {name for name in shown if not says_contact(obj, obj[name])}
    records = obj.rows().filter(pk__in={row[2] for row in found})
    keys = {
        (one.kind, one.key, record.pk)
        for record in records
        for names in [plain if veiled and record.pool_id in veiled else shown]
        for one in keys_of(obj, {name: obj[name].get(record) for name in names}.get)
    }
    return [row for row in found if row[:3] in keys]


def _in_words(obj: Object, keys: Iterable[Key]) -> tuple[str, ...]:
    """The labels of the fields in which two records are alike; a sound is told as one."""
    found: dict[str, None] = {}
    for one in sorted(keys, key=lambda one: -_WEIGHT.get(one.kind, 1)):
        named = one.kind in ("sound", "mate")
        found[kind_label(one.kind) if named else str(obj[one.field].label)] = None
    return tuple(found)


def _said(ref: Ref | None, owner: str) -> str:
    if ref is not None:
        return _("“%(name)s” is here already and has the same.") % {"name": ref.title}
    if owner:
        return _("This is here already. It is owned by %(owner)s.") % {"owner": owner}
    return _("This is here already, where you can't see it.")
