"""Values that every row has: what a file lacks, said once.

Kept in the plan as text and read as a cell would be.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Context, Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.importing.guessing import NOT_GIVEN
from guanxi.platform.records.importing.lookups import SEVERAL, Lookup, link_lookup
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.importing.values import CellProblem, Reading, make_converter

BETWEEN = re.compile("[;\uff1b|\n]")  # what parts the records that a cell names
COMMA = re.compile("[,\uff0c\u3001]")  # the same, where no record is called by the whole of it
LINKED = {"link", "member", "team"}
NOT_FIXABLE = {
    "about",
    "addresses",
    "address",
    "file",
    "image",
    "phones",
    "emails",
}  # several parts, which one text can't say


def fixable(plan: FilePlan) -> list[Field]:
    """The fields that one text can give to all rows: those that no column goes to, in the object's order."""
    obj = importable(plan.object)
    group = obj.board.group if obj.board else ""
    return [
        one
        for one in obj.fields
        if (one.name == group or not (one.readonly or one.hidden))
        and one.name != obj.title
        and one.type not in NOT_FIXABLE
        and not plan.goes_to(one.name)
    ]


def read_fixed(obj: Object, name: str, text: str, *, actor: Actor, context: Context) -> Any:
    """The value behind the text: an id for a link, ids for tags that are there. Raises FieldError.

    A group (a pipeline) need not be there yet: the import makes it, and this gives None.
    """
    field: Any = obj[name]
    if field.type == "tags":
        lookup = link_lookup(field, "", actor=actor, context=context)
        return [found for one in tag_names(text) if (found := lookup.get(one))]
    if field.type == "links":
        lookup = link_lookup(field, "", actor=actor, context=context)
        return [_found(field, lookup, one) for one in named_records(lookup, text)]
    if field.type in LINKED:
        lookup = link_lookup(field, "", actor=actor, context=context)
        if obj.board and name == obj.board.group:
            found = lookup.get(text)
            return found if found and found > 0 else None
        return _found(field, lookup, text)
    reading = Reading(order="YMD", zone=context.zone, not_given=NOT_GIVEN)
    try:
        return make_converter(field, context, reading)(text)
    except CellProblem as problem:
        raise FieldError(problem.code, problem.message) from problem


def named_records(lookup: Lookup, text: str) -> list[str]:
    """The records that a text names: parted by semicolons, or by commas where none is called by all of it."""
    pieces = BETWEEN.split(text)
    if len(pieces) == 1 and COMMA.search(text) and lookup.get(text) is None:
        pieces = COMMA.split(text)
    return [piece for one in pieces if (piece := one.strip())]


def _found(field: Field, lookup: Lookup, text: str) -> int:
    """The one record of that name; raises FieldError."""
    found = lookup.get(text)
    if found == SEVERAL:
        message = _("%(field)s: several are called “%(value)s”.")
        raise FieldError("several", message % {"field": field.label, "value": text})
    if not found:
        raise FieldError("not_there", _not_there(field, text, lookup.nearest(text)))
    return found


def tag_names(text: str) -> list[str]:
    """Tags are parted by commas, in either script."""
    return [name for one in text.replace("\uff0c", ",").split(",") if (name := one.strip())]


def _not_there(field: Field, text: str, nearest: str) -> str:
    said = _("%(field)s “%(value)s” is not there.") % {"field": field.label, "value": text}
    return said + " " + _("Is it “%(name)s”?") % {"name": nearest} if nearest else said
