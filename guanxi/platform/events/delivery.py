"""Delivery: facts to consumers, each with a cursor of its own in each workspace.

What a consumer does to the database and its cursor's move are one transaction, so a worker that dies
in the middle has done nothing, and its successor does it once.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from guanxi.platform.events.consuming import CONSUMERS, Consumer
from guanxi.platform.events.models import Cursor, Fact, FactHead, ParkedFact, RelayState, Subscription
from guanxi.platform.events.relay import run_relay_once
from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.home import at_home
from guanxi.platform.tenancy.transactions import reading

RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
# So many failures and not one success in a batch: the consumer is broken, not the facts.
_BROKEN = 20
_LOOK_ANYWAY = 5.0  # seconds until resting consumers are looked for also when nothing was stamped

_quiet_at, _quiet_until = -1, 0.0

_log = logging.getLogger(__name__)


class ConsumerBroken(RuntimeError):
    """A consumer fails on whatever it is given; it keeps its place and is tried again later."""


def deliver_news() -> int:
    """The worker's duty: `deliver_once`, or one cheap look where nothing was stamped since the last."""
    global _quiet_at, _quiet_until
    newest = _newest()
    if newest == _quiet_at and monotonic() < _quiet_until:
        return 0
    delivered = deliver_once()
    if not delivered:
        _quiet_at, _quiet_until = newest, monotonic() + _LOOK_ANYWAY
    return delivered


def deliver_once(*, park: bool = True) -> int:
    """Give every consumer that lags one batch in each workspace; returns how many facts the largest had.

    The largest, and not the sum over some twenty consumers, says whether more is waiting than a batch takes.
    A batch without a fact that its consumer hears counts as one: its cursor has moved.

    park  False: an error of a consumer is raised (tests want to see it), instead of parking the fact
    """
    delivered, lagging = 0, _lagging()
    for consumer in list(CONSUMERS.values()):
        for workspace_id, head, zone in lagging.get(consumer.name, ()):
            delivered = max(delivered, _deliver(consumer, workspace_id, head, zone, park=park))
    return delivered


def drain_events(*, park: bool = False) -> int:
    """Stamp and deliver until nothing is left (tests, commands); returns how many facts were stamped."""
    total = 0
    while True:
        stamped = run_relay_once()
        total += stamped
        if not deliver_once(park=park) and not stamped:
            return total


def retry_parked_once(limit: int = 50) -> int:
    """Try parked facts again whose time has come; returns how many went well."""
    with everywhere("parked facts of all workspaces"), reading():
        due = list(
            ParkedFact.objects.filter(next_try_at__lte=timezone.now(), consumer__in=CONSUMERS)
            .order_by("next_try_at")
            .values_list("workspace_id", "id")[:limit]
        )
    return sum(_retry(workspace_id, parked_id) for workspace_id, parked_id in due)


def _lagging() -> dict[str, list[tuple[int, int, str]]]:
    """Consumer → workspaces that have facts after its cursor, with their newest position and their zone.

    Asked once for all consumers: with two workers that look five times a second, the asking itself counts.
    """
    found: dict[str, list[tuple[int, int, str]]] = {}
    with everywhere("the cursors of all workspaces"), reading():
        head = FactHead.objects.filter(workspace_id=OuterRef("workspace_id")).values("position")[:1]
        behind = (
            Cursor.objects.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=timezone.now()))
            .annotate(head=Subquery(head))
            .filter(consumer__in=list(CONSUMERS), head__gt=F("position"))
            .order_by("position")  # the one that has waited longest first
            .values_list("consumer", "workspace_id", "head", "workspace__timezone")
        )
        for name, workspace_id, position, zone in behind:
            found.setdefault(name, []).append((workspace_id, position, zone))
        for name, workspace_id, position in _unheard():
            found.setdefault(name, []).append((workspace_id, position, ""))
    return found


def _unheard() -> list[tuple[str, int, int]]:
    """(consumer, workspace, newest position) where a consumer has heard nothing yet and now could."""
    cursors = Cursor.objects.filter(consumer__in=list(CONSUMERS))
    own = cursors.filter(workspace_id=OuterRef("workspace_id")).order_by().values("workspace_id")
    heads = dict(
        FactHead.objects.annotate(known=Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")[:1]), 0))
        .filter(known__lt=len(CONSUMERS))
        .values_list("workspace_id", "position")
    )
    if not heads:
        return []
    rows = cursors.filter(workspace_id__in=heads).values_list("workspace_id", "consumer")
    known = set(rows)
    return [
        (consumer.name, workspace_id, position)
        for consumer in CONSUMERS.values()
        if not all((workspace_id, consumer.name) in known for workspace_id in heads)
        for since in (_since(consumer),)
        for workspace_id, position in heads.items()
        if (workspace_id, consumer.name) not in known and position > since
    ]


def _since(consumer: Consumer) -> int:
    """The position after which a consumer begins in a workspace where it has no cursor yet."""
    known = Subscription.objects.filter(pk=consumer.name).first()
    if known is None:
        known, _ = Subscription.objects.get_or_create(
            pk=consumer.name, defaults={"since": _newest() if consumer.starts == "now" else 0}
        )
    return known.since


def _newest() -> int:
    return RelayState.objects.filter(pk=1).values_list("position", flat=True).first() or 0


def _deliver(consumer: Consumer, workspace_id: int, head: int, zone: str, *, park: bool) -> int:
    """One batch to one consumer: all of it, or all but the facts that had to be parked."""
    with at_home(workspace_id, zone):
        if _has_passed(consumer, head):
            return 0
        try:
            return _deliver_batch(consumer, head)
        except Exception as error:
            if not park:
                raise
            _log.warning("%s failed on a batch, trying its facts one by one: %r", consumer.name, error)
        try:
            return _deliver_one_by_one(consumer, head)
        except Exception as error:
            _log.exception("%s keeps its place", consumer.name)
            _hold(consumer, error)
            return 0


def _has_passed(consumer: Consumer, head: int) -> bool:
    """Whether another worker was faster. Asked without a lock: on SQLite that makes all writers wait.

    Where locking the cursor makes nobody wait, that says it too, and to ask first is one transaction more.
    """
    if connection.features.has_select_for_update_skip_locked:
        return False
    return bool(Cursor.objects.filter(consumer=consumer.name, position__gte=head).exists())


def _deliver_batch(consumer: Consumer, head: int) -> int:
    with transaction.atomic():
        cursor = _lock(consumer)
        if cursor is None or cursor.position >= head:
            return 0
        facts, until = _next(consumer, cursor.position, head)
        if facts:
            consumer.handle(facts)
        return _move(cursor, until, len(facts))


def _deliver_one_by_one(consumer: Consumer, head: int) -> int:
    with transaction.atomic():
        cursor = _lock(consumer)
        if cursor is None:
            return 0
        facts, until = _next(consumer, cursor.position, head)
        parked = []
        for fact in facts:
            try:
                with transaction.atomic():
                    consumer.handle([fact])
            except Exception as error:
                if _is_nobodys_fault(error):
                    raise
                parked.append(_park(consumer, fact))
        if len(parked) >= _BROKEN and len(parked) == len(facts):
            raise ConsumerBroken(parked[-1].error)
        ParkedFact.objects.bulk_create(parked, ignore_conflicts=True)
        return _move(cursor, until, len(facts))


def _lock(consumer: Consumer) -> Cursor | None:
    """The consumer's cursor in the chosen workspace, ours until the end of the transaction.

    None where another worker has it: it is being delivered right now.
    """
    own = Cursor.objects.select_for_update(skip_locked=True).filter(consumer=consumer.name)
    cursor: Cursor | None = own.first()
    if cursor is None:
        fresh = Cursor(consumer=consumer.name, position=_since(consumer))
        Cursor.objects.bulk_create([fresh], ignore_conflicts=True)
        cursor = own.first()
    return cursor


def _next(consumer: Consumer, after: int, head: int) -> tuple[Sequence[Fact], int]:
    """The next facts that it hears, and the position that is reached with them."""
    ahead = Fact.objects.filter(position__gt=after, position__lte=head)
    facts = list(ahead.filter(consumer.heard()).order_by("position")[: consumer.batch])
    if len(facts) < consumer.batch:
        return facts, max(after, head)
    return facts, facts[-1].position


def _move(cursor: Cursor, position: int, count: int) -> int:
    moved = position > cursor.position
    cursor.position, cursor.moved_at = position, timezone.now()
    cursor.failures, cursor.retry_at, cursor.error = 0, None, ""
    cursor.save()
    return max(count, 1) if moved else 0


def _park(consumer: Consumer, fact: Fact) -> ParkedFact:
    now = timezone.now()
    return ParkedFact(
        consumer=consumer.name,
        fact=fact,
        error=traceback.format_exc(),
        parked_at=now,
        next_try_at=_next_try(1, now),
    )


def _hold(consumer: Consumer, error: Exception) -> None:
    """Let a consumer rest that could not be given anything; the others go on."""
    with transaction.atomic():
        cursor = _lock(consumer)
        if cursor is not None:
            cursor.failures += 1
            rest = RETRY_AFTER[min(cursor.failures, len(RETRY_AFTER)) - 1]
            # What passes by itself (a lost connection, a deadlock) is tried again soon.
            cursor.retry_at = timezone.now() + (timedelta(seconds=1) if _is_nobodys_fault(error) else rest)
            cursor.error = str(error) or repr(error)
            cursor.save()


def _retry(workspace_id: int, parked_id: int) -> bool:
    with at_home(workspace_id), transaction.atomic():
        parked = (
            ParkedFact.objects.select_for_update(skip_locked=True)
            .filter(pk=parked_id)
            .select_related("fact")
            .first()
        )
        consumer = CONSUMERS.get(parked.consumer) if parked else None
        if parked is None or consumer is None:
            return False
        try:
            with transaction.atomic():
                consumer.handle([parked.fact])
        except Exception as error:
            if _is_nobodys_fault(error):
                raise
            parked.attempts += 1
            parked.error = traceback.format_exc()
            parked.next_try_at = _next_try(parked.attempts, timezone.now())
            parked.save()
            return False
        parked.delete()
        return True


def _next_try(attempts: int, now: datetime) -> datetime | None:
    return now + RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None


def _is_nobodys_fault(error: Exception) -> bool:
    """Whether an error says nothing about the fact: the connection went, or two transactions met."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    if connection.vendor == "sqlite":
        return any(word in str(error) for word in ("locked", "busy", "disk"))
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state[:2] in {"08", "40", "53", "55", "57"}
