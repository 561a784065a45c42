"""Which column goes into which field: by its header in any of the languages, by what is in it, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Protocol

from babel import Locale
from rapidfuzz import fuzz

from guanxi.platform.records.importing import headers
from guanxi.platform.records.importing.delimited import fold_header
from guanxi.platform.records.importing.guessing import ColumnProfile
from guanxi.platform.records.importing.values import done_of, outcome_of

Reason = Literal["header", "part of the header", "content", "chosen", "nothing"]
SURE, LIKELY = 0.9, 0.5
_LINKS = frozenset({"link", "links", "member", "team"})
_THINGS = frozenset().union(
    *(headers.words(headers.NAMES[name]) for name in ("name", "company", "contact", "product", "owner"))
)  # headers that name a record
_ATTRIBUTES = sorted(
    headers.words(headers.ATTRIBUTES) | headers.words(headers.NUMBERS), key=lambda word: (-len(word), word)
)
_KEY = re.compile(
    r"(?:[\W_]id|[a-z]Id|[\W_]ID)$"
)  # "Contact Owner.id" holds no name, whatever it begins with


class TargetField(Protocol):
    """What matching needs to know of a field. The registry's fields have it; so have a member's columns."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...
    @property
    def readonly(self) -> bool: ...
    @property
    def brought(self) -> bool: ...
    @property
    def label(self) -> Any: ...  # with .en, .hans and .hant


@dataclass(frozen=True, slots=True)
class Target:
    """A place that a column can go to: a field, or the part of one that holds several.

    path     "name", "phones:mobile", "addresses:billing:city", "name:family", "amount:currency"
    words    folded headers that mean it
    several  whether more than one column may go there
    """

    path: str
    type: str
    words: frozenset[str]
    several: bool = False

    @property
    def field(self) -> str:
        return self.path.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Match:
    """A column, the path of where it goes ("" for nowhere), and why."""

    column: int
    path: str
    score: float
    reason: Reason

    @property
    def sure(self) -> bool:
        return self.score >= SURE


@dataclass(frozen=True, slots=True)
class Kinds:
    """The object that is imported, as far as headers may name it: "Account Name", "contact_email"."""

    names: tuple[str, ...]
    is_person: bool = False
    more: Mapping[str, frozenset[str]] = field(default_factory=dict)


def targets_of(fields: Iterable[TargetField], kinds: Kinds, title: str) -> list[Target]:
    """All places that columns of this object can go to, those that a person types."""
    found: list[Target] = []
    amounts: list[Target] = []
    for one in fields:
        if one.readonly and not one.brought:
            continue
        given = frozenset(fold_header(word) for word in (*_labels(one.label), *one.synonyms, one.name))
        known = headers.words(headers.NAMES.get(one.name, one.name))
        if one.type == "team" and kinds.is_person:  # a person's department is of the firm that they work for
            known, given = (words - headers.words(headers.NAMES["department"]) for words in (known, given))
        if one.type == "phones":
            found += _points(one.name, "phones", headers.PHONES, given)
        elif one.type == "emails":
            found += _points(one.name, "emails", headers.EMAILS, given)
        elif one.type == "addresses":
            found += _places(one.name, given)
        elif one.type == "address":
            found += _own_place(one.name, given)
        else:
            words = given | known
            if one.name == title:
                words |= {fold_header(name) for name in kinds.names}
            found.append(Target(one.name, one.type, words, several=one.type in {"tags", "long_text"}))
            if one.type == "money":
                amounts.append(found[-1])
    found += _currencies(amounts)
    if kinds.is_person:
        parts = ("family", "given", "middle")
        found += [Target(f"{title}:{part}", "text", headers.words(headers.NAMES[part])) for part in parts]
    return found


def match_columns(profiles: Sequence[ColumnProfile], targets: Sequence[Target], kinds: Kinds) -> list[Match]:
    """One match for each column, in their order. Each target is taken once unless it holds several."""
    prefixes = [fold_header(name) for name in kinds.names]
    machinery = headers.words(headers.MACHINERY)
    scored: list[tuple[float, int, int, Target, Reason]] = []
    for profile in profiles:
        folded = shown_as(profile.header)
        if profile.kind == "empty" or folded in machinery:
            continue
        for rank, target in enumerate(targets):
            score, reason = _score(folded, profile, target, prefixes)
            if score >= LIKELY:
                scored.append((score, -rank, -profile.index, target, reason))
    return _assign(profiles, scored)


def shown_as(header: str) -> str:
    """A header, folded, without what it says of the thing that it shows of a record: "Customer/Name"."""
    for sign in "/.":
        before, found, after = header.rpartition(sign)
        if found and before.strip() and after.strip().casefold() in headers.SHOWN_BY:
            return fold_header(before) + ("id" if after.strip().casefold().endswith("id") else "")
    return fold_header(header)


def _assign(
    profiles: Sequence[ColumnProfile], scored: list[tuple[float, int, int, Target, Reason]]
) -> list[Match]:
    chosen: dict[int, Match] = {}
    taken: set[str] = set()
    for score, _rank, index, target, reason in sorted(scored, key=lambda one: one[:3], reverse=True):
        if -index in chosen or (target.path in taken and not target.several):
            continue
        if target.field in taken and ":" in target.path and target.type == "text":
            continue  # first and last name only where there is no whole name
        chosen[-index] = Match(-index, target.path, round(score, 2), reason)
        taken.add(target.path)
    found = [chosen.get(one.index, Match(one.index, "", 0.0, "nothing")) for one in profiles]
    return [_by_place(match, profile, taken) for match, profile in zip(found, profiles, strict=True)]


def _by_place(match: Match, profile: ColumnProfile, taken: set[str]) -> Match:
    """A "location" that holds nothing but countries is one."""
    name, _colon, place = match.path.partition(":")
    kind, _colon, part = place.partition(":")
    country = f"{name}:{kind}:country"
    if part != "street" or country in taken or not profile.options:
        return match
    countries = _countries()
    known = sum(count for text, count in profile.options.items() if text.casefold() in countries)
    if known < 0.7 * sum(profile.options.values()):
        return match
    return Match(match.column, country, match.score, "content")


@cache
def _countries() -> frozenset[str]:
    names = (Locale.parse(tag).territories for tag in ("en", "zh_Hans", "zh_Hant"))
    return frozenset(
        name.casefold() for territories in names for code, name in territories.items() if not code.isdigit()
    ) | {"usa", "uk", "korea"}


def _score(
    folded: str, profile: ColumnProfile, target: Target, prefixes: Sequence[str]
) -> tuple[float, Reason]:
    fits = _fits(profile, target)
    if not fits:
        return 0.0, "nothing"
    if target.type == "member" and _KEY.search(profile.header):
        fits *= 0.96  # a name beside it says better who is meant than a number of another product
    if folded in target.words:
        return (0.96 if folded in headers.SECOND_NAMES else 1.0) * fits, "header"
    for prefix in prefixes:  # company_name, AccountPhone
        if folded.startswith(prefix) and folded[len(prefix) :] in target.words:
            return 0.97 * fits, "header"
    if folded.rstrip("0123456789") in target.words and target.several:
        return 0.95 * fits, "header"
    if _names_link(folded, profile, target):
        return 0.95 * fits, "header"
    if target.type in {"tags", "currency", "outcome", "state"} or _KEY.search(profile.header):
        return 0.0, "nothing"
    inside = max((len(word) for word in _told(folded, target, prefixes)), default=0)
    if inside and _no_name(profile, target):
        return 0.0, "nothing"
    if inside:
        return (0.55 + 0.3 * inside / len(folded)) * fits, "part of the header"
    if len(folded) > 5 and any(fuzz.ratio(folded, word) > 88 for word in target.words if len(word) > 4):
        return 0.7 * fits, "part of the header"
    return _by_content(profile, target)


def _told(folded: str, target: Target, prefixes: Sequence[str]) -> Iterable[str]:
    """The words of a target that a longer header says of what is in the column.

    A "customer level" is said of a customer: no record is called so, and no record here is linked by it.
    """
    found = [word for word in target.words if _within(word, folded)]
    thing = _has_attribute(folded) if found else ""
    if not thing:
        return found
    if target.type in _LINKS and thing in _THINGS and thing not in prefixes:
        return []
    return [
        word
        for word in found
        if not (_is_thing(word, target, prefixes) and _within(word.removesuffix("s"), thing))
    ]


def _has_attribute(folded: str) -> str:
    """Of a header that says what something has, the words for that thing: "customer" of "customer level"."""
    for word in _ATTRIBUTES:
        if folded.startswith(f"{word}of"):
            return folded[len(word) + 2 :]
        if folded.endswith(word) and folded != word:
            return folded.removesuffix(word)
    return ""


def _is_thing(word: str, target: Target, prefixes: Sequence[str]) -> bool:
    """Whether a word of a target names a record, here or behind a link, and not what a record has."""
    return target.type in _LINKS or word in prefixes or word in _THINGS


def _no_name(profile: ColumnProfile, target: Target) -> bool:
    """Whether cells are letters and marks by which things are graded: A, B+, 3. No record is called so."""
    return target.type in _LINKS and profile.longest <= 2 and all(map(str.isascii, profile.examples))


def _names_link(folded: str, profile: ColumnProfile, target: Target) -> bool:
    """A header that ends with "id" and otherwise means the target: of what links, and of text where it holds
    words, no numbers: "state_id", "tag_ids". Of a record that is linked to its number as well."""
    if target.type == "link" and numbered(folded) in target.words:
        return True
    bare = folded.removesuffix("s").removesuffix("id")
    if bare == folded.removesuffix("s") or bare not in target.words:
        return False
    if target.type in {"link", "member"}:
        return folded.endswith("id")
    snake = profile.header.casefold().endswith(("_id", "_ids"))
    return snake and profile.kind in {"text", "choice"} and target.type in {"address", "tags", "text", "team"}


def numbered(folded: str) -> str:
    """Of a header that says a number of something the words for that: "customer" of "customer number"."""
    said = next((word for word in headers.words(headers.NUMBERS) if folded.endswith(word)), "")
    return folded.removesuffix(said) if said else ""


def _within(word: str, folded: str) -> bool:
    """A word of a longer header: "primary email address" speaks of an email, "mailroom" does not."""
    if word.isascii():
        return len(word) > 4 and (folded.startswith(word) or folded.endswith(word))
    return len(word) > 1 and word in folded


def _by_content(profile: ColumnProfile, target: Target) -> tuple[float, Reason]:
    fitting = {"emails:": "email", "phones:": "phone", "website": "url"}
    if fitting.get(target.path) == profile.kind:
        return 0.6, "content"
    return 0.0, "nothing"


# What each type can take, by what a column looks like; 1 where the two were made for each other.
_TAKES: Mapping[str, Mapping[str, float]] = {
    "date": {"date": 1, "datetime": 1, "number": 0.6, "text": 0.6, "choice": 0.6},
    "datetime": {"date": 1, "datetime": 1, "text": 0.5, "choice": 0.5},
    "money": {"money": 1, "number": 1, "text": 0.6, "choice": 0.8, "code": 0.5, "boolean": 0.5},
    "integer": {"number": 1, "choice": 0.8, "text": 0.6, "boolean": 0.6, "money": 0.6},
    "decimal": {"number": 1, "money": 1, "percent": 1, "choice": 0.8, "text": 0.6},
    "percent": {"number": 1, "percent": 1, "choice": 0.8, "text": 0.6},
    "duration": {"number": 1, "choice": 0.8, "text": 0.6},
    "boolean": {"boolean": 1, "choice": 0.8, "number": 0.5},
    "currency": {"choice": 1, "text": 1, "code": 0.9},
    "phones": {"phone": 1, "text": 0.9, "number": 0.95, "code": 0.9, "choice": 0.8},
    "emails": {"email": 1, "text": 0.9, "choice": 0.8, "code": 0.9},
    "attached": {"url": 0, "text": 1, "choice": 1, "code": 1, "boolean": 0, "date": 0, "datetime": 0},
    "url": {"url": 1, "text": 0.9, "choice": 0.9, "code": 0.9},
    "link": {"date": 0, "datetime": 0, "boolean": 0, "percent": 0, "money": 0, "email": 0.6},
    "member": {"date": 0, "datetime": 0},
    "team": {"date": 0, "datetime": 0, "email": 0},
}


def _fits(profile: ColumnProfile, target: Target) -> float:
    if target.type == "outcome":
        return _mostly(profile, lambda text: bool(outcome_of(text)))
    if target.type == "state":
        return _mostly(profile, lambda text: done_of(text) is not None)
    takes = _TAKES.get(target.type)
    if takes is None:
        return 1.0
    strict = target.type not in {"link", "member", "team"}
    return takes.get(profile.kind, 0.3 if strict else 1.0)


def _mostly(profile: ColumnProfile, knows: Callable[[str], bool]) -> float:
    """A "status" of many words is something else; one of outcomes may have a few that are not known."""
    cells = profile.options or dict.fromkeys(profile.examples, 1)
    known = sum(count for text, count in cells.items() if knows(text))
    return 1.0 if 2 * known >= sum(cells.values()) else 0.0


def _points(name: str, type_: str, table: Mapping[str, str], given: frozenset[str]) -> list[Target]:
    kinds = {word for kind, listed in table.items() if kind for word in headers.words(listed)}
    plain = headers.words(table[""])
    found = [Target(f"{name}:", type_, plain | (given - kinds), several=True)]
    for kind, listed in table.items():
        if kind:  # "Email - Work" as well as "Work email"
            words = headers.words(listed) | {word + kind for word in plain}
            found.append(Target(f"{name}:{kind}", type_, words, several=True))
    return found


def _currencies(amounts: Sequence[Target]) -> list[Target]:
    """Where a column of currencies goes: to the amount that it names, else to the first of the record."""
    found: list[Target] = []
    for target in amounts:
        words = {word + after for word in target.words for after in headers.CURRENCY_AFTER}
        words |= {before + word for word in target.words for before in headers.CURRENCY_BEFORE}
        plain = headers.words(headers.CURRENCIES) if target is amounts[0] else frozenset()
        found.append(Target(f"{target.path}:currency", "currency", frozenset(words) | plain))
    return found


def _places(name: str, given: frozenset[str]) -> list[Target]:
    """Every part of an address, alone and with every kind before it: "city", "billing city", "收货城市"."""
    found: list[Target] = []
    for part, listed in headers.PARTS.items():
        plain = headers.words(listed)
        inside = frozenset(word + after for word in headers.WHOLE_PLACE for after in plain)
        inside |= frozenset(before + headers.OF_PLACE for before in plain)
        words = plain | inside | (given if part == "street" else frozenset())
        found.append(Target(f"{name}::{part}", "address", words))
        for kind, kind_words in headers.ADDRESS_KINDS.items():
            parts = plain | headers.CODE_OF_PLACE if part == "postcode" else plain
            both = frozenset(
                before + between + after
                for before in headers.words(kind_words)
                for between in headers.BETWEEN_KIND_AND_PART
                for after in parts
            )
            found.append(Target(f"{name}:{kind}:{part}", "address", both))
    second = headers.words(headers.SECOND_LINE)
    second |= frozenset(before + headers.OF_PLACE for before in second)
    found.append(Target(f"{name}::street", "address", second, several=True))
    for kind, kind_words in headers.ADDRESS_KINDS.items():
        both = frozenset(before + after for before in headers.words(kind_words) for after in second)
        found.append(Target(f"{name}:{kind}:street", "address", both, several=True))
    return found


def _own_place(name: str, given: frozenset[str]) -> list[Target]:
    """A single address: whole under its label, in parts under its label and the part: "Site › City"."""
    found = [Target(name, "address", given)]
    for part, listed in headers.PARTS.items():
        words = frozenset(label + word for label in given for word in headers.words(listed))
        found.append(Target(f"{name}::{part}", "address", words))
    return found


def _labels(label: Any) -> tuple[str, ...]:
    return tuple(word for word in (label.en, label.hans, label.hant) if word)
