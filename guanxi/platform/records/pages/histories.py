"""What happened to a record, in words: who, what, when, each field's old and new value, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.events.facts import facts_of
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Link, many_to
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import visible_changes
from guanxi.platform.records.access import reached_ids
from guanxi.platform.records.addresses import ref_url
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.batches.running import may_undo
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.titles import Key, titles_of
from guanxi.platform.records.writing import UNTOLD

PAGE = 30
FILING = ("archived", "restored")
OVERTAKEN = "+"  # in what stands of a fact: another part of it was written again since


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a fact: what it was and what it became, in words."""

    label: str
    before: str
    after: str
    field: str = ""  # by which it can be taken back alone


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact. `undo_url` takes it back; empty where that is over, or not for this actor.

    whole   whether all of it can be taken back; else single fields only
    """

    id: int
    who: str
    who_key: int | str
    said: str
    at: datetime
    time: str
    changes: list[Change]
    undo_url: str
    icon: str
    source: str = ""
    why: str = ""
    why_url: str = ""
    whole: bool = True


def history_of(
    obj: Object, record: Any, *, by: Actor, may_undo: bool, before: int | None = None
) -> tuple[list[Entry], int | None]:
    """The newest facts of a record, and the id to ask on from (None: that was the first)."""
    facts = facts_of(obj.name, record.pk).order_by("-id")
    if before:
        facts = facts.filter(id__lt=before)
    found = list(facts[: PAGE + 1])
    more = found[PAGE - 1].pk if len(found) > PAGE else None
    found = [one for one in found[:PAGE] if is_told(obj, one, by)]
    past = overtaken(found, by=by)
    cells = Cells(obj, refs=titles_of(keys_of_facts(obj, found), by=by), context=field_context(by))
    oldest = datetime.now(UTC) - KEPT_FOR
    entries = [
        entry_of(
            obj,
            fact,
            cells,
            stands(obj, fact, record, by, past) if may_undo and fact.at >= oldest else frozenset(),
            by,
        )
        for fact in found
    ]
    return entries, more


def is_told(obj: Object, fact: Fact, by: Actor) -> bool:
    """Whether anything of a change is left that the reader may know of."""
    return (
        fact.verb != "changed"
        or not fact.changes
        or bool(visible_changes(obj, fact.changes, by, record_id=fact.record_id))
    )


def overtaken(facts: Iterable[Fact], *, by: Actor) -> frozenset[int]:
    """Which of these are no matter of fields and over: merges whose batch was undone or that the actor may
    not take back as a whole, and archiving or its opposite where a later one of the same record took its
    place. Ids of facts."""
    merged = {fact.pk: int(fact.data.get("batch") or 0) for fact in facts if is_merge(fact)}
    batches = Batch.objects.filter(pk__in=set(merged.values())) if merged else []
    theirs = _parted_by(batches, by)
    filed = [fact for fact in facts if fact.verb in FILING]
    newest = set[int]()
    for name in {fact.object for fact in filed}:
        records = {fact.record_id for fact in filed if fact.object == name}
        same = Fact.objects.filter(object=name, record_id__in=records, verb__in=FILING).order_by()
        newest |= {row["newest"] for row in same.values("record_id").annotate(newest=Max("pk"))}
    return frozenset(
        {pk for pk, batch in merged.items() if batch not in theirs}
        | {fact.pk for fact in filed if fact.pk not in newest}
    )


def is_merge(fact: Fact) -> bool:
    """Whether it tells of a merge: of the record that stays, or of one that is part of it since."""
    return fact.verb == "merged" or (fact.verb == "archived" and "into" in fact.data)


def _parted_by(merges: Iterable[Batch], by: Actor) -> set[int]:
    """Which merges the actor may take back whole: those that are theirs, where they may edit what stayed.
    Keys of batches; one question an object.
    """
    winners: dict[str, dict[int, int]] = {}
    for batch in merges:
        if may_undo(batch, by=by) and registry.has(batch.object) and by.may("archive", batch.object):
            winners.setdefault(batch.object, {})[batch.pk] = int(batch.values.get("winner") or 0)
    found = set[int]()
    for name, stayed in winners.items():
        reached = set(reached_ids(registry.get(name), sorted(set(stayed.values())), by, access="edit"))
        found |= {batch for batch, winner in stayed.items() if winner in reached}
    return found


def stands(obj: Object, fact: Fact, record: Any, by: Actor, past: frozenset[int]) -> frozenset[str]:
    """What of a fact undo could take back now: names of fields, or its verb where it is no matter of fields.

    Nothing of what was taken back already, and nothing where a field was written again since: undo overwrites
    no later work. Only what the reader sees is weighed, so that the offer tells nothing of the rest.
    `past` is what `overtaken` found.
    """
    if fact.pk in past:
        return frozenset()
    if fact.verb in FILING:
        return frozenset({fact.verb} if (record.archived_at is not None) == (fact.verb == "archived") else ())
    if fact.verb == "merged":
        return frozenset({fact.verb})
    if fact.verb == "created" or fact.data.get("computed"):  # computed: follows from what can be taken back
        return frozenset()
    fields = obj.fields_by_name
    pairs = {
        name: pair
        for name, pair in visible_changes(obj, fact.changes, by, record_id=fact.record_id).items()
        if name in fields and name not in UNTOLD and not fields[name].readonly
    }
    now = {name: fields[name].to_json(fields[name].get(record)) for name in pairs}
    return frozenset(name for name, pair in pairs.items() if now[name] == pair[1] != pair[0]) | (
        frozenset({OVERTAKEN}) if any(now[name] not in pair for name, pair in pairs.items()) else frozenset()
    )


def entry_of(obj: Object, fact: Fact, cells: Cells, standing: frozenset[str], by: Actor) -> Entry:
    """A fact in words; `standing` is what of it the reader may take back (`stands`)."""
    why, why_url = why_of(fact)
    if into := fact.data.get("into"):
        ref = cells.refs.get((fact.object, int(into)))
        why, why_url = (ref.title, ref_url(ref)) if ref is not None else ("", "")
    changes = [
        Change(
            str(obj[name].label),
            cells.words(obj[name], obj[name].from_json(pair[0])),
            cells.words(obj[name], obj[name].from_json(pair[1])),
            name if name in standing else "",
        )
        for name, pair in visible_changes(obj, fact.changes, by, record_id=fact.record_id).items()
        if name in obj.fields_by_name and not (fact.verb != "created" and obj[name].hidden)
    ]
    return Entry(
        id=fact.pk,
        who=fact.actor_name,
        who_key=fact.actor_id or fact.actor_name,
        said=said(obj, fact),
        at=fact.at,
        time=format_datetime(fact.at),
        changes=[] if fact.verb == "created" else changes,
        undo_url=f"/undo/{fact.pk}/" if standing - {OVERTAKEN} else "",
        whole=OVERTAKEN not in standing,
        icon=ICONS["merged"] if is_merge(fact) else ICONS.get(fact.verb, "pencil"),
        source=source_of(fact),
        why=why,
        why_url=why_url,
    )


def source_of(fact: Fact) -> str:
    """From where it was done; nothing for a page, which is the usual."""
    if "import" in fact.data:
        return _("by an import")
    return {
        "token": _("by the API"),
        "import": _("by an import"),
        "system": _("by the product itself"),
    }.get(fact.actor_kind, "")


def why_of(fact: Fact) -> tuple[str, str]:
    """What it was part of, in words, and its page."""
    if "batch" in fact.data:
        return _("with many others"), f"/changes/batches/{fact.data['batch']}/"
    if "import" in fact.data:
        return _("its import"), f"/import/{fact.data['import']}/"
    if fact.data.get("computed"):
        return _("a formula"), ""
    if "emptied" in fact.data:
        return _("what it led to was deleted"), ""
    if fact.cause_id:
        return _("it followed from another change"), ""
    return "", ""


def said(obj: Object, fact: Fact) -> str:
    """What a fact's verb is called: the engine's own words, or the noun's."""
    if "undoes" in fact.data:
        return _("took back a change")
    known = {
        "created": _("created this"),
        "changed": _("changed"),
        "assigned": _("handed over"),
        "archived": _("archived this"),
        "restored": _("brought this back"),
        "deleted": _("put this into the trash"),
        "erased": _("erased this for good"),
        "emptied": _("deleted this for good"),
        "merged": _merged(fact),
        "imported": _("imported this"),
        "shared": _("shared this with %(name)s") % {"name": _grantee(fact)},
        "unshared": _("no longer shares this with %(name)s") % {"name": _grantee(fact)},
        "revealed": _("looked at a masked field"),
    }
    if is_merge(fact) and fact.verb != "merged":
        return _("merged this into another record")
    known |= _of_nouns(fact)
    if fact.verb in known:
        return known[fact.verb]
    return obj.word_for(fact.verb) or fact.verb


def _of_nouns(fact: Fact) -> dict[str, str]:
    """What nouns state beside the engine's verbs, for the verbs that several share or that are read often."""
    file, was = str(fact.data.get("file") or fact.data.get("name") or ""), str(fact.data.get("was") or "")
    return {
        "attached": _("attached %(file)s") % {"file": file},
        "renamed": _("renamed the file %(was)s to %(file)s") % {"was": was, "file": file},
        "reattached": _("brought back the file %(file)s") % {"file": file},
        "detached": _("removed the file %(file)s") % {"file": file},
        "moved": _("moved this to another stage"),
        "won": _("won this"),
        "lost": _("lost this"),
        "reopened": _("opened this again"),
        "submitted": _("submitted this for approval"),
        "approved": _("approved this"),
        "rejected": _("sent this back"),
        "withdrawn": _("withdrew this"),
        "confirmed": _("confirmed this"),
        "cancelled": _("cancelled this"),
        "voided": _("voided this"),
        "issued": _("issued this"),
        "signed": _("signed this"),
        "sent": _("sent this"),
        "accepted": _("accepted this"),
        "declined": _("declined this"),
        "delivered": _("delivered"),
        "completed": _("completed this"),
        "paid": _("paid this in full"),
        "due": _("made this due"),
        "viewed": _("opened the link"),
        "expired": _("let this expire"),
        "converted": _("converted this"),
        "pooled": _("put this into a pool"),
        "claimed": _("took this out of the pool"),
        "warned": _("said that this goes back into the pool soon"),
        "revised": _("made a new version"),
        "commented": _("wrote a comment"),
        "scored": _("weighed this anew"),
        "contested": _("reported that others claim this too"),
        "awarded": _("decided whose customer this is"),
    }


def _merged(fact: Fact) -> str:
    """How many became part of the record; their names are not for everybody who reads this."""
    count = len(fact.data.get("losers") or "-")
    return ngettext("merged %(count)d other into this", "merged %(count)d others into this", count) % {
        "count": count
    }


def _grantee(fact: Fact) -> str:
    to = fact.data.get("to")
    return str(to.get("name") or "") if isinstance(to, dict) else ""


def keys_of_facts(obj: Object, facts: Iterable[Fact]) -> set[Key]:
    """Everything that the old and new values name by id."""
    keys: set[Key] = set()
    for fact in facts:
        if into := fact.data.get("into"):
            keys.add((fact.object, int(into)))
        for name, pair in fact.changes.items():
            field = obj.fields_by_name.get(name)
            if field is not None and fact.verb != "created":
                for value in pair:
                    keys.update(keys_of(field, field.from_json(value)))
    return keys


def keys_of(field: Field, value: Any) -> set[Key]:
    """What one kept value names by id."""
    if field.is_empty(value):
        return set()
    if isinstance(field, Link):
        return {(field.to, value)}
    if kind := many_to(field):
        return {(kind, one) for one in value}
    if field.type == "about":
        return {(str(name), int(record_id)) for name, record_id in value}
    return set()


ICONS: Mapping[str, str] = {
    "created": "plus",
    "assigned": "user-round-pen",
    "archived": "archive",
    "deleted": "trash-2",
    "restored": "archive-restore",
    "moved": "milestone",
    "merged": "git-merge",
    "shared": "user-plus",
    "unshared": "user-x",
}
