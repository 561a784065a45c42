"""From what a cell calls a record to the record: companies by name, members by email, stages of a pipeline.

A Lookup is asked for many texts at once and remembers the answers, newest first, so that memory does not grow
with the file. Only what the actor may see is found: fetching is authorising.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol

from django.db.models import Q

from guanxi.platform.i18n.names import sort_key
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Context, Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.importing.suggesting import Vocabulary
from guanxi.platform.records.models import Tag
from guanxi.platform.records.sql import fetch
from guanxi.web.components import Option

REMEMBERED = 200_000
AT_ONCE = 500
VOCABULARY = 50_000  # titles among which a neighbour of an unknown word is looked for

SEVERAL = -1  # more than one record is called so
PENDING = 0  # an earlier file of the same import will make it


class Finder(Protocol):
    """How the records of one kind are found, and what they are called."""

    def find(self, keys: list[str]) -> Iterator[tuple[str, int]]: ...

    def titles(self) -> Iterable[str]: ...


class Lookup:
    """Texts → record ids, for one kind of target and one key.

    key_of   folds a text as the key is kept; raises FieldError for what can't be one
    pending  keys that files of the import bring and nobody has yet, and the titles of those records
    """

    def __init__(
        self, finder: Finder, key_of: Callable[[str], str], *, pending: dict[str, str] | None = None
    ) -> None:
        self._finder = finder
        self.key_of = key_of
        self._pending = pending if pending is not None else {}
        self._known: OrderedDict[str, int | None] = OrderedDict()
        self._vocabulary: Vocabulary | None = None

    def learn(self, texts: Iterable[str]) -> list[str]:
        """Find all these at once; returns those that are not there, each once."""
        wanted: dict[str, str] = {}
        for text in texts:
            key = self._key(text)
            if key and key not in self._known:
                wanted.setdefault(key, text)
        keys = iter(wanted)
        while piece := list(islice(keys, AT_ONCE)):
            self._known.update(dict.fromkeys(piece))
            for key, record_id in self._finder.find(piece):
                held = self._known.get(key)
                self._known[key] = record_id if held in (None, record_id) else SEVERAL
        missing = [
            text for key, text in wanted.items() if self._known[key] is None and key not in self._pending
        ]
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return missing

    def get(self, text: str) -> int | None:
        """The record's id, PENDING, SEVERAL, or None. What was not learnt before is looked for now."""
        key = self._key(text)
        if key not in self._known:
            self.learn([text])
        found = self._known.get(key)
        return PENDING if found is None and key in self._pending else found

    def add(self, text: str, record_id: int) -> None:
        """A record that was made just now."""
        self._known[self._key(text)] = record_id

    def learnt(self, key: str, record_id: int) -> None:
        """The same, by its key."""
        self._known[key] = record_id

    def nearest(self, text: str) -> str:
        """What is there and is called nearly so, or ""."""
        if self._vocabulary is None:
            titles = list(islice(self._finder.titles(), VOCABULARY))
            titles += islice(self._pending.values(), VOCABULARY)
            self._vocabulary = Vocabulary({title: title for title in titles if title})
        return self._vocabulary.nearest(text)

    def _key(self, text: str) -> str:
        try:
            return self.key_of(text)
        except FieldError:
            return ""


class ByValue:
    """Records by a field that identifies them: the engine keeps such values in records_value."""

    def __init__(self, obj: Object, field: Field, actor: Actor, access: str = "see") -> None:
        self._obj, self._field, self._actor, self._access = obj, field, actor, access

    def find(self, keys: list[str]) -> Iterator[tuple[str, int]]:
        rule = row_rule(self._obj, self._actor, access=self._access)
        marks = ", ".join(["%s"] * len(keys))
        rows = fetch(
            "SELECT v.value, v.record_id FROM records_value v"
            f' JOIN "{self._obj.table}" r ON r.id = v.record_id'
            f" WHERE v.workspace_id = %s AND v.object = %s AND v.field = %s AND v.value IN ({marks})"
            f" AND r.archived_at IS NULL AND {rule.text}"
            # What was merged is known by its own numbers and names: they mean the record that it is part of.
            " UNION SELECT v.value, m.into_id FROM records_value v"
            " JOIN records_merged m ON m.workspace_id = v.workspace_id AND m.object = v.object"
            " AND m.record_id = v.record_id"
            f' JOIN "{self._obj.table}" r ON r.id = m.into_id'
            f" WHERE v.workspace_id = %s AND v.object = %s AND v.field = %s AND v.value IN ({marks})"
            f" AND r.archived_at IS NULL AND {rule.text}",
            (self._actor.workspace_id, self._obj.name, self._field.name, *keys, *rule.params) * 2,
        )
        return ((str(value), int(record_id)) for value, record_id in rows)

    def titles(self) -> Iterable[str]:
        return _titles(self._obj, self._actor) if self._field.name == self._obj.title else ()


class ByTitle:
    """Records by their title where it identifies nothing: contacts by name, stages of one pipeline.

    within   a further condition: (field, id)
    """

    def __init__(
        self, obj: Object, actor: Actor, *, within: tuple[str, int] | None = None, access: str = "see"
    ) -> None:
        self._obj, self._actor, self._within, self._access = obj, actor, within, access

    def find(self, keys: list[str]) -> Iterator[tuple[str, int]]:
        rule = row_rule(self._obj, self._actor, access=self._access)
        title = self._obj.title_field.column
        marks = ", ".join(["%s"] * len(keys))
        sorting = [sort_key(key)[:200] for key in keys]
        more = f' AND r."{self._obj[self._within[0]].column}" = %s' if self._within else ""
        rows = fetch(
            f'SELECT r."{title}", r.id FROM "{self._obj.table}" r WHERE {rule.text}'
            f" AND r.archived_at IS NULL AND r.sort_key IN ({marks}){more}",
            (*rule.params, *sorting, *([self._within[1]] if self._within else [])),
        )
        wanted = set(keys)
        return ((key, int(row[1])) for row in rows if (key := fold(str(row[0]))) in wanted)

    def titles(self) -> Iterable[str]:
        return _titles(self._obj, self._actor)


class Members:
    """Members by name or email, those who left included: their records stay theirs."""

    def find(self, keys: list[str]) -> Iterator[tuple[str, int]]:
        wanted = set(keys)
        for member in Member.objects.select_related("user").order_by("-left_at"):
            for word in {member.name, member.user.name, member.user.email}:
                if word and fold(word) in wanted:
                    yield fold(word), member.pk

    def titles(self) -> Iterable[str]:
        return [member.display_name for member in Member.objects.select_related("user")]


def member_words() -> list[Option]:
    """Everybody who may be meant, under a word by which `Members` finds just them, by name."""
    members = list(Member.objects.select_related("user", "team"))
    names = Counter(fold(one.display_name) for one in members)
    found = [
        Option(
            one.display_name if names[fold(one.display_name)] == 1 else one.user.email,
            f"{one.display_name} · {one.team.name}" if one.team else one.display_name,
        )
        for one in members
    ]
    return sorted(found, key=lambda one: sort_key(one.label, person=True))


class Teams:
    def find(self, keys: list[str]) -> Iterator[tuple[str, int]]:
        wanted = set(keys)
        return ((fold(team.name), team.pk) for team in Team.objects.all() if fold(team.name) in wanted)

    def titles(self) -> Iterable[str]:
        return list(Team.objects.values_list("name", flat=True))


class Tags:
    def find(self, keys: list[str]) -> Iterator[tuple[str, int]]:
        found = Tag.objects.filter(Q(key__in=keys), archived_at=None).values_list("key", "id")
        return ((str(key), int(pk)) for key, pk in found)

    def titles(self) -> Iterable[str]:
        return list(Tag.objects.filter(archived_at=None).values_list("name", flat=True))


def link_lookup(
    field: Field,
    by: str,
    *,
    actor: Actor,
    context: Context,
    within: tuple[str, int] | None = None,
    pending: dict[str, str] | None = None,
) -> Lookup:
    """The lookup for a field that links: to an object's records, to members, teams or tags."""
    if field.type == "member":
        return Lookup(Members(), fold, pending=pending)
    if field.type == "team":
        return Lookup(Teams(), fold, pending=pending)
    if field.type == "tags":
        return Lookup(Tags(), lambda text: fold(text)[:60], pending=pending)
    target = registry.get(getattr(field, "to", ""))
    access = "edit" if registry.get(field.object_name).part_of == field.name else "see"
    return record_lookup(
        target,
        by or target.title,
        actor=actor,
        context=context,
        within=within,
        pending=pending,
        access=access,
    )


def record_lookup(
    obj: Object,
    by: str,
    *,
    actor: Actor,
    context: Context,
    within: tuple[str, int] | None = None,
    pending: dict[str, str] | None = None,
    access: str = "see",
) -> Lookup:
    """The lookup for records of an object by one of its fields."""
    if obj.name == "member":
        return Lookup(Members(), fold, pending=pending)
    field = obj[by]
    if field.identifies and within is None:
        return Lookup(ByValue(obj, field, actor, access), key_reader(field, context), pending=pending)
    if by != obj.title:
        raise ValueError(f"{obj.name} can't be found by {by}")
    return Lookup(ByTitle(obj, actor, within=within, access=access), fold, pending=pending)


def key_reader(field: Field, context: Context) -> Callable[[str], str]:
    """From a text to the key under which the engine keeps a field's value."""

    def key_of(text: str) -> str:
        return next(iter(field.index_values(field.clean(text, context))), "")

    return key_of


def fold(text: str) -> str:
    """A name without case and doubled blanks."""
    return " ".join(text.split()).casefold()


def _titles(obj: Object, actor: Actor) -> Iterable[str]:
    rule = row_rule(obj, actor)
    rows = fetch(
        f'SELECT r."{obj.title_field.column}" FROM "{obj.table}" r'
        f" WHERE {rule.text} AND r.archived_at IS NULL LIMIT {VOCABULARY}",
        rule.params,
    )
    return [str(row[0]) for row in rows]
