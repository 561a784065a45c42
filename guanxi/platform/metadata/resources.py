"""Doors of the API to what is no object: requests for approval, runs of workflows, reasons of a score.

The room that has them says here what can be asked of them, and the API serves and describes it: the two are
neighbours that do not know each other. A door is a function of a `Call`; what it raises (NotFound, Refused,
InvalidValues, FieldError) the API says as it says it of records. To ask for the right is the function's own
matter, as in every verb; what a token may do is asked before (`of`, see `Door`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, BinaryIO

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues

if TYPE_CHECKING:
    from guanxi.platform.files.models import StoredFile

Schema = Mapping[str, Any]
TEXT: Schema = {"type": "string"}
KEY: Schema = {"type": "string", "pattern": r"^\d{1,19}$"}
WHOLE: Schema = {"type": "integer"}
YES: Schema = {"type": "boolean"}
MAYBE: Schema = {"type": ["string", "null"]}
MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
FILE: Schema = {"type": "string", "format": "binary"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "boolean": (bool,), "object": (dict,), "array": (list,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was sent: the name that was said with it ("": none), and its bytes, in pieces."""

    name: str
    chunks: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class ToldFile:
    """An answer that is a file, under a name; as a picture to be shown, where it is one."""

    file: StoredFile
    name: str
    picture: bool = False


@dataclass(frozen=True, slots=True)
class MadeFile:
    """An answer that is a file made for it and kept nowhere; whoever sends it closes it."""

    content: BinaryIO
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, for which one (0: for all), what the address says and what was sent (checked).

    file   what was sent to a door that takes a file
    """

    by: Actor
    id: int
    asked: Mapping[str, str]
    sent: Mapping[str, Any]
    file: SentFile | None = None

    def key(self, name: str) -> int:
        """A key from the address or from what was sent; 0 where none is. Raises InvalidValues."""
        given = str(self.sent.get(name) or self.asked.get(name) or "")
        if not given:
            return 0
        if not (given.isascii() and given.isdecimal() and len(given) <= 19 and int(given) < 2**63):
            said = _("“%(value)s” is no key of a record.") % {"value": given[:40]}
            raise InvalidValues({name: [FieldError("key", said)]})
        return int(given)


@dataclass(frozen=True, slots=True)
class Door:
    """One thing that can be asked.

    path     below the address of its resource: "", "{id}", "{id}/approval"
    name     in the description, one for all doors of the product: "approve_request"
    do       answers with what becomes JSON, or with a ToldFile or MadeFile; None is an answer without a body
    answers  the schema of the answer; FILE for bytes, None for one without a body
    asked    what the address may say after the ?: name → schema
    takes    what may be sent: name → schema
    needs    what of both must be said
    file     whether a file is sent, and nothing else: as the body, or as the part “file” of a form
    status   of an answer that has a body
    changes  False of one that is no GET and changes nothing all the same: it may be asked twice
    """

    method: str
    path: str
    name: str
    summary: str
    do: Callable[[Call], Any]
    answers: Schema | None = None
    asked: Mapping[str, Schema] = field(default_factory=dict)
    takes: Mapping[str, Schema] = field(default_factory=dict)
    needs: Sequence[str] = ()
    file: bool = False
    status: int = 200
    changes: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """What stands under one address: /api/v1/<name>. Names have a hyphen or are kept from own objects."""

    name: str
    about: str
    doors: Sequence[Door]


RESOURCES: dict[str, Resource] = {}


def offer(resource: Resource) -> None:
    """Serve it from now on: said when Django starts."""
    RESOURCES[resource.name] = resource


def one_of(properties: Mapping[str, Schema], *, needs: Sequence[str] = ()) -> Schema:
    """The schema of a mapping with these parts."""
    return {"type": "object", "properties": dict(properties), **({"required": [*needs]} if needs else {})}


def many_of(schema: Schema) -> Schema:
    """The schema of a page: `next` is the `before` of the one that follows."""
    return one_of({"data": {"type": "array", "items": schema}, "next": MAYBE}, needs=("data",))


def checked(door: Door, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was sent, if the door takes it; raises InvalidValues that names every wrong part."""
    errors: dict[str, list[FieldError]] = {}
    for name, value in sent.items():
        schema = door.takes.get(name)
        if schema is None:
            said = _("“%(name)s” is not known here.") % {"name": name[:60]}
            errors[name[:60]] = [FieldError("unknown_field", said)]
        elif not _fits(value, schema):
            errors[name] = [FieldError("type", _("Of another kind than is described."))]
        elif fault := _beyond(value, schema) or _unkeepable(value):
            errors[name] = [fault]
    for name in door.needs:
        if name in door.takes and sent.get(name) in (None, ""):
            errors.setdefault(name, [FieldError("required", _("This is needed."))])
    if errors:
        raise InvalidValues(errors)
    return sent


def refuse_unknown(said: Iterable[str], known: Iterable[str]) -> None:
    """Raises FieldError for the first parameter that is not known, naming the one that may be meant."""
    names = [*known]
    name = next((one for one in said if one not in names), None)
    if name is None:
        return
    near = get_close_matches(name, names, n=1)
    if near:
        words = _("“%(name)s” is not known here. Is “%(near)s” meant?")
    elif names:
        words = _("“%(name)s” is not known here. What is known: %(names)s.")
    else:
        words = _("“%(name)s” is not known here: no parameters are.")
    filled = {"name": name[:60], "near": "".join(near), "names": ", ".join(names)}
    raise FieldError("unknown_parameter", words % filled)


def checked_asked(door: Door, said: Mapping[str, str]) -> Mapping[str, str]:
    """What the address says after the ?, if it is what the door asks for.

    Raises FieldError, and InvalidValues for what is missing.
    """
    refuse_unknown(said, door.asked)
    for name, text in said.items():
        schema = door.asked[name]
        value: Any = text
        if "integer" in schema.get("type", ""):
            value = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else text
        if not text:  # as if it were left out, as forms send it
            continue
        if not _fits(value, {"type": "string", **schema}):
            raise FieldError("type", _("“%(name)s” is of another kind than is described.") % {"name": name})
        if fault := _beyond(value, schema) or _unkeepable(text):
            raise FieldError(fault.code, f"{name}: {fault}")
    if missing := [name for name in door.needs if name in door.asked and not said.get(name)]:
        raise InvalidValues({name: [FieldError("required", _("This is needed."))] for name in missing})
    return {name: text for name, text in said.items() if text}


def _fits(value: Any, schema: Schema) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if value is None:
        return "null" in types
    able = tuple(each for one in types for each in _TYPES.get(one, ()))
    if isinstance(value, list) and "items" in schema:
        return list in able and all(_fits(one, schema["items"]) for one in value)
    return isinstance(value, able) and not (isinstance(value, bool) and bool not in able)


def _unkeepable(value: Any) -> FieldError | None:
    """Of signs that no database keeps: NUL, and halves of a pair."""
    if isinstance(value, str):
        halves = not value.isascii() and value.encode("utf-8", "ignore").decode() != value
        return (
            FieldError("text", _("This has signs that can't be kept.")) if "\0" in value or halves else None
        )
    if isinstance(value, Mapping):
        value = [*value, *value.values()]
    parts = (_unkeepable(one) for one in value) if isinstance(value, list) else iter(())
    return next((one for one in parts if one), None)


def _beyond(value: Any, schema: Schema) -> FieldError | None:
    """What of its kind is too long, too short, too much or ill formed, by the bounds that are described."""
    if isinstance(value, str):
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        if most is not None and len(value) > most:
            return FieldError("too_long", _("At most %(most)d characters.") % {"most": most})
        if len(value) < least:
            return FieldError("too_short", _("At least %(least)d characters.") % {"least": least})
        if value and not re.search(schema.get("pattern", ""), value):
            return FieldError("pattern", _("Of another form than is described."))
    elif isinstance(value, int):
        if value < schema.get("minimum", value):
            return FieldError("range", _("Not less than %(least)d.") % {"least": schema["minimum"]})
        if value > schema.get("maximum", value):
            return FieldError("range", _("Not more than %(most)d.") % {"most": schema["maximum"]})
    elif isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            return FieldError("too_many", _("At most %(most)d of them.") % {"most": schema["maxItems"]})
        faults = (_beyond(one, schema["items"]) for one in value) if "items" in schema else iter(())
        return next((one for one in faults if one), None)
    return None
