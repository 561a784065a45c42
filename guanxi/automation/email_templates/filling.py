"""A template filled in for one record, in the language of who gets it.

The mail is plain text. What stands in a field is put in once and never read again as a hole, and who sends it
puts in no more than they see themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils import translation

from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.email_templates.uses import USES
from guanxi.automation.workflows.saying import holes_in, said, told
from guanxi.platform.i18n.languages import ENGLISH, HANS, HANT, LANGUAGES, language_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Workspace
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record

_ALWAYS = ("url", "firm", "sender")  # holes of every template beside the record's fields
_NAMED_BY_THEMSELVES = ("owner", "created_by", "team")


class Letter(NamedTuple):
    """What is sent, and in which language."""

    subject: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Filling:
    """What holes are filled from; `started` is what began a run, nothing here."""

    obj: Object
    record: Any
    by: Actor
    started: Mapping[str, Any] = field(default_factory=dict)


def fill(
    template: EmailTemplate,
    record_id: int,
    *,
    by: Actor,
    language: str = "",
    more: Mapping[str, str] | None = None,
    for_members: bool = False,
) -> Letter:
    """The mail about a record as `by` would send it; raises NotFound for one that they don't see.

    language   of who gets it; the nearest that is written is taken
    for_members  members read it: what a blind pool veils is masked
    more       what stands for further holes: the link of a quote
    """
    obj = registry.get(template.object)
    record = find_record(obj, record_id, by=by)
    chosen = _nearest(template.texts, language or language_for(obj, record, by))
    words = {"firm": Workspace.objects.get(pk=by.workspace_id).name, "sender": by.name, **(more or {})}
    filling = Filling(obj, record, by)
    with translation.override(chosen):
        parts = template.texts[chosen]
        say = told if for_members else said
        subject = " ".join(say(parts["subject"], filling, words).split())
        return Letter(subject, say(parts["text"], filling, words), chosen)


def language_for(obj: Object, record: Any, by: Actor) -> str:
    """The language of the person whom a record is about, else of the workspace."""
    for one in (record, *_linked(obj, record)):
        found = getattr(one, "language", None)
        if found in LANGUAGES:
            return str(found)
    return language_of(Workspace.objects.get(pk=by.workspace_id).language)


def unknown_holes(object: str, text: str, used_for: str = "") -> list[str]:
    """Holes of a text that nothing would ever fill."""
    known = {*_ALWAYS, *(USES[object, used_for].holes if (object, used_for) in USES else ())}
    obj = registry.get(object)
    return [one for one in holes_in(text) if one not in known and not _leads(obj, one)]


def fields_to_fill(object: str, used_for: str = "") -> list[tuple[str, str]]:
    """(hole, what it stands for) of what can be put in, those of linked records' names among them."""
    obj = registry.get(object)
    use = USES.get((object, used_for))
    found = [(name, str(label)) for name, label in use.holes.items()] if use else []
    for one in obj.fields:
        if not one.hidden and one.type not in ("json", "files"):
            found.append((one.name, str(one.label)))
    return found


def _leads(obj: Object, path: str) -> bool:
    *links, name = path.split(".")
    if links and links[-1] in _NAMED_BY_THEMSELVES and name == "name":
        *links, name = links
    found: Object | None = obj
    for one in links:
        link = found.fields_by_name.get(one) if found is not None else None
        found = registry.get(link.to) if isinstance(link, Link) and registry.has(link.to) else None
    return found is not None and name in found.fields_by_name


def _linked(obj: Object, record: Any) -> list[Any]:
    """The records that say which language is spoken, one link away."""
    found: list[Any] = []
    for one in obj.fields:
        other = registry.get(one.to) if isinstance(one, Link) and registry.has(one.to) else None
        key = one.get(record) if other is not None and "language" in other.fields_by_name else None
        if other is not None and key:
            found += other.rows().filter(pk=key)
    return found


def _nearest(texts: Mapping[str, Any], language: str) -> str:
    order = {HANS: (HANS, HANT, ENGLISH), HANT: (HANT, HANS, ENGLISH)}.get(language, (ENGLISH, HANS, HANT))
    return next(one for one in order if one in texts)
