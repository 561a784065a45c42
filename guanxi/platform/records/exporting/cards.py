"""Address books: vCard 3.0 (RFC 2426), which every phone and mail program reads, a card for each record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guanxi.platform.i18n.names import split_name
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import require
from guanxi.platform.records.exporting.paging import pages, taken_out
from guanxi.platform.records.listing import ListQuery, Row
from guanxi.platform.records.titles import Key, Ref

_BY_TYPE = {"phones": "TEL", "emails": "EMAIL", "addresses": "ADR", "tags": "CATEGORIES", "url": "URL"}
_KINDS = {"mobile": "CELL", "work": "WORK", "office": "WORK", "home": "HOME", "fax": "FAX"}
_OCTETS = 75  # RFC 2426, 2.6: a longer line is folded


def has_cards(obj: Object) -> bool:
    """Whether its records can stand in an address book."""
    return any(one.type in {"phones", "emails"} for one in obj.fields)


def export_cards(query: ListQuery, *, by: Actor) -> Iterator[str]:
    """The cards, each as text. Raises Refused without permission."""
    require(by, "export", query.obj)
    query = taken_out(query, by)
    fields = [(one, name) for one in query.obj.fields if (name := _property(query.obj, one))]
    return _cards(query, fields, by)


def _property(obj: Object, field: Field) -> str:
    """The property that holds a field; "" where a card has no place for it."""
    if field.name == obj.title:
        return field.card or "FN"
    return field.card or _BY_TYPE.get(field.type, "")


def _cards(query: ListQuery, fields: list[tuple[Field, str]], by: Actor) -> Iterator[str]:
    for page in pages(query, (one.name for one, _property in fields), by=by):
        for row in page.rows:
            said = {name: row.values[one.name] for one, name in fields}
            lines = ["BEGIN:VCARD", "VERSION:3.0", *_lines(query.obj, row, said, page.refs), "END:VCARD"]
            yield "".join(f"{fold(line)}\r\n" for line in lines)


def _lines(obj: Object, row: Row, said: Mapping[str, Any], refs: Mapping[Key, Ref]) -> Iterator[str]:
    title = str(row.values[obj.title] or "")
    organisation = title if obj[obj.title].card == "ORG" else _title(obj, said.get("ORG"), refs)
    yield f"FN:{escape(title)}"
    if organisation == title and "FN" not in said:
        yield "N:;;;;"
        yield "X-ABSHOWAS:COMPANY"
    else:
        family, given = split_name(title)
        yield f"N:{escape(family)};{escape(given)};;;"
    if organisation:
        yield f"ORG:{escape(organisation)};{escape(str(said.get('UNIT') or ''))}".rstrip(";")
    for point in said.get("TEL") or ():
        kinds = f"{_KINDS.get(point['kind'], 'VOICE')}{',VOICE' if point['kind'] == 'work' else ''}"
        extension = f" ext. {point['extension']}" if point.get("extension") else ""
        yield f"TEL;TYPE={kinds}:{escape(point['typed'] or point['number'] + extension)}"
    for point in said.get("EMAIL") or ():
        yield f"EMAIL;TYPE=INTERNET,{_KINDS.get(point['kind'], 'WORK')}:{escape(point['email'])}"
    for point in said.get("ADR") or ():
        street = " ".join(filter(None, (point.get("district"), point.get("street"))))
        parts = ("", "", street, *(point.get(one, "") for one in ("city", "province", "postcode", "country")))
        yield f"ADR;TYPE={_KINDS.get(point['kind'], 'WORK')}:{';'.join(map(escape, parts))}"
    if tags := said.get("CATEGORIES"):
        titles = (refs[key].title for one in tags if (key := ("tag", one)) in refs)
        yield "CATEGORIES:" + ",".join(map(escape, titles))
    for name in ("TITLE", "URL", "BDAY", "NOTE", "X-WECHAT"):
        if value := said.get(name):
            yield f"{name}:{escape(str(value))}"


def _title(obj: Object, target: int | None, refs: Mapping[Key, Ref]) -> str:
    """What the linked organisation is called; "" where it is not to be seen."""
    to = next((str(getattr(one, "to", "")) for one in obj.fields if one.card == "ORG"), "")
    return refs[to, target].title if target is not None and (to, target) in refs else ""


def escape(text: str) -> str:
    """Text as a value: backslash, comma, semicolon and ends of lines are marked (RFC 2426, 5)."""
    for sign in ("\\", ",", ";"):
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def fold(line: str) -> str:
    """A line in pieces of 75 octets, none of which cuts a letter; each but the first begins with a blank."""
    pieces, room = [""], _OCTETS
    for letter in line:
        size = len(letter.encode())
        if size > room:
            pieces.append("")
            room = _OCTETS - 1
        pieces[-1] += letter
        room -= size
    return "\r\n ".join(pieces)
