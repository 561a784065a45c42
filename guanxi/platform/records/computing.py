"""Values that follow from others: formulas, lookups and roll-ups of a workspace's own fields.

What follows from a record itself is computed with every write of it. What follows from other records is
computed anew when a consumer hears of their change; a new definition is computed for all records by a job.
A workspace without such fields pays one look into a dictionary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import Draft, state_facts
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import check_filters_by
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, Link, Parts
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.fields.number import from_units
from guanxi.platform.metadata.formulas import Given, compile_formula
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.registry import Computed, RollUp
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import FilterSyntaxError, compile_filter, conditions_of, parse_filter
from guanxi.platform.records.inserting import as_json, write_custom
from guanxi.platform.records.places import keep_places
from guanxi.platform.records.sql import fetch, read_sum, run_many, sum_of
from guanxi.platform.records.walking import locked
from guanxi.platform.tenancy.context import remembered, require_workspace_id
from guanxi.platform.tenancy.models import Workspace

Path = tuple[str, ...]
Values = dict[int, dict[Path, Any]]
AT_ONCE = 500
MOST_UNITS = 10**14
LONGEST = 2_000


def compute(obj: Object, records: Sequence[Any]) -> None:
    """Fill the computed fields of records that are about to be saved."""
    own = registry.of_workspace()
    if own is None or not (computed := own.computed.get(obj.name)):
        return
    workspace = _workspace()
    now, zone = datetime.now(UTC), ZoneInfo(workspace.timezone)
    behind = [path for one in computed for path in one.paths if len(path) > 1]
    linked = _behind_links(obj, records, behind) if behind else {}
    parted = _parted(obj, behind)
    rolled = {
        one.name: _rolled_up(one.roll_up, obj, obj[one.name], [record.pk for record in records], workspace)
        for one in computed
        if one.roll_up is not None
    }
    for record in records:
        for one in computed:
            field = obj[one.name]
            if one.roll_up is not None:
                field.put(record, rolled[one.name].get(record.pk, 0 if one.roll_up.do == "count" else None))
            elif len(one.paths) == 1 and one.formula == ".".join(one.paths[0]):
                # A lookup, or a formula that says no more than one: the value itself, whatever its type.
                raw = linked.get(record.pk, {}).get(one.paths[0]) if len(one.paths[0]) > 1 else None
                value = obj[one.paths[0][0]].get(record) if len(one.paths[0]) == 1 else raw
                _put(field, record, value, workspace)
            else:
                values = {
                    path: in_formula(_said(parted.get(path), linked.get(record.pk, {}).get(path)))
                    if len(path) > 1
                    else formula_value(obj, path[0], record)
                    for path in one.paths
                }
                _put(field, record, compile_formula(one.formula)(Given(values, now, zone)), workspace)


def givens(obj: Object, records: Sequence[Any], paths: Iterable[Path]) -> list[Given]:
    """What formulas that read these paths are run with, for records whose computed fields are filled."""
    workspace, wanted = _workspace(), list(dict.fromkeys(paths))
    now, zone = datetime.now(UTC), ZoneInfo(workspace.timezone)
    behind = [path for path in wanted if len(path) > 1]
    linked = _behind_links(obj, records, behind) if behind else {}
    parted = _parted(obj, behind)
    return [
        Given(
            {
                path: in_formula(_said(parted.get(path), linked[record.pk].get(path)))
                if len(path) > 1
                else formula_value(obj, path[0], record)
                for path in wanted
            },
            now,
            zone,
        )
        for record in records
    ]


def recalculate(object: str, ids: Collection[int], *, by: Actor) -> int:
    """Compute records anew and state as facts what has changed; how many had."""
    changed = 0
    wanted = sorted(ids)
    for start in range(0, len(wanted), AT_ONCE):
        changed += _recalculate_some(registry.get(object), wanted[start : start + AT_ONCE], by)
    return changed


def recalculate_all(obj: Object, records: list[Any]) -> None:
    """Compute records anew, which the caller has locked, after a definition changed.

    Without facts: nobody did anything.
    """
    before = [dict(record.custom) for record in records]
    compute(obj, records)
    changed = [record for record, old in zip(records, before, strict=True) if record.custom != old]
    write_custom(obj.table, changed)
    keep_places(obj, changed)


def following(facts: Iterable[Any]) -> dict[str, set[int]]:
    """Object → ids of records with computed fields that follow from what these facts changed elsewhere."""
    own = registry.of_workspace()
    found: dict[str, set[int]] = defaultdict(set)
    if own is None or not own.computed:
        return found
    for fact in facts:
        whole = fact.verb in ("created", "archived", "restored", "deleted", "merged")
        for name, computed in own.computed.items():
            for one in computed:
                if one.roll_up is not None:
                    if one.roll_up.of == fact.object and (whole or _touches(one, fact)):
                        found[name] |= _parents(one.roll_up, fact)
                else:
                    found[name] |= _readers(name, one, fact)
    return {name: ids for name, ids in found.items() if ids}


def formula_value(obj: Object, name: str, record: Any) -> Any:
    """A field of a record as formulas read it."""
    field = obj[name]
    if field.type == "money":
        if field.own:
            kept = record.custom.get(field.json_key or name)
            return from_units(kept["base"]) if kept else None
        return getattr(record, f"{name}_base")
    return in_formula(read_by_formulas(field, record))


def read_by_formulas(field: Field, record: Any) -> Any:
    """A record's value; what has several parts is read by its words."""
    return _said(field if isinstance(field, Parts) else None, field.get(record))


def _said(field: Parts | None, value: Any) -> Any:
    return value if field is None or field.is_empty(value) else field.said(value)


def _parted(obj: Object, paths: Iterable[Path]) -> dict[Path, Parts]:
    """Fields behind links that formulas read by their words."""
    found = {path: _at_end(obj, path) for path in paths}
    return {path: field for path, field in found.items() if isinstance(field, Parts)}


def _at_end(obj: Object | None, path: Path) -> Field | None:
    for part in path[:-1]:
        link = obj.fields_by_name.get(part) if obj else None
        obj = registry.get(link.to) if isinstance(link, Link) and registry.has(link.to) else None
    return obj.fields_by_name.get(path[-1]) if obj else None


def in_formula(value: Any) -> Any:
    """A kept value as formulas read it: every number a decimal."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return Decimal(value)
    return value.value if isinstance(value, Amount) else value


def _put(field: Field, record: Any, value: Any, workspace: Workspace) -> None:
    field.put(record, as_result(field, value, workspace.currency))


def as_result(field: Field, value: Any, currency: str) -> Any:
    """What a formula gave as a value of the field's type; empty where it does not fit."""
    if value is None:
        return False if field.type == "boolean" else None
    if isinstance(value, Decimal):
        if not abs(value) < MOST_UNITS:
            return None
        if field.type == "money":
            return Amount(value.quantize(Decimal("0.01")), currency)
        return value.quantize(Decimal("0.0001")) if field.type == "decimal" else round(value)
    if isinstance(value, str) and not isinstance(field, Parts):
        return value[:LONGEST] or None
    if field.type == "date" and isinstance(value, datetime):
        return value.date()
    return value


# Behind links


def _behind_links(obj: Object, records: Sequence[Any], paths: Iterable[Path]) -> Values:
    """record id → path → kept value, one query for each link."""
    found: Values = {record.pk: {} for record in records}
    by_link: dict[str, set[Path]] = defaultdict(set)
    for path in paths:
        by_link[path[0]].add(path[1:])
    for name, rests in by_link.items():
        link = obj.fields_by_name.get(name)
        if not isinstance(link, Link) or not registry.has(link.to):
            continue
        target = registry.get(link.to)
        ids = {link.get(record) for record in records} - {None}
        there = {one.pk: one for one in target.rows().filter(pk__in=ids)} if ids else {}
        deeper = [rest for rest in rests if len(rest) > 1]
        further = _behind_links(target, list(there.values()), deeper) if deeper and there else {}
        for record in records:
            other = there.get(link.get(record))
            if other is None:
                continue
            for rest in rests:
                if len(rest) == 1:
                    field = target.fields_by_name.get(rest[0])
                    value = field.get(other) if field is not None else None
                    if field is not None and field.type == "money":
                        value = _in_base(target, rest[0], other)
                    found[record.pk][(name, *rest)] = value
                else:
                    found[record.pk][(name, *rest)] = further.get(other.pk, {}).get(rest)
    return found


def _in_base(obj: Object, name: str, record: Any) -> Amount | None:
    base = formula_value(obj, name, record)
    return None if base is None else Amount(base, _workspace().currency)


# Roll-ups


def _rolled_up(
    one: RollUp, obj: Object, field: Field, ids: Sequence[int], workspace: Workspace
) -> dict[int, Any]:
    """Record id → figure over the records that link to it and are in use."""
    if not registry.has(one.of) or not ids:
        return {}
    child = registry.get(one.of)
    link = child.fields_by_name.get(one.link)
    if not isinstance(link, Link) or (one.field and one.field not in child.fields_by_name):
        return {}
    by = replace(
        system_actor(workspace.pk, "Guanxi"), timezone=workspace.timezone, currency=workspace.currency
    )
    rule = row_rule(child, by)
    context = field_context(by)
    parts, params = [rule.text, "r.archived_at IS NULL"], [*rule.params]
    if one.filter:
        try:
            tree = parse_filter(one.filter)
            sql = compile_filter(tree, child, by=by, context=context, vendor=connection.vendor)
        except (FieldError, FilterSyntaxError):
            return {}
        parts.append(sql.text)
        params += sql.params
    marks = ", ".join(["%s"] * len(ids))
    if link.own:
        source = f'records_value v JOIN "{child.table}" r ON r.id = v.record_id'
        parts.append(f"v.workspace_id = %s AND v.object = %s AND v.field = %s AND v.value IN ({marks})")
        params += [workspace.pk, child.name, link.name, *map(str, ids)]
        group = "v.value"
    else:
        source, group = f'"{child.table}" r', link.expression("r")
        parts.append(f"{group} IN ({marks})")
        params += ids
    where = " AND ".join(parts)
    rows = fetch(
        f"SELECT {group}, {_figure(one, child)} FROM {source} WHERE {where} GROUP BY {group}", params
    )
    return _figures(one, child, field, [(int(key), value) for key, value in rows], workspace.currency)


def _figure(one: RollUp, child: Object) -> str:
    if one.do == "count":
        return "count(*)"
    if one.do in ("first", "last"):
        return "min(r.id)" if one.do == "first" else "max(r.id)"
    expression = child[one.field].expression("r")
    if one.do == "sum":
        return f"CASE WHEN count({expression}) > 0 THEN {sum_of(expression)} END"
    return f"{'avg' if one.do == 'average' else one.do}({expression})"


def _figures(
    one: RollUp, child: Object, field: Field, rows: Sequence[tuple[int, Any]], currency: str
) -> dict[int, Any]:
    """What the database said as values of the field."""
    if one.do == "count":
        return dict(rows)
    if one.do in ("first", "last"):
        there = {record.pk: record for record in child.rows().filter(pk__in=[key for _id, key in rows])}
        return {
            owner: as_result(field, child[one.field].get(there[key]), currency)
            for owner, key in rows
            if key in there
        }
    of = child[one.field]
    units = of.type in ("decimal", "money")
    found: dict[int, Any] = {}
    for owner, raw in rows:
        if raw is None:
            continue
        if of.type in ("date", "datetime"):
            found[owner] = of.from_row((raw,))
            continue
        figure = Decimal(read_sum(raw) if one.do == "sum" else str(raw))
        value = figure / 10_000 if units else figure
        found[owner] = as_result(field, value, currency)
    return found


# What follows from a fact


def _touches(one: Computed, fact: Any) -> bool:
    return any(of == fact.object and name in fact.changes for of, name, _links in one.reads)


def _parents(one: RollUp, fact: Any) -> set[int]:
    """Records that the fact's record links to, or did before it."""
    child = registry.get(one.of)
    link = child.fields_by_name.get(one.link)
    if not isinstance(link, Link):
        return set()
    found = {link.from_json(value) for value in fact.changes.get(one.link, ())}
    record = child.rows().filter(pk=fact.record_id).first()
    if record is not None:
        found.add(link.get(record))
    return found - {None}


def _readers(object: str, one: Computed, fact: Any) -> set[int]:
    """Records of an object whose links lead to the fact's record, where one of its read fields changed."""
    chains = {links for of, name, links in one.reads if links and of == fact.object and name in fact.changes}
    found: set[int] = set()
    for chain in chains:
        found |= _leading_to(object, chain, {fact.record_id})
    return found


def _leading_to(object: str, chain: Sequence[str], ids: set[int]) -> set[int]:
    """Records of `object` from which these links lead to one of the ids."""
    path = [registry.get(object)]
    for name in chain[:-1]:
        path.append(registry.get(getattr(path[-1][name], "to", "")))
    for obj, name in zip(reversed(path), reversed(chain), strict=True):
        ids = _linking(obj, obj[name], ids)
        if not ids:
            break
    return ids


def _linking(obj: Object, link: Field, ids: Collection[int]) -> set[int]:
    by = system_actor(require_workspace_id(), "Guanxi")
    rule = row_rule(obj, by)
    sql = link.condition("in", sorted(ids), alias="r", context=field_context(by), vendor=connection.vendor)
    rows = fetch(
        f'SELECT r.id FROM "{obj.table}" r WHERE {rule.text} AND {sql.text}', (*rule.params, *sql.params)
    )
    return {row[0] for row in rows}


@transaction.atomic
def _recalculate_some(obj: Object, ids: Sequence[int], by: Actor) -> int:
    records = list(locked(obj.rows().filter(pk__in=ids).order_by("pk")))
    fields = [one for one in obj.fields if one.computed]
    before = [{one.name: one.to_json(one.get(record)) for one in fields} for record in records]
    compute(obj, records)
    now = datetime.now(UTC)
    rows, drafts = [], []
    for record, old in zip(records, before, strict=True):
        after = {one.name: one.to_json(one.get(record)) for one in fields}
        changes = {name: [old[name], value] for name, value in after.items() if old[name] != value}
        if not changes:
            continue
        record.version += 1
        rows.append((as_json(record.custom), record.version, now, record.workspace_id, record.pk))
        drafts.append(
            Draft(
                object=obj.name,
                verb="changed",
                record_id=record.pk,
                title=str(record),
                changes=changes,
                data={"computed": True},
                about=record.concerns(),
                version=record.version,
            )
        )
    run_many(
        f'UPDATE "{obj.table}" SET custom = {_json()}, version = %s, updated_at = %s'
        " WHERE workspace_id = %s AND id = %s",
        rows,
    )
    keep_places(obj, records)
    state_facts(drafts, by=by)
    return len(drafts)


def _json() -> str:
    return "%s::jsonb" if connection.vendor == "postgresql" else "%s"


def _workspace() -> Workspace:
    memory = remembered()
    found: Workspace | None = memory.get("workspace")
    if found is None:
        found = memory["workspace"] = Workspace.objects.get(pk=require_workspace_id())
    return found


def _fields_of_filter(text: str, obj: Object) -> list[str]:
    """The fields of an object that a filter asks for; raises FieldError for one that makes no sense."""
    by = system_actor(require_workspace_id(), "Guanxi")
    try:
        tree = parse_filter(text)
        compile_filter(tree, obj, by=by, context=field_context(by), vendor=connection.vendor)
    except FilterSyntaxError as problem:
        words = {"at": problem.at + 1, "message": str(problem)}
        raise FieldError("filter", _("character %(at)d: %(message)s") % words) from problem
    return [one.field.partition(".")[0] for one in conditions_of(tree)]


check_filters_by(_fields_of_filter)
