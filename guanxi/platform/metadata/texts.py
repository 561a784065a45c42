"""A workspace's own objects, fields, roles and hours as one readable file (TOML): written, compared, applied.

What is written can be applied to an empty workspace and gives the same. Applying goes through the verbs, so
rights, checks and facts are theirs; what a file does not name is left alone unless its removal is asked for,
and removing archives.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import labelled
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.hour_texts import (
    check_hours,
    flat_hours,
    hours_as_text,
    hours_tables,
    set_hours_as_text,
)
from guanxi.platform.metadata.kinds import KINDS
from guanxi.platform.metadata.layouts import TEXT_PARTS
from guanxi.platform.metadata.models import OwnField, OwnObject, Rule
from guanxi.platform.metadata.overlay import look_again
from guanxi.platform.metadata.role_texts import check_roles, roles_as_text, set_role_as_text
from guanxi.platform.metadata.shaping import (
    CHANGEABLE,
    OBJECT_CHANGEABLE,
    RULE_CHANGEABLE,
    add_field,
    add_object,
    add_rule,
    archive_field,
    archive_object,
    archive_rule,
    change_field,
    change_object,
    change_rule,
    may_shape,
    order_fields,
    restore_rule,
)
from guanxi.platform.metadata.text_places import fault_of, placed

LONGEST = 2_000_000
_OBJECT = ("plural", *OBJECT_CHANGEABLE)
_FIELD = ("type", *CHANGEABLE)
_KINDS_OF_PARTS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("label", "plural_label", "title_label", "help"), (str, dict)),
    **dict.fromkeys(("type", "plural", "formula", "field"), (str,)),
    **dict.fromkeys(("required", "unique", "touched"), (bool,)),
    "settings": (dict,),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that applying a file does. `what` is add, change or archive; `object`, or `object.field`."""

    what: str
    name: str
    changes: Mapping[str, tuple[Any, Any]]
    part: str = (
        ""  # "layouts", "views": the name is then object.part.key; "roles": roles.key; "hours": hours.key
    )

    def __str__(self) -> str:
        return f"{_SIGNS[self.what]} {self.name}" + "".join(
            f"\n    {name}: {old!r} → {new!r}" for name, (old, new) in self.changes.items()
        )


_SIGNS = {"add": "+", "change": "~", "archive": "-"}


def write_shape(*, by: Actor) -> str:
    """The workspace's own objects and fields that are in use, as TOML. Raises Refused."""
    if not may_shape(by):
        raise Refused("object.export")
    return to_toml(shape_of_workspace())


def shape_of_workspace() -> dict[str, Any]:
    """{"objects": {name: {…, "fields": {name: {…}}}}}: what is in use, in order."""
    found: dict[str, Any] = {}
    for row in OwnObject.objects.filter(archived_at=None).order_by("position", "id"):
        found[row.name] = _filled({name: getattr(row, name) for name in _OBJECT})
    # What the product keeps comes back with what keeps it.
    for one in OwnField.objects.filter(archived_at=None, kept_by="").order_by("object", "position", "id"):
        values = {name: getattr(one, name) for name in _FIELD}
        kind = KINDS[one.type]  # of what is computed, what checking found beside follows from what was said
        values["settings"] = kind.read(one.settings) if kind.computed else one.settings
        found.setdefault(one.object, {}).setdefault("fields", {})[one.name] = _filled(values)
    for rule in Rule.objects.filter(archived_at=None).order_by("object", "position", "id"):
        values = _filled({name: getattr(rule, name) for name in RULE_CHANGEABLE})
        found.setdefault(rule.object, {}).setdefault("rules", {})[rule.name] = values
    for part in TEXT_PARTS.values():
        for name, kept in part.read().items():
            if kept and registry.has(name):
                found.setdefault(name, {})[part.name] = kept
    hours = hours_as_text()
    return {"objects": found, "roles": roles_as_text()} | ({"hours": hours} if hours else {})


def read_shape(text: str) -> dict[str, Any]:
    """A file as `shape_of_workspace` gives it; raises FieldError with the line for what is no such file."""
    if len(text) > LONGEST:
        raise FieldError("file", _("The file is too large."))
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise FieldError("file", fault_of(text, problem)) from problem
    beside = {"roles", "hours"} & set(found)
    objects = found.setdefault("objects", {}) if beside else found.get("objects")
    check_roles(found.get("roles", {}))
    check_hours(found.get("hours", {}))
    if "hours" in found:
        found["hours"] = flat_hours(found["hours"])
    if set(found) - {"objects", "roles", "hours"} or not isinstance(objects, dict):
        raise FieldError("file", _("The file has no objects."))
    for name, one in objects.items():
        here = ("objects", name)
        _check_parts(text, here, one, {*_OBJECT, "fields", "rules", *TEXT_PARTS})
        for part in (*TEXT_PARTS, "fields", "rules"):
            for key, values in _tables(text, (*here, part), one.get(part)):
                if part == "fields":
                    _check_parts(text, (*here, part, key), values, set(_FIELD), needs="type")
                elif part == "rules":
                    _check_parts(text, (*here, part, key), values, set(RULE_CHANGEABLE), needs="formula")
    return found


def _tables(text: str, path: tuple[str, ...], kept: Any) -> list[tuple[str, Any]]:
    """The tables in a part of an object, by their names; raises FieldError where they are none."""
    if not kept:
        return []
    if not isinstance(kept, dict) or not all(isinstance(values, dict) for values in kept.values()):
        words = _("“%(name)s” is to be made of tables.") % {"name": path[-1]}
        raise FieldError("file", placed(text, path, words))
    return list(kept.items())


def _check_parts(text: str, path: tuple[str, ...], kept: Any, known: set[str], *, needs: str = "") -> None:
    """Raises FieldError, with line and column, for parts that are not known and for one that is missing."""
    if not isinstance(kept, dict):
        words = _("“%(name)s” is to be made of tables.") % {"name": path[-1]}
        raise FieldError("file", placed(text, path, words))
    if wrong := sorted(set(kept) - known):
        words = _("“%(name)s” has no part “%(part)s”.") % {"name": path[-1], "part": wrong[0][:60]}
        raise FieldError("file", placed(text, (*path, wrong[0]), words))
    for part, value in kept.items():
        if part in _KINDS_OF_PARTS and not isinstance(value, _KINDS_OF_PARTS[part]):
            words = labelled(f"{path[-1]}.{part}", _("Of another kind than is described."))
            raise FieldError("file", placed(text, (*path, part), words))
    if needs and needs not in kept:
        words = _("“%(name)s” lacks “%(part)s”.") % {"name": path[-1], "part": needs}
        raise FieldError("file", placed(text, path, words))


def told_wrong(text: str, wrong: InvalidValues) -> list[str]:
    """What applying a text was refused for, each with the line and column of what it is about."""
    return [
        placed(text, _path_of(wrong.about or name), labelled(name, one.message))
        for name, found in wrong.errors.items()
        for one in found
    ]


def _path_of(name: str) -> tuple[str, ...]:
    """Where in a text what a step is called is said: "machine.size" among the fields of its object."""
    parts = name.split(".", 2)
    if parts[0] in ("roles", "hours"):
        return (parts[0], name.partition(".")[2])
    if len(parts) == 2:
        return ("objects", parts[0], "fields", parts[1])
    return ("objects", *parts)


def steps_to(shape: Mapping[str, Any], *, remove: bool = False) -> list[Step]:
    """What applying a file would do now."""
    now = shape_of_workspace()
    found = list(_steps(now["objects"], shape["objects"], remove))
    found += _role_steps(now["roles"], shape.get("roles"), remove)
    return [*found, *_hour_steps(now.get("hours", {}), shape.get("hours"), remove)]


def try_shape(shape: Mapping[str, Any], *, by: Actor, remove: bool = False) -> list[Step]:
    """What applying a file would do, by doing it and taking all of it back; raises what applying raises."""
    steps: list[Step] = []
    try:
        with transaction.atomic():
            steps = apply_shape(shape, by=by, remove=remove)
            raise _TakenBack
    except _TakenBack:
        return steps
    finally:
        look_again()


class _TakenBack(Exception):
    pass


@transaction.atomic
def apply_shape(shape: Mapping[str, Any], *, by: Actor, remove: bool = False) -> list[Step]:
    """Do it, all or nothing; raises Refused, and InvalidValues that names the object or field."""
    if not may_shape(by):
        raise Refused("object.import")
    steps = steps_to(shape, remove=remove)
    plain = [step for step in steps if not step.part]
    later: list[tuple[str, dict[str, Any]]] = []
    for step in plain:
        try:
            _do(step, shape["objects"], by, later)
        except InvalidValues as problem:
            said = [FieldError(one.code, one.message) for found in problem.errors.values() for one in found]
            raise InvalidValues({step.name: said}) from problem
        except NotFound as problem:
            gone = FieldError("unknown", _("There is no object of this name."))
            raise InvalidValues({step.name: [gone]}) from problem
    for name, values in later:  # boards and columns name fields that are made by now
        change_object(OwnObject.objects.get(name=name).pk, values, by=by)
    for name, one in shape["objects"].items():
        if one.get("fields"):
            order_fields(name, list(one["fields"]), by=by)
    for step in steps:  # they name objects and fields that are there by now
        try:
            _do_part(step, shape, by)
        except InvalidValues as problem:
            problem.about = step.name
            raise
    return steps


def _do_part(step: Step, shape: Mapping[str, Any], by: Actor) -> None:
    """A step of what stands beside the fields and rules of objects; nothing for those."""
    if step.part == "roles":
        key = step.name.removeprefix("roles.")
        set_role_as_text(key, (shape.get("roles") or {}).get(key), by)
    elif step.part == "hours":
        key = step.name.removeprefix("hours.")
        set_hours_as_text(key, (shape.get("hours") or {}).get(key), by)
    elif step.part:
        name, key = step.name.split(".", 2)[0], step.name.split(".", 2)[2]
        wanted = (shape["objects"].get(name) or {}).get(step.part) or {}
        TEXT_PARTS[step.part].write(name, key, wanted.get(key), by)


def to_toml(shape: Mapping[str, Any]) -> str:
    """Tables for objects and fields, one line for each value."""
    lines: list[str] = []
    for name, one in shape["objects"].items():
        lines += [f"[objects.{name}]", *_lines(one), ""]
        for field, values in (one.get("fields") or {}).items():
            lines += [f"[objects.{name}.fields.{field}]", *_lines(values), ""]
        for rule, values in (one.get("rules") or {}).items():
            lines += [f"[objects.{name}.rules.{rule}]", *_lines(values), ""]
        for part in TEXT_PARTS:
            for key, values in (one.get(part) or {}).items():
                lines += [f"[objects.{name}.{part}.{_key(key)}]", *_lines(values), ""]
    for key, role in (shape.get("roles") or {}).items():
        lines += [f"[roles.{_key(key)}]", *_lines({"name": role["name"]} if "name" in role else {}), ""]
        for name, grant in role["grants"].items():
            lines += [f"[roles.{_key(key)}.grants.{_key(name)}]", *_each_line(grant), ""]
    for group, names, values in hours_tables(shape.get("hours") or {}):
        table = ".".join(["hours", group, *(_key(one) for one in names)])
        lines += [f"[{table}]", *_each_line(values), ""]
    return "\n".join(lines)


# Comparing


def _steps(now: Mapping[str, Any], wanted: Mapping[str, Any], remove: bool) -> Iterator[Step]:
    own = set(OwnObject.objects.filter(archived_at=None).values_list("name", flat=True))
    for name, one in wanted.items():
        if "label" in one and name not in own:
            yield Step("add", name, {})
        elif name in own and (changes := _changes(now[name], one, _OBJECT)):
            yield Step("change", name, changes)
    for name, one in wanted.items():
        there = (now.get(name) or {}).get("fields") or {}
        fields = one.get("fields") or {}
        for field in sorted(fields, key=lambda word: _rank(fields[word])):
            if field not in there:
                yield Step("add", f"{name}.{field}", {})
            elif changes := _changes(there[field], fields[field], _FIELD):
                yield Step("change", f"{name}.{field}", changes)
        if remove:
            gone = sorted(set(there) - set(fields), key=lambda word: -_rank(there[word]))
            yield from (Step("archive", f"{name}.{field}", {}) for field in gone)
        yield from _rule_steps(name, (now.get(name) or {}).get("rules") or {}, one.get("rules") or {}, remove)
    for name, one in wanted.items():
        for part in TEXT_PARTS:
            yield from _part_steps(name, part, (now.get(name) or {}).get(part) or {}, one.get(part), remove)
    if remove:
        yield from (Step("archive", name, {}) for name in sorted(own - set(wanted)))


def _rule_steps(
    name: str, there: Mapping[str, Any], wanted: Mapping[str, Any], remove: bool
) -> Iterator[Step]:
    for rule, values in wanted.items():
        if rule not in there:
            yield Step("add", f"{name}.rules.{rule}", {})
        elif changes := _changes(there[rule], values, RULE_CHANGEABLE):
            yield Step("change", f"{name}.rules.{rule}", changes)
    if remove:
        yield from (Step("archive", f"{name}.rules.{rule}", {}) for rule in sorted(set(there) - set(wanted)))


def _part_steps(
    name: str, part: str, there: dict[str, Any], wanted: Mapping[str, Any] | None, remove: bool
) -> Iterator[Step]:
    for key, values in (wanted or {}).items():
        if key not in there:
            yield Step("add", f"{name}.{part}.{key}", {}, part)
        elif there[key] != values:
            names = sorted({*there[key], *values})
            changes = {
                one: (there[key].get(one), values.get(one))
                for one in names
                if there[key].get(one) != values.get(one)
            }
            yield Step("change", f"{name}.{part}.{key}", changes, part)
    if remove:
        yield from (
            Step("archive", f"{name}.{part}.{key}", {}, part)
            for key in reversed(there)  # what is made of others stands after them, and goes first
            if key not in (wanted or {})
        )


def _hour_steps(now: Mapping[str, Any], wanted: Mapping[str, Any] | None, remove: bool) -> Iterator[Step]:
    """Hours that a file does not name stay; where it names any, removing takes the others away."""
    for key, week in (wanted or {}).items():
        there = now.get(key)
        if there is None:
            yield Step("add", f"hours.{key}", {}, "hours")
        elif there != week:
            days = [one for one in {**there, **week} if there.get(one) != week.get(one)]
            changes = {one: (there.get(one), week.get(one)) for one in days}
            yield Step("change", f"hours.{key}", changes, "hours")
    if remove and wanted:
        yield from (Step("archive", f"hours.{key}", {}, "hours") for key in now if key not in wanted)


def _role_steps(now: Mapping[str, Any], wanted: Mapping[str, Any] | None, remove: bool) -> Iterator[Step]:
    """Roles that a file does not name stay; where it names any, removing takes the others away."""
    for key, role in (wanted or {}).items():
        there = now.get(key)
        if there is None:
            yield Step("add", f"roles.{key}", {}, "roles")
            continue
        grants = {name: _filled(one) for name, one in (role.get("grants") or {}).items()}
        old = {name: _filled(one) for name, one in there["grants"].items()}
        changes = {
            f"grants.{name}": (old.get(name), grants.get(name))
            for name in sorted({*old, *grants})
            if old.get(name) != grants.get(name)
        }
        if "name" in role and role["name"] != there.get("name", ""):
            changes["name"] = (there.get("name"), role["name"])
        if changes:
            yield Step("change", f"roles.{key}", changes, "roles")
    if remove and wanted is not None:
        own = (key for key, role in now.items() if role.get("name") == key)
        yield from (Step("archive", f"roles.{key}", {}, "roles") for key in own if key not in wanted)


def _rank(values: Mapping[str, Any]) -> int:
    """Computed fields are made when what they read is there."""
    return 2 if values.get("type") == "formula" else 1 if values.get("type") in ("lookup", "roll_up") else 0


def _changes(now: Mapping[str, Any], wanted: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {
        name: (now.get(name), wanted.get(name))
        for name in names
        if name in wanted and _differs(now.get(name), wanted[name], each=name == "settings")
    }


def _differs(now: Any, wanted: Any, *, each: bool) -> bool:
    """Of settings those that are named count: the others are left alone, as changing a field leaves them."""
    if each and isinstance(now, Mapping) and isinstance(wanted, Mapping):
        return any(
            _differing_options(now.get(name), value) if name == "options" else now.get(name) != value
            for name, value in wanted.items()
        )
    return bool(now != wanted)


def _differing_options(now: Any, wanted: Any) -> bool:
    """An option that a file leaves out is archived: one that is archived already is as the file wants it."""
    try:
        read: list[dict[str, Any]] = KINDS["choice"].read({"options": wanted})["options"]
    except FieldError:
        return bool(now != wanted)  # what is wrong with them is told where they are applied
    named = {one["value"] for one in read}
    return read != [one for one in now or () if one["value"] in named or not one["archived"]]


# Doing


def _do(step: Step, shape: Mapping[str, Any], by: Actor, later: list[tuple[str, dict[str, Any]]]) -> None:
    name, _dot, field = step.name.partition(".")
    if not field:
        _do_object(step, name, shape, by, later)
        return
    if field.startswith("rules."):
        _do_rule(step, name, field.removeprefix("rules."), shape, by)
        return
    values = dict((shape.get(name) or {}).get("fields", {}).get(field) or {})
    row = OwnField.objects.filter(object=name, name=field).first()
    match step.what:
        case "add" if row is not None:
            raise InvalidValues(
                {
                    field: [
                        FieldError(
                            "archived", _("There is an archived field of this name: bring it back first.")
                        )
                    ]
                }
            )
        case "add":
            add_field(object=name, name=field, by=by, **{"label": "", **values})
        case "change" if row is not None:
            if "type" in step.changes:
                said = _(
                    "A file can't change the type of a field: its own page shows first what would be lost."
                )
                raise InvalidValues({field: [FieldError("type", said)]})
            change_field(row.pk, {part: values[part] for part in step.changes}, by=by)
        case "archive" if row is not None:
            archive_field(row.pk, by=by)


def _do_rule(step: Step, object: str, name: str, shape: Mapping[str, Any], by: Actor) -> None:
    values = dict((shape.get(object) or {}).get("rules", {}).get(name) or {})
    row = Rule.objects.filter(object=object, name=name).first()
    if row is None:
        add_rule(object=object, name=name, by=by, **{"label": {}, **values})
    elif step.what == "archive":
        archive_rule(row.pk, by=by)
    else:
        if row.archived_at is not None:
            restore_rule(row.pk, by=by)
        change_rule(row.pk, values, by=by)


def _do_object(
    step: Step, name: str, shape: Mapping[str, Any], by: Actor, later: list[tuple[str, dict[str, Any]]]
) -> None:
    beside = {"fields", "rules", *TEXT_PARTS}
    values = {part: value for part, value in (shape.get(name) or {}).items() if part not in beside}
    if step.what == "add":
        rest = {part: values.pop(part) for part in ("board", "columns") if part in values}
        add_object(name=name, by=by, **{"label": "", **values})
        later += [(name, rest)] if rest else []
        return
    row = OwnObject.objects.get(name=name)
    if step.what == "archive":
        archive_object(row.pk, by=by)
    elif "plural" in step.changes:
        raise InvalidValues({name: [FieldError("plural", _("A name for programs stays for good."))]})
    else:
        later.append((name, {part: values[part] for part in step.changes}))


# Writing


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty, so that a file says only what there is to say."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {}, False)}


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if name not in ("fields", "rules") and name not in TEXT_PARTS:
            yield f"{name} = {value_as_text(value)}"


def _each_line(values: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        f"{_key(name)} = {value_as_text(value)}" for name, value in values.items() if value is not None
    )


def value_as_text(value: Any) -> str:
    """A value as the text has it: a TOML literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(
                f"{_key(key)} = {value_as_text(one)}" for key, one in value.items() if one is not None
            )
            + "}"
        )
    inner = ", ".join(value_as_text(one) for one in value)
    return (
        f"[{inner}]"
        if len(inner) < 90
        else "[\n" + "".join(f"    {value_as_text(one)},\n" for one in value) + "]"
    )


def _key(key: str) -> str:
    plain = key.replace("_", "").replace("-", "")
    return key if plain.isascii() and plain.isalnum() else _text(key)


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"'
        + "".join(sign if sign >= " " and sign != "\x7f" else f"\\u{ord(sign):04x}" for sign in escaped)
        + '"'
    )
