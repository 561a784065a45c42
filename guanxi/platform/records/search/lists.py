"""Lists that a word leads to: whoever types the words of a tag or a choice means the records that have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from guanxi.platform.i18n.folding import QueryToken, query_tokens, search_tokens
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Choices, Field, Tags
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.filters import Condition, print_filter
from guanxi.platform.records.models import Tag

MOST = 6


@dataclass(frozen=True, slots=True)
class NamedList:
    """The records of an object that have one value: how they are called, and where they are."""

    name: str
    label: str
    icon: str
    url: str


def lists_named(text: str, *, by: Actor) -> list[NamedList]:
    """Lists by a tag or a choice that is called so, in the reader's language; of fields that they may see.

    The index of words has neither: renaming one would write every record anew that has it, and a common one
    leads to a hundred thousand records, of which no order of hits helps anybody. The list does.
    """
    tokens = query_tokens(text)
    return list(islice(_named(tokens, by), MOST)) if tokens and len(text) > 1 else []


def _named(tokens: list[QueryToken], by: Actor) -> Iterator[NamedList]:
    tags: list[tuple[str, str]] | None = None
    for obj in registry.objects():
        if not obj.group or not by.may("see", obj.name):
            continue
        for field in as_seen(obj, by).fields:
            if isinstance(field, Tags):
                if tags is None:
                    tags = [
                        (str(pk), name)
                        for pk, name in Tag.objects.filter(archived_at=None).values_list("pk", "name")
                        if _is_called(name, tokens)
                    ]
                yield from _lists(obj, field, tags)
            elif isinstance(field, Choice | Choices):
                options = ((one.value, str(one.label)) for one in field.options if not one.archived)
                yield from _lists(obj, field, (one for one in options if _is_called(one[1], tokens)))


def _lists(obj: Object, field: Field, values: Iterable[tuple[str, str]]) -> Iterator[NamedList]:
    for value, words in values:
        asked = print_filter(Condition(field.name, "is", value))
        label = f"{obj.plural_label} · {field.label} · {words}"
        name = f"list-{obj.plural}-{field.name}-{value}"
        yield NamedList(name, label, obj.icon, with_query(f"/{obj.plural}/", filter=asked))


def _is_called(words: str, tokens: list[QueryToken]) -> bool:
    known = _words(words)
    return all(token.stands_in(known) for token in tokens)


@lru_cache(maxsize=20_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(search_tokens(text))
