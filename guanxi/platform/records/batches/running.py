"""Beginning a batch, doing its parts, cancelling it, taking it back.

Few records are done while the asker waits; more than `AT_ONCE` are given to a worker. Either way the records
are written down first, in parts; each part is one transaction that also says that it is done. A worker that
dies in the middle leaves parts that are done and parts that are not: the next one goes on with those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.jobs.progress import JobCancelled, report_progress
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused, require
from guanxi.platform.records.batches.many import Act, Wish, Written, change_many
from guanxi.platform.records.batches.models import Batch, BatchPart
from guanxi.platform.records.batches.pasting import Row, wishes_of
from guanxi.platform.records.batches.steps import Step, take_back
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.listing import ListQuery, conditions
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.writing import clean_values
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 50
PART = 1_000
MOST = 1_000_000
WHOLE = ("archive", "restore", "delete")  # kinds that need no values
State = Batch.State


_before_undo: dict[str, Callable[[Batch, Actor], Actor]] = {}


_relinking: set[str] = set()


def before_undo(
    kind: str, *, relinks: bool = False
) -> Callable[[Callable[[Batch, Actor], Actor]], Callable[[Batch, Actor], Actor]]:
    """Register what is asked before a batch of this kind is taken back; it answers who does it, or raises
    Refused or NotFound.

    relinks   other objects' records were only led to another record: they are led back in the same way
    """

    def registered(ask: Callable[[Batch, Actor], Actor]) -> Callable[[Batch, Actor], Actor]:
        _before_undo[kind] = ask
        if relinks:
            _relinking.add(kind)
        return ask

    return registered


def begin_batch(
    *,
    kind: str,
    by: Actor,
    object: str = "",
    values: Mapping[str, Any] | None = None,
    note: str = "",
    undoes: Batch | None = None,
) -> Batch:
    """A batch that its caller fills: hand `batch.mark` as `data` to each verb, then `end_batch`."""
    batch = Batch(
        kind=kind,
        object=object,
        note=note[:300],
        member_id=by.member_id,
        actor_kind=by.kind,
        actor_name=by.name[:200],
        scopes=sorted(by.scopes) if by.scopes is not None else None,
        values=dict(values or {}),
        undoes_id=undoes.pk if undoes else None,
        created_at=datetime.now(UTC),
    )
    batch.save(force_insert=True)
    return batch


def end_batch(batch: Batch, *, steps: Sequence[Step] = (), changed: int | None = None) -> Batch:
    """Close a batch whose verbs were called in this transaction; `steps` are what has no facts (steps.py)."""
    last = new_key()
    if changed is None:
        changed = len({fact.record_id for fact in _facts(batch, batch.pk, last)})
    BatchPart(
        batch=batch,
        position=0,
        object=batch.object,
        first_fact=batch.pk,
        last_fact=last,
        changed=changed,
        steps=list(steps),
        done_at=datetime.now(UTC),
    ).save(force_insert=True)
    batch.state, batch.done, batch.total = State.DONE, changed, changed
    batch.finished_at = datetime.now(UTC)
    batch.save()
    return batch


@transaction.atomic
def change_chosen(
    obj: Object, ids: Sequence[int], *, kind: str, values: Mapping[str, Any], note: str = "", by: Actor
) -> Batch:
    """The same change for chosen records: done now, or given to a worker where they are more than 50.

    values  {"values": {field: as typed}, "add": {field: […]}, "remove": {field: […]}}; {} to archive, restore
    Raises Refused and InvalidValues before anything is done.
    """
    _check(obj, kind, values, by)
    wanted = list(dict.fromkeys(ids))[:MOST]
    versions = _versions(obj, wanted)
    rows = [[one, versions.get(one)] for one in wanted]
    batch = begin_batch(kind=kind, object=obj.name, values=values, note=note, by=by)
    _write_down(batch, obj.name, rows)
    return _do(batch, by=by)


@transaction.atomic
def change_matching(
    query: ListQuery,
    *,
    asked: Mapping[str, Any],
    kind: str,
    values: Mapping[str, Any],
    note: str = "",
    by: Actor,
) -> Batch:
    """The same for every record of a list, as it is at this moment; `asked` is the list as JSON knows it."""
    _check(query.obj, kind, values, by)
    batch = begin_batch(kind=kind, object=query.obj.name, values=values, note=note, by=by)
    batch.query = dict(asked)
    where = conditions(query, by=by)
    rows = fetch(
        f'SELECT r.id, r.version FROM "{query.obj.table}" r WHERE {where.text} ORDER BY r.id LIMIT {MOST}',
        where.params,
    )
    _write_down(batch, query.obj.name, [list(row) for row in rows])
    return _do(batch, by=by)


@transaction.atomic
def paste(obj: Object, rows: Sequence[Row], *, by: Actor) -> Batch:
    """Different texts for each record, as a spreadsheet brings them: (record, version seen, field → text).

    Cells that can't be are refusals; the others are written, and undone as one.
    """
    require(by, "change", obj)
    batch = begin_batch(kind="paste", object=obj.name, by=by)
    _write_down(batch, obj.name, [[one, version, dict(texts)] for one, version, texts in rows])
    return _do(batch, by=by)


@transaction.atomic
def undo_batch(batch_id: int, *, by: Actor) -> Batch:
    """Take a whole batch back, as a batch of its own; what people changed since stays and is told.

    Raises NotFound for one that is not the actor's (administrators undo anybody's), Refused when it is late.
    """
    rows = Batch.objects.filter(pk=batch_id)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    batch = rows.first()
    if batch is None or not _owns(batch, by):
        raise NotFound(f"batch {batch_id}")
    if batch.created_at < datetime.now(UTC) - KEPT_FOR:
        raise Refused(_("More than 30 days have passed: this can't be undone any more."))
    if not may_undo(batch, by=by):
        raise Refused(_("There is nothing to undo."))
    undo = begin_batch(kind="undo", object=batch.object, by=by, undoes=batch)
    parts = BatchPart.objects.filter(batch=batch, done_at__isnull=False).order_by("-position")
    for position, part in enumerate(parts.values_list("position", "object", "changed")):
        BatchPart(batch=undo, position=position, object=part[1], wanted=[part[0]]).save(force_insert=True)
    undo.total = batch.done
    undo.save()
    batch.undone_by_id = undo.pk
    batch.save()
    return _do(undo, by=by)


def may_undo(batch: Batch, *, by: Actor) -> bool:
    """Whether it is over, did something, is not yet taken back nor too old, and is the actor's to undo."""
    return is_undoable(batch) and _owns(batch, by)


def is_undoable(batch: Batch) -> bool:
    """The same for whoever did it."""
    fresh = batch.created_at >= datetime.now(UTC) - KEPT_FOR
    return batch.is_over and batch.done > 0 and not batch.undone_by_id and fresh


def _owns(batch: Batch, by: Actor) -> bool:
    return by.administers or (by.member_id is not None and batch.member_id == by.member_id)


def run_batch(batch: Batch, *, by: Actor) -> Batch:
    """Do what is left of a batch; safe to call again after a crash. Lets JobCancelled pass, and notes it."""
    with reading():
        left = list(
            BatchPart.objects.filter(batch=batch, done_at__isnull=True)
            .order_by("position")
            .values_list("pk", flat=True)
        )
    try:
        for part_id in left:
            batch = _do_part(batch.pk, part_id, by)
            report_progress(batch.done + batch.refused, batch.total)
    except JobCancelled:
        finish_batch(batch.pk, State.CANCELLED)
        raise
    return finish_batch(batch.pk, State.DONE)


def asker_of(batch: Batch) -> Actor:
    """Who asked for it, with the rights of this moment; raises Refused when that member is gone."""
    if batch.member_id is None:
        return system_actor(require_workspace_id(), batch.actor_name)
    member = working_member(member_id=batch.member_id)
    if member is None:
        raise Refused("batch")
    own = actor_for(member, kind=batch.actor_kind, scopes=batch.scopes)
    if not batch.actor_name or batch.actor_name == own.name:
        return own
    # Somebody acted for the member: under both names, and never looking after the workspace.
    return replace(own, name=batch.actor_name, administers=False)


def facts_of_part(part: BatchPart) -> list[Fact]:
    """What a part stated, the oldest first."""
    if part.first_fact is None or part.last_fact is None:
        return []
    return _facts(part.batch, part.first_fact, part.last_fact)


# The steps


def _check(obj: Object, kind: str, values: Mapping[str, Any], by: Actor) -> None:
    """Refuse what nobody could do, before anything is written down."""
    if kind in WHOLE:
        return
    _wish_of(obj, values, by)


def _versions(obj: Object, ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(ids), PART):
        some = ids[start : start + PART]
        found |= dict(obj.rows().filter(pk__in=some).values_list("pk", "version"))
    return found


def _write_down(batch: Batch, object: str, rows: Sequence[Any]) -> None:
    batch.total = len(rows)
    batch.save()
    parts = [
        BatchPart(batch=batch, position=position, object=object, wanted=rows[start : start + PART])
        for position, start in enumerate(range(0, len(rows), PART))
    ]
    BatchPart.objects.bulk_create(parts, batch_size=20)


def _do(batch: Batch, *, by: Actor) -> Batch:
    if batch.total <= AT_ONCE:
        return run_batch(batch, by=by)
    from guanxi.platform.records.batches.jobs import run

    batch.job_id = str(run.enqueue(batch_id=batch.pk).id)
    batch.save()
    return batch


@transaction.atomic
def _do_part(batch_id: int, part_id: int, by: Actor) -> Batch:
    """One part and the word that it is done, in one transaction."""
    rows = Batch.objects.filter(pk=batch_id)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    batch: Batch = rows.get()
    part = BatchPart.objects.get(pk=part_id)
    if part.done_at or batch.state == State.CANCELLED:
        return batch
    part.batch = batch
    written = _undo_part(batch, part, by) if batch.kind == "undo" else _change_part(batch, part, by)
    part.changed, part.refusals = len(written.changed), [list(one) for one in written.refusals]
    part.first_fact, part.last_fact = written.first_fact, written.last_fact
    part.done_at = datetime.now(UTC)
    part.save()
    batch.state = State.RUNNING
    batch.done += len(set(written.changed))
    batch.refused += len({record_id for record_id, _why in written.refusals})
    batch.save()
    return batch


def _change_part(batch: Batch, part: BatchPart, by: Actor) -> Written:
    obj = registry.get(part.object)
    if batch.kind in WHOLE:
        wishes = [Wish(one[0], act=batch.kind) for one in part.wanted]  # type: ignore[arg-type]
        return change_many(obj, wishes, by=by, data=batch.mark)
    refusals: list[tuple[int, str]] = []
    if batch.kind == "paste":
        wishes = wishes_of(obj, part.wanted, by=by, refusals=refusals)
    else:
        values = _wish_of(obj, batch.values, by)
        wishes = [Wish(one[0], values, version=one[1]) for one in part.wanted]
    written = change_many(obj, wishes, by=by, data=batch.mark)
    return Written(written.changed, [*refusals, *written.refusals], written.first_fact, written.last_fact)


def _wish_of(obj: Object, asked: Mapping[str, Any], by: Actor) -> Any:
    """Kept values, or a function that makes them where something is added or removed."""
    context = field_context(by)
    values = clean_values(obj, asked.get("values", {}), by=by, context=context, creating=False)
    more = clean_values(obj, asked.get("add", {}), by=by, context=context, creating=False)
    less = clean_values(obj, asked.get("remove", {}), by=by, context=context, creating=False)
    if not more and not less:
        return values

    def wished(record: Any) -> dict[str, Any]:
        found = dict(values)
        for name in {*more, *less}:
            there = list(obj[name].get(record) or [])
            gone = less.get(name) or []
            kept = [one for one in there if one not in gone]
            found[name] = list(dict.fromkeys([*kept, *(more.get(name) or [])]))
        return found

    return wished


def _undo_part(batch: Batch, part: BatchPart, by: Actor) -> Written:
    """The part of the batch that is taken back, its steps and then its facts, the last one first."""
    undone = BatchPart.objects.select_related("batch").get(batch_id=batch.undoes_id, position=part.wanted[0])
    if (asked := _before_undo.get(undone.batch.kind)) is not None:
        by = asked(undone.batch, by)
    first = new_key()
    facts = facts_of_part(undone)
    changed: list[int] = []
    refusals: list[tuple[int, str]] = []
    for name in dict.fromkeys(fact.object for fact in reversed(facts)):
        if not registry.has(name):
            continue
        obj = registry.get(name)
        led = undone.batch.kind in _relinking and undone.batch.object not in (name, obj.whole)
        act: Act = "relink" if led else "change"
        for backs in _backs(obj, [fact for fact in facts if fact.object == name], act):
            for start in range(0, len(backs), PART):
                written = change_many(obj, backs[start : start + PART], by=by, data=batch.mark)
                changed += written.changed
                refusals += written.refusals
    if undone.steps:
        _done, kept = take_back(undone.steps)
        refusals += [(0, _("It was changed again, so it stays."))] * kept
    return Written(changed, refusals, first, new_key())


def _backs(obj: Object, facts: Sequence[Fact], act: Act) -> tuple[list[Wish], list[Wish], list[Wish]]:
    """For each record the way back through all that the batch did to it: what is to be changed back, then
    what is to be restored, then what is to be archived again."""
    by_record: dict[int, list[Fact]] = {}
    for fact in facts:
        by_record.setdefault(fact.record_id, []).append(fact)
    restored: list[Wish] = []
    changed: list[Wish] = []
    archived: list[Wish] = []
    for record_id, done in by_record.items():
        verbs = [fact.verb for fact in done]
        if "created" in verbs:
            archived.append(Wish(record_id, act="archive"))
            continue
        if "deleted" in verbs:
            restored.append(Wish(record_id, act="undelete"))
            continue
        moves = [verb for verb in verbs if verb in ("archived", "restored")]
        if moves and moves[0] == "archived":
            restored.append(Wish(record_id, act="restore"))
        elif moves:
            archived.append(Wish(record_id, act="archive"))
        if (back := _changed_back(obj, done, act)) is not None:
            changed.append(back)
    return changed, restored, archived  # a unique value is given back before its owner returns


def _changed_back(obj: Object, done: Sequence[Fact], act: Act) -> Wish | None:
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for fact in done:
        for name, pair in fact.changes.items():
            old.setdefault(name, pair[0])
            new[name] = pair[1]
    writable = [
        name
        for name in old
        if name in obj.fields_by_name and not obj[name].readonly and old[name] != new[name]
    ]
    if not writable:
        return None
    values = {name: obj[name].from_json(old[name]) for name in writable}
    return Wish(done[0].record_id, values, act=act, expected={name: new[name] for name in writable})


def _facts(batch: Batch, first: int, last: int) -> list[Fact]:
    """Facts between two keys that this batch stated: others' may lie between them."""
    mark = str(batch.pk)
    rows = Fact.objects.filter(pk__gt=first, pk__lt=last).order_by("pk")
    return [fact for fact in rows.iterator(chunk_size=2_000) if fact.data.get("batch") == mark]


@transaction.atomic
def finish_batch(batch_id: int, state: str, error: str = "") -> Batch:
    """Note how a batch ended, where that is not noted yet; of one that a worker did, state batch.finished."""
    batch: Batch = Batch.objects.get(pk=batch_id)
    if batch.is_over:
        return batch
    batch.state, batch.finished_at = state, datetime.now(UTC)
    batch.note = batch.note or error[:300]
    batch.save()
    if batch.job_id and batch.actor_kind == "member" and batch.member_id is not None:
        data = {"state": str(state), "member": str(batch.member_id)}
        state_fact("batch", "finished", batch.pk, by=system_actor(batch.workspace_id, "batch"), data=data)
    return batch
