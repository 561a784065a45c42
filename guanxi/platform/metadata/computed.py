"""Fields that follow from others: what a workspace's formulas, roll-ups and lookups read, and in which order.

What is wrong with a definition is said before it is kept: the formula's character, a link that leads nowhere,
a circle. How values are computed and kept true is the engine's (`records/computing.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Decimal, Field, Integer, Link, Share
from guanxi.platform.metadata.formulas import FormulaError, check_formula, kind_of_field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.registry import Computed, RollUp

Settings = Mapping[str, Any]
Reads = tuple[tuple[str, str, tuple[str, ...]], ...]
BY_KIND = {"number": "decimal", "text": "text", "boolean": "boolean", "date": "date", "moment": "datetime"}
NUMBERS = ("decimal", "integer", "percent", "money")
_check_filter: Callable[[str, Object], Iterable[str]] | None = None


class FormulaFault(FieldError):
    """A formula that makes no sense; `at` and `length` say where."""

    def __init__(self, problem: FormulaError) -> None:
        place = _("character %(at)d: %(message)s") % {"at": problem.at + 1, "message": problem.message}
        super().__init__("formula", place)
        self.at = problem.at
        self.length = problem.length


def check_filters_by(check: Callable[[str, Object], Iterable[str]]) -> None:
    """Register who reads filters: a function of text and object; gives the fields, or raises FieldError."""
    global _check_filter
    _check_filter = check


def check_computed(obj: Object, name: str, type: str, settings: Settings) -> dict[str, Any]:
    """Settings with what follows from them (`result`, `shape`); raises FieldError for what makes no sense."""
    if type == "formula":
        settings = _check_formula(obj, settings)
    elif type == "lookup":
        settings = _check_lookup(obj, settings)
    else:
        settings = _check_roll_up(obj, settings)
    _refuse_circles(obj.name, name, computed_of(obj, name, type, settings))
    return dict(settings)


def computed_of(obj: Object, name: str, type: str, settings: Settings) -> Computed:
    """What a kept definition reads, by the objects as they are now. Never raises: fields may be archived."""
    told = bool(settings.get("for_all"))
    if type == "roll_up":
        one = RollUp(**{part: settings.get(part, "") for part in ("of", "link", "do", "field", "filter")})
        names = [one.link, *([one.field] if one.field else []), *_filter_names(one)]
        reads: Reads = tuple((one.of, part, ()) for part in names)
        return Computed(name, roll_up=one, reads=reads, for_all=told)
    source = settings["formula"] if type == "formula" else f"{settings['link']}.{settings['field']}"
    try:
        checked = check_formula(source, obj, find=find_object)
    except FormulaError:
        paths = ((settings["link"], settings["field"]),) if type == "lookup" else ()
        return Computed(name, formula=source, paths=paths, reads=tuple(_reads(obj, paths)), for_all=told)
    reads = tuple(_reads(obj, checked.paths))
    return Computed(
        name, formula=source, paths=checked.paths, reads=reads, timely=checked.timely, for_all=told
    )


def check_condition(obj: Object, source: str) -> str:
    """A formula that gives yes or no, as it is kept; raises FormulaFault with the place."""
    source = source.strip()
    try:
        checked = check_formula(source, obj, find=find_object)
        if checked.kind not in ("boolean", "nothing"):
            raise FormulaError(_("A condition gives yes or no."), 0, len(source))
    except FormulaError as problem:
        raise FormulaFault(problem) from problem
    return source


def in_order(computed: Iterable[Computed], object: str) -> list[Computed]:
    """Those that others of the same object read come before them."""
    waiting = {one.name: one for one in computed}
    found: list[Computed] = []

    def add(one: Computed) -> None:
        if waiting.pop(one.name, None) is None:
            return
        for of, name, _links in one.reads:
            if of == object and name in waiting:
                add(waiting[name])
        found.append(one)

    for one in list(waiting.values()):
        add(one)
    return found


def readers_of(object: str, name: str) -> list[tuple[str, str]]:
    """(object, field) of what is computed from a field, directly."""
    own = registry.of_workspace()
    every = own.computed.items() if own else ()
    return [
        (other, one.name)
        for other, computed in every
        for one in computed
        if any((of, field) == (object, name) for of, field, _links in one.reads)
    ]


def shape_of(settings: Settings) -> tuple[str, dict[str, Any]]:
    """The type of the values, and what its class is given beside."""
    return settings["result"], dict(settings.get("shape") or {})


def _check_formula(obj: Object, settings: Settings) -> dict[str, Any]:
    try:
        checked = check_formula(settings["formula"], obj, find=find_object)
    except FormulaError as problem:
        raise FormulaFault(problem) from problem
    result = BY_KIND.get(checked.kind)
    if result is None:
        raise FieldError("formula", _("The formula gives no value that a field could hold."))
    like: dict[str, Any] = _like(checked.like) if checked.like else {"result": result, "shape": {}}
    wanted = settings.get("result") or like["result"]
    if wanted != result and not (result == "decimal" and wanted in NUMBERS):
        raise FieldError("formula", _("The formula gives something else than was chosen."))
    told = {"for_all": True} if settings.get("for_all") else {}
    shown = like["shape"] if wanted == like["result"] else {}
    if "digits" in settings and wanted in ("decimal", "percent"):
        shown = {"digits": settings["digits"]}
    return {
        "formula": settings["formula"],
        "result": wanted,
        **shown,
        **({"shape": shown} if shown else {}),
        **told,
    }


def _check_lookup(obj: Object, settings: Settings) -> dict[str, Any]:
    link = obj.fields_by_name.get(settings["link"])
    if not isinstance(link, Link) or not registry.has(link.to):
        raise FieldError("settings", _("Say by which link."))
    field = registry.get(link.to).fields_by_name.get(settings["field"])
    if field is None or field.multiple or field.type == "about" or kind_of_field(field) is None:
        raise FieldError("settings", _("Say which field is shown."))
    return {**settings, **_like(field)}


def _check_roll_up(obj: Object, settings: Settings) -> dict[str, Any]:
    if not registry.has(settings["of"]):
        raise FieldError("settings", _("Say which records are counted."))
    child = registry.get(settings["of"])
    link = child.fields_by_name.get(settings["link"])
    if not isinstance(link, Link) or link.to != obj.name:
        raise FieldError("settings", _("Say by which link they lead here."))
    if settings["filter"] and _check_filter is not None:
        list(_check_filter(settings["filter"], child))
    if settings["do"] == "count":
        return {**settings, "field": "", "result": "integer", "shape": {"most": 2**53}}
    field = child.fields_by_name.get(settings["field"])
    if field is None or settings["do"] not in roll_ups_of(field):
        raise FieldError("settings", _("Say which field of theirs."))
    if settings["do"] in ("sum", "average"):
        return {**settings, "result": "money" if field.type == "money" else "decimal"}
    return {**settings, **_like(field)}


def roll_ups_of(field: Field) -> tuple[str, ...]:
    """The figures that a roll-up may make of this field of the records that it is over."""
    if field.multiple or field.type == "about" or kind_of_field(field) is None:
        return ()
    if field.type in ("integer", "decimal", "percent", "duration", "money", "rating"):
        return ("sum", "average", "min", "max", "first", "last")
    return ("min", "max", "first", "last") if field.type in ("date", "datetime") else ("first", "last")


def _like(field: Field) -> dict[str, Any]:
    """The type of another field, as kept settings."""
    shape: dict[str, Any] = {}
    if isinstance(field, Share):
        return {"result": "percent", "shape": {"digits": field.digits}}
    if isinstance(field, Link):
        shape = {"to": field.to}
    elif isinstance(field, Integer):
        shape = {"least": field.least, "most": field.most}
    elif isinstance(field, Decimal) and field.digits is not None:
        shape = {"digits": field.digits}
    elif options := getattr(field, "options", ()):
        shape = {
            "options": [
                {"value": one.value, "label": one.label.everywhere(), "tone": one.tone} for one in options
            ]
        }
    return {"result": field.type, "shape": shape}


def _reads(obj: Object, paths: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every field along the paths, with the links that lead to it."""
    for path in paths:
        at: Object | None = obj
        for place, part in enumerate(path):
            if at is None:
                break
            yield at.name, part, path[:place]
            field = at.fields_by_name.get(part)
            at = find_object(field.to) if isinstance(field, Link) else None


def _refuse_circles(object: str, name: str, candidate: Computed) -> None:
    own = registry.of_workspace()
    known = {
        (other, one.name): one
        for other, computed in (own.computed.items() if own else ())
        for one in computed
    }
    known[object, name] = candidate
    seen: set[tuple[str, str]] = set()
    waiting = [(of, field) for of, field, _links in candidate.reads]
    while waiting:
        at = waiting.pop()
        if at == (object, name):
            raise FieldError("circle", _("The field would be computed from itself."))
        if at not in seen and at in known:
            seen.add(at)
            waiting += [(of, field) for of, field, _links in known[at].reads]


def _filter_names(one: RollUp) -> list[str]:
    if not one.filter or _check_filter is None or not registry.has(one.of):
        return []
    try:
        return list(_check_filter(one.filter, registry.get(one.of)))
    except FieldError:
        return []


def find_object(name: str) -> Object | None:
    """Where links lead, for those who check formulas."""
    return registry.get(name) if registry.has(name) else None
