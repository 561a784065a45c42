"""What a workspace asks of its records: rules that must hold, fields that are needed or shown by a condition.

One place for every door: the verbs ask before they save, the import before it writes, forms what to show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.formulas import Given, compile_formula, parse_formula
from guanxi.platform.metadata.formulas.language import names_in
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.registry import Rule
from guanxi.platform.records.computing import givens

Errors = dict[str, list[FieldError]]
WHOLE = "record"  # as the field of an error that is of no single one


Hold = Callable[[Object, Mapping[int, Collection[str]]], Mapping[int, Errors]]
_holds: list[Hold] = []


def hold_records(hold: Hold) -> Hold:
    """Register who says which records must not be changed now: (object, id → fields) → id → why not."""
    if hold not in _holds:
        _holds.append(hold)
    return hold


def require_free(obj: Object, record_id: int, changed: Collection[str]) -> None:
    """Raise InvalidValues where somebody holds the record as it is: it waits for an approval."""
    if errors := held_records(obj, {record_id: changed}).get(record_id):
        raise InvalidValues(errors)


def held_records(obj: Object, changed: Mapping[int, Collection[str]]) -> dict[int, Errors]:
    """Of records with the fields that are to change those that somebody holds as they are, and why."""
    found: dict[int, Errors] = {}
    for hold in _holds:
        found |= hold(obj, changed)
    return found


def rules_of(obj: Object) -> Sequence[Rule]:
    """What is asked of the object's records."""
    own = registry.of_workspace()
    return own.rules.get(obj.name, ()) if own is not None else ()


def require_rules(
    obj: Object,
    record: Any,
    changed: Collection[str] | None = None,
    *,
    asked: Sequence[Rule] | None = None,
) -> None:
    """Raise InvalidValues for what a record breaks; its computed fields are filled.

    With `changed` only rules that read one of these fields are asked: what was there before may stay.
    `asked` is `rules_of(obj)`, for who has many records and looks once.
    """
    if found := broken_rules(obj, [record], changed, asked=asked)[0]:
        raise InvalidValues(found)


def broken_rules(
    obj: Object,
    records: Sequence[Any],
    changed: Collection[str] | None = None,
    *,
    asked: Sequence[Rule] | None = None,
) -> list[Errors]:
    """For each record: field name → what is wrong, "record" for what is of no single field."""
    asked = rules_of(obj) if asked is None else asked
    rules = [one for one in asked if changed is None or _concerns(one, set(changed))]
    if not any(one.asks != "show" for one in rules):
        return [{} for _record in records]
    shows = {one.field: one for one in asked if one.asks == "show"}
    paths = [path for one in (*rules, *shows.values()) for path in one.paths]
    return [
        _broken(obj, record, given, rules, shows)
        for record, given in zip(records, givens(obj, records, paths), strict=True)
    ]


def hidden_fields(obj: Object, record: Any) -> set[str]:
    """Fields that are not shown for this record as it is; the conditions read all of it, whoever looks."""
    obj = registry.get(obj.name)
    shows = _shows(obj)
    if not shows:
        return set()
    given = givens(obj, [record], [path for one in shows for path in one.paths])[0]
    return {one.field for one in shows if compile_formula(one.formula)(given) is not True}


def shown_by(obj: Object) -> dict[str, set[str]]:
    """Fields that are shown by a condition → the fields that it reads."""
    return {one.field: {path[0] for path in one.paths} for one in _shows(obj)}


def _shows(obj: Object) -> list[Rule]:
    """What shows fields: those that the product brings, and those of the workspace."""
    return [*_shipped_shows(obj.name), *(one for one in rules_of(obj) if one.asks == "show")]


@lru_cache(maxsize=512)
def _shipped_shows(name: str) -> tuple[Rule, ...]:
    shipped = registry.shipped(name)
    return tuple(
        Rule("show", one.shown_if, one.name, _paths_of(one.shown_if))
        for one in (shipped.fields if shipped is not None else ())
        if one.shown_if
    )


def _paths_of(formula: str) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(read.path for read in names_in(parse_formula(formula))))


def _concerns(one: Rule, changed: set[str]) -> bool:
    read = {path[0] for path in one.paths}
    return bool(changed & (read | {one.field} if one.asks == "require" else read))


def _broken(obj: Object, record: Any, given: Given, rules: Sequence[Rule], shows: dict[str, Rule]) -> Errors:
    found: Errors = defaultdict(list)
    for one in rules:
        says = compile_formula(one.formula)(given) if one.asks != "show" else None
        if one.asks == "hold" and says is False:
            found[one.field or WHOLE].append(FieldError("rule", str(one.message)))
        elif one.asks == "require" and says is True and one.field in obj.fields_by_name:
            field, shown = obj[one.field], shows.get(one.field)
            visible = shown is None or compile_formula(shown.formula)(given) is True
            if visible and field.is_empty(field.get(record)):
                words = _("%(field)s is needed.") % {"field": field.label}
                found[one.field].append(FieldError("required", words))
    return dict(found)
