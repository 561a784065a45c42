"""Merge, and the way back. One transaction: a worker that is killed has merged all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.numbers import labelled
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen, whole
from guanxi.platform.records.access import NotFound, Refused, find_record, require
from guanxi.platform.records.batches.many import Act, Wish, change_many
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.batches.running import before_undo, begin_batch, end_batch
from guanxi.platform.records.batches.steps import Step, made, moved
from guanxi.platform.records.duplicates.models import DuplicatePair
from guanxi.platform.records.lasting import own_reach
from guanxi.platform.records.merging.filtering import rewrite_filters
from guanxi.platform.records.merging.following import doubled, following, linked_wishes, move_rows
from guanxi.platform.records.merging.models import MergedRecord
from guanxi.platform.records.writing import archive_record, change_record

FEWEST, MOST = 2, 20
KIND = "merge"
UNITED = "all"  # of a field with many values: those of every record


@transaction.atomic
def merge_records(
    obj: Object, winner_id: int, others: Sequence[int], *, by: Actor, choose: Mapping[str, Any] | None = None
) -> Any:
    """Make one record of several; returns the winner anew, `last_fact_id` names the fact `merged`.

    choose   field → id of the record whose value it has afterwards, or "all" where several are united;
             what is not named, and what would lead the record back to itself, is as `proposed` says; of
             fields that the actor may not write nobody chooses

    The others go into the archive and their addresses lead to the winner. What they had follows: links from
    other records, files, activities, timeline, shares, followers. Whoever may not change and archive every
    one of them can't merge: raises Refused, NotFound, and InvalidValues for a choice that can't be.
    """
    ids = list(dict.fromkeys([winner_id, *others]))
    if not FEWEST <= len(ids) <= MOST:
        words = _("Choose %(fewest)d to %(most)d records to merge.") % {"fewest": FEWEST, "most": MOST}
        raise InvalidValues({"others": [FieldError("count", words)]})
    held = may_merge(obj, ids, by=by, lock=True)
    winner, losers = held[0], held[1:]
    mine = as_seen(whole(obj), by)
    values = chosen(mine, held, choose or {})
    others_values = ruled(mine, held)
    batch = begin_batch(
        kind=KIND, object=obj.name, note=str(winner), by=by, values={"winner": str(winner_id)}
    )
    told = {"batch": str(batch.pk), "into": str(winner_id)}
    for one in losers:
        archive_record(one, by=by, data=told)
    winner = change_record(winner, values, by=by, data=batch.mark) if values else winner
    if others_values:
        change_record(winner, others_values, by=following(by), data=batch.mark)
        winner = find_record(obj, winner_id, by=by, access="edit")
    loser_ids = [one.pk for one in losers]
    _let_links_follow(obj, loser_ids, winner_id, batch, by=by)
    steps = move_rows(obj, loser_ids, winner_id) + _settle_pairs(obj, ids, by)
    steps += rewrite_filters(obj, loser_ids, winner_id)
    steps += _lead_on(obj, loser_ids, winner_id, batch)
    fact = state_fact(
        obj.name,
        "merged",
        winner_id,
        by=by,
        title=str(winner),
        data={**batch.mark, "losers": [[str(one.pk), str(one)] for one in losers]},
        about=[(obj.name, one.pk) for one in losers],
        version=winner.version,
    )
    end_batch(batch, steps=steps, changed=len(ids))
    winner = find_record(obj, winner_id, by=by)
    winner.last_fact_id = fact.pk
    winner.merge_id = batch.pk
    return winner


def may_merge(obj: Object, ids: Sequence[int], *, by: Actor, lock: bool = False) -> list[Any]:
    """The records in this order, if the actor may merge them; raises Refused and NotFound.

    `lock` holds them until the end of the transaction, in the order of their ids.
    """
    for verb in ("change", "archive"):
        require(by, verb, obj)
    found = {one: find_record(obj, one, by=by, access="edit", lock=lock) for one in sorted(ids)}
    if any(one.archived_at for one in found.values()):
        raise Refused(_("What is in the archive is not merged. Restore it first."))
    mine = own_reach(obj, ids, by)
    if mine and any(("see", one) not in mine for one in ids):
        raise Refused(
            _("You act for another. Records of theirs are not merged with what you reach yourself.")
        )
    return [found[one] for one in ids]


def proposed(obj: Object, records: Sequence[Any]) -> dict[str, Any]:
    """Field → what it has afterwards unless somebody chooses: the first record's value, where it has none
    that of the one changed last; of fields with many values all, each once. Never what would lead the record
    back to itself: a child that is merged with its parent has the parent of that one."""
    found: dict[str, Any] = {}
    ids = [one.pk for one in records]
    latest = sorted(records[1:], key=lambda one: one.updated_at, reverse=True)
    for field in mergeable(obj):
        own = straight(field, records[0], ids)
        if field.multiple:
            value = united(field, records)
        elif field.is_empty(own):
            given = (straight(field, one, ids) for one in latest)
            value = next((one for one in given if not field.is_empty(one)), own)
        else:
            value = own
        found[field.name] = value
    return found


def ruled(mine: Object, records: Sequence[Any]) -> dict[str, Any]:
    """Field → value for the winner, of fields that who merges may not write, as `change_record` takes it.

    The oldest record's value, where it has none the next one's, and of fields with many values all: who
    merges decides nothing of it, neither by a choice nor by which record wins.
    """
    found: dict[str, Any] = {}
    first = sorted(records, key=lambda one: (one.created_at, one.pk))
    ids = [one.pk for one in records]
    for field in withheld_fields(mine):
        own = field.get(records[0])
        if field.multiple:
            value: Any = united(field, first)
        else:
            given = (straight(field, one, ids) for one in first)
            value = next((one for one in given if not field.is_empty(one)), None)
        circles = not field.multiple and own != straight(field, records[0], ids)
        if value != own and (circles or not field.is_empty(value)):
            found[field.name] = field.to_json(value)
    return found


def straight(field: Field, record: Any, ids: Sequence[int]) -> Any:
    """The record's value of a field, None for a link by which the merged record would come back to itself.

    ids   of all that are merged. A circle that was there before is no work of the merge, and stays.
    """
    value = field.get(record)
    if not isinstance(field, Link) or field.to != field.object_name:
        return value
    rows, at, seen = registry.get(field.to).rows(), value, set()
    while at is not None and at not in seen:
        if at in ids:
            return None if at != record.pk or at == value else value
        seen.add(at)
        there = rows.filter(pk=at).first()
        at = field.get(there) if there is not None else None
    return value


def withheld_fields(mine: Object) -> list[Field]:
    """The fields of which a merge decides without who merges: they may not write them."""
    writable = {one.name for one in mine.writable}
    return [one for one in mergeable(whole(mine)) if one.name not in writable]


def best_first(obj: Object, records: Sequence[Any]) -> list[Any]:
    """The records, the most complete first; of equals the older one."""

    def filled(record: Any) -> int:
        return sum(1 for one in mergeable(obj) if not one.is_empty(one.get(record)))

    return sorted(records, key=lambda one: (-filled(one), one.created_at, one.pk))


def united(field: Field, records: Sequence[Any]) -> list[Any]:
    """What several records have in a field with many values, the first record's first."""
    key = getattr(field, "key", None)
    found: list[Any] = []
    seen: list[Any] = []
    for record in records:
        for value in field.get(record) or []:
            mark = key(value) if key else value
            if mark not in seen:
                seen.append(mark)
                found.append(value)
    return found


def mergeable(obj: Object) -> list[Field]:
    """The fields among whose values somebody chooses."""
    return [one for one in obj.writable if one.type != "auto_number" and not one.computed]


def chosen(obj: Object, records: Sequence[Any], choose: Mapping[str, Any]) -> dict[str, Any]:
    """Field → value for the winner where that differs from what it has, as `change_record` takes it."""
    by_id = {str(one.pk): one for one in records}
    fields = {one.name: one for one in mergeable(obj)}
    wanted = proposed(obj, records)
    errors: dict[str, list[FieldError]] = {}
    for name, pick in choose.items():
        field = fields.get(name)
        if field is None:
            errors[name] = [FieldError("unknown_field", _("There is no field “%(name)s”.") % {"name": name})]
        elif pick == UNITED and field.multiple:
            wanted[name] = united(field, records)
        elif str(pick) in by_id:
            value = straight(field, by_id[str(pick)], list(map(int, by_id)))
            if field.is_empty(field.get(by_id[str(pick)])) or not field.is_empty(value):
                wanted[name] = value
        else:
            errors[name] = [FieldError("choice", _("That can't be chosen here."))]
    if errors:
        raise InvalidValues(errors)
    return {
        name: fields[name].to_json(value)
        for name, value in wanted.items()
        if value != fields[name].get(records[0])
    }


def merged_into(obj: Object, record: Any, *, by: Actor) -> int | None:
    """The record that this one is part of now, or None; raises NotFound where the actor may not see it."""
    if record.archived_at is None:
        return None
    row = MergedRecord.objects.filter(object=obj.name, record_id=record.pk).first()
    if row is None:
        return None
    find_record(obj, row.into_id, by=by)
    return int(row.into_id)


@before_undo(KIND, relinks=True)
def undoing(batch: Batch, by: Actor) -> Actor:
    """Who takes a merge back: whoever may edit the winner still; what follows by itself follows back.

    Raises NotFound and Refused.
    """
    obj = registry.get(batch.object)
    require(by, "change", obj)
    require(by, "archive", obj)
    try:
        find_record(obj, int(batch.values["winner"]), by=by, access="edit", lock=True)
    except NotFound as problem:
        raise Refused(f"{obj.name}.change") from problem
    return following(by)


def _let_links_follow(obj: Object, losers: Sequence[int], winner: int, batch: Batch, *, by: Actor) -> None:
    """Links of any record lead to the winner; parts of the merged are moved to it. Where two come to be the
    same by what tells them apart (buyers of one deal by their contact), the older one stays."""
    for other, wishes in list(linked_wishes(obj, set(losers), winner)):
        doubles = doubled(other, wishes)
        moving = other.name == obj.name or other.whole == obj.name
        act: Act = "change" if moving else "relink"
        done = [Wish(one, act="archive") for one in doubles]
        done += [replace(one, act=act) for one in wishes if one.record_id not in doubles]
        written = change_many(other, done, by=following(by), data=batch.mark)
        if written.refusals:
            words = " ".join(dict.fromkeys(why for _record, why in written.refusals))
            raise InvalidValues({"others": [FieldError("linked", labelled(other.plural_label, words))]})
        for lost, kept in doubles.items():
            _let_links_follow(other, [lost], kept, batch, by=by)


def _settle_pairs(obj: Object, ids: Sequence[int], by: Actor) -> list[Step]:
    """Pairs among the merged are decided."""
    steps: list[Step] = []
    waiting = (DuplicatePair.State.OPEN, DuplicatePair.State.LATER)
    rows = DuplicatePair.objects.filter(object=obj.name, low_id__in=ids, high_id__in=ids, state__in=waiting)
    for pair in rows:
        steps.append(moved(pair, "state", pair.state, DuplicatePair.State.MERGED))
        pair.state, pair.decided_by_id = DuplicatePair.State.MERGED, by.member_id
        pair.decided_at = datetime.now(UTC)
        pair.save()
    return steps


def _lead_on(obj: Object, losers: Sequence[int], winner: int, batch: Batch) -> list[Step]:
    """The addresses of the losers, and of those that were merged into them before, lead to the winner."""
    steps: list[Step] = []
    for row in MergedRecord.objects.filter(object=obj.name, into_id__in=losers):
        steps.append(moved(row, "into_id", row.into_id, winner))
        row.into_id = winner
        row.save()
    for one in losers:
        row = MergedRecord(object=obj.name, record_id=one, into_id=winner, batch_id=batch.pk)
        row.save(force_insert=True)
        steps.append(made(row))
    return steps
