"""A record that is named while another is written: who knows a customer's name need not leave the form first.

The form's search field offers to make what it does not find; it is made when the form is saved, in the same
transaction, so that a form that is refused leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.writing import create_record


def may_make(target: Object, by: Actor) -> bool:
    """Whether the actor may make one that has no more than its name."""
    if not (target.group and not target.part_of and by.may("create", target.name)):
        return False
    typed = {one.name: one for one in target.form_fields}
    needed = [one for one in typed.values() if one.required and one.default is None]
    return target.title in typed and all(one.name == target.title for one in needed)


def names_new(field: Field, raw: Any, by: Actor) -> bool:
    """Whether a search field asks for a new record of the words that stand in it."""
    if not (isinstance(field, Link) and isinstance(raw, Mapping) and raw.get("new")):
        return False
    return bool(raw["new"] == raw["text"] and may_make(registry.get(field.to), by))


def make_named(
    fields: Sequence[Field], raws: Mapping[str, Any], values: Mapping[str, Any], *, by: Actor
) -> dict[str, Any]:
    """The values with what search fields ask to be made; raises InvalidValues at the field that asks."""
    found = dict(values)
    for one in fields:
        raw: Any = raws.get(one.name)
        if values.get(one.name) == "" and isinstance(one, Link) and names_new(one, raw, by):
            found[one.name] = _made(one, raw["text"], by)
    return found


def _made(field: Link, title: str, by: Actor) -> int:
    try:
        made: Any = create_record(object=field.to, values={registry.get(field.to).title: title}, by=by)
    except InvalidValues as problem:
        said = [one for errors in problem.errors.values() for one in errors]
        raise InvalidValues({field.name: said}) from problem
    return int(made.pk)
