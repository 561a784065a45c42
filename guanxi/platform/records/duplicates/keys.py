"""Match keys: what two records that are the same one have in common, made from the types of their fields.

    phone    the number in E.164                  id     what tells records apart: tax number, WeChat
    email    the mailbox                          name   the title as it is compared
    domain   the host of a firm's site and mail   sound  the title in Latin letters
    address  street and number with the city      mate   the same name at the same company

A key is plain text; its kind says how strong a proof it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from guanxi.platform.metadata.fields import Address, Addresses, Emails, Field, Link, Phones, Text, Url
from guanxi.platform.metadata.fields.text import host_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.duplicates import normal

Kind = Literal["phone", "email", "domain", "name", "sound", "mate", "address", "id"]
KINDS: tuple[Kind, ...] = ("phone", "email", "domain", "id", "name", "sound", "mate", "address")
LONGEST = 120
LEAST_DIGITS = 6  # a shorter number is an extension
MOST_KEYS = 60  # of one record
NO_IDS = {"external_id", "source"}  # two systems give the same number to different people

Read = Callable[[str], Any]  # a field's name → its value


class Key(NamedTuple):
    """One match key, and the field that it comes from."""

    kind: Kind
    key: str
    field: str


class Shape(NamedTuple):
    """How an object's records are named: people, companies or other things; and whose people they are."""

    naming: Literal["company", "person", "thing"]
    link: str  # the field of the company that a person works for, or ""
    fields: tuple[str, ...]  # those that keys are made of


def keys_of(obj: Object, read: Read) -> list[Key]:
    """The match keys of a record, each once."""
    found = {(one.kind, one.key): one for one in _keys(obj, read) if one.key}
    return list(found.values())[:MOST_KEYS]


def asked_keys(obj: Object, read: Read) -> list[Key]:
    """The keys by which others that are the same are looked for.

    青禾 asks for what sounds so in Latin letters, Qinghe for what does in Chinese; two Chinese names
    that only sound alike are two.
    """
    return [_across(one) if one.kind == "sound" else one for one in keys_of(obj, read)]


def shape_of(obj: Object) -> Shape:
    """What kinds of keys an object has; kept with the object."""
    kept = obj.__dict__
    if "match_shape" not in kept:
        kept["match_shape"] = _shape(obj)
    found: Shape = kept["match_shape"]
    return found


def kinds_of(obj: Object) -> list[Kind]:
    """The kinds that records of this object can have."""
    shape = shape_of(obj)
    found: set[Kind] = {"name", "sound"} if shape.naming != "thing" else {"name"}
    for name in shape.fields:
        found |= _kinds_of_field(obj, obj[name], shape)
    if shape.link:
        found.add("mate")
    return [kind for kind in KINDS if kind in found]


def _shape(obj: Object) -> Shape:
    naming: Literal["company", "person", "thing"] = "thing"
    if obj.square:
        naming = "company"
    elif obj.face and any(isinstance(one, Phones | Emails) for one in obj.fields):
        naming = "person"
    link = ""
    if naming == "person":
        link = next((name for name in obj.subtitle if obj[name].type == "link"), "")
    keyed = [
        one.name
        for one in obj.fields
        if isinstance(one, Phones | Emails | Url | Addresses | Address)
        or _is_id(obj, one)
        or one.name in (obj.title, link)
    ]
    return Shape(naming, link, tuple(keyed))


def _is_id(obj: Object, field: Field) -> bool:
    return (
        isinstance(field, Text)
        and not isinstance(field, Url)
        and (field.identifies or field.unique)
        and field.name != obj.title
        and field.name not in NO_IDS
        and not field.computed
    )


def _kinds_of_field(obj: Object, field: Field, shape: Shape) -> set[Kind]:
    if isinstance(field, Phones):
        return {"phone"}
    if isinstance(field, Emails):
        return {"email", "domain"} if shape.naming == "company" else {"email"}
    if isinstance(field, Url):
        return {"domain"} if field.identifies else set()
    if isinstance(field, Addresses | Address):
        return {"address"}
    return {"id"} if _is_id(obj, field) else set()


def _keys(obj: Object, read: Read) -> Iterator[Key]:
    shape = shape_of(obj)
    for name in shape.fields:
        value, field = read(name), obj[name]
        if field.is_empty(value):
            continue
        if name == obj.title:
            yield from _named(obj, str(value), read, shape)
        elif isinstance(field, Phones):
            for point in value:
                digits = sum(sign.isdigit() for sign in point["number"])
                if digits >= LEAST_DIGITS:
                    yield Key("phone", _short(point["number"]), name)
        elif isinstance(field, Emails):
            for point in value:
                yield Key("email", _short(normal.email(point["email"])), name)
                if shape.naming == "company" and (host := normal.host_of_firm(point["email"])):
                    yield Key("domain", _short(host), name)
        elif isinstance(field, Url):
            if field.identifies:
                yield Key("domain", _short(host_of(str(value))), name)
        elif isinstance(field, Addresses | Address):
            for point in value if field.multiple else [value]:
                if line := normal.street(point.get("street", "")):
                    yield Key("address", _short(f"{normal.plain_name(point.get('city', ''))} {line}"), name)
        elif not isinstance(field, Link):
            yield Key("id", _short(f"{name} {normal.code(str(value))}"), name)


def _named(obj: Object, title: str, read: Read, shape: Shape) -> Iterator[Key]:
    if shape.naming == "company":
        name, sounds = normal.company_name(title), [normal.sounds_of_company(title)]
    elif shape.naming == "person":
        name, sounds = normal.person_name(title), normal.sounds_of_person(title)
    else:
        name, sounds = normal.plain_name(title), []
    yield Key("name", _short(name), obj.title)
    script = "han" if normal.has_han(name) else "latin"
    for sound in sounds:
        if len(sound) > 3:
            yield Key("sound", _short(f"{script} {sound}"), obj.title)
    if shape.link and (company := read(shape.link)):
        yield Key("mate", _short(f"{company} {name}"), obj.title)


def _across(key: Key) -> Key:
    script, _space, sound = key.key.partition(" ")
    return key._replace(key=f"{'latin' if script == 'han' else 'han'} {sound}")


def _short(key: str) -> str:
    """A key as the table holds it: long ones by a part and a hash."""
    if len(key) <= LONGEST:
        return key
    return f"{key[: LONGEST - 33]} {hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"
