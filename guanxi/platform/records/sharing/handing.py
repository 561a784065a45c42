"""Everything that one member owns goes to others, and back for 30 days as far as nobody has changed it.

What is about the member themselves (targets, kept forecasts, statements of commission, work reports) stays
theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import Draft, state_fact, state_facts
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.sharing.actions import note_holders
from guanxi.platform.records.sharing.models import Grantee, HandedOver, HandOver, Share
from guanxi.platform.records.sql import fetch, fetch_value, run
from guanxi.platform.tenancy.context import require_workspace_id

AT_ONCE = 1_000
SHARES = "share"  # what was shared with the member goes along


def require_hand_over(member_id: int, *, by: Actor) -> None:
    """Administrators hand over what anybody owns, the head of a team what its members own.

    Raises Refused, and NotFound for nobody of the workspace.
    """
    row = Member.objects.filter(pk=member_id).values_list("team_id").first()
    if not by.administers and (row is None or row[0] not in by.led_ids or by.scopes is not None):
        raise Refused("member.hand_over")
    if row is None:
        raise NotFound(f"member {member_id}")


def owned_counts(member_id: int) -> dict[str, int]:
    """Object → how many records of it would go; of what is done (activities) only what is open."""
    found: dict[str, int] = {}
    for obj in _objects():
        own = _owned(obj)
        # The index of owners holds what is not archived: the two are counted apart.
        count = sum(
            fetch_value(
                f'SELECT count(*) FROM "{obj.table}" r WHERE {own} AND r.archived_at IS {word}NULL',
                _params(obj, member_id),
            )
            for word in ("", "NOT ")
        )
        if count:
            found[obj.name] = int(count)
    if shares := Share.objects.filter(grantee_id=member_id, rule_id=0).count():
        found[SHARES] = shares
    return found


@transaction.atomic
def start_hand_over(*, member_id: int, receivers: Sequence[int], by: Actor) -> HandOver:
    """Begin to hand over everything a member owns; a job does it.

    With several receivers each gets a part; what belongs to one customer stays together. Raises Refused,
    NotFound, and InvalidValues for receivers who are not there.
    """
    require_hand_over(member_id, by=by)
    wanted = sorted(set(receivers) - {member_id})
    working = Member.objects.filter(pk__in=wanted, left_at=None, user__deactivated_at=None)
    if not by.administers:  # a head hands over within the teams that they lead
        working = working.filter(Q(team_id__in=by.led_ids) | Q(pk=by.member_id))
    if not wanted or working.count() != len(wanted):
        raise InvalidValues({"to": [FieldError("receivers", _("Choose who takes over."))]})
    if HandOver.objects.filter(member_id=member_id, done_at=None).exists():
        raise InvalidValues({"to": [FieldError("running", _("This is being handed over already."))]})
    made = HandOver(member_id=member_id, receivers=wanted, created_by_id=by.member_id)
    made.save()
    named = member_names([member_id, *wanted])
    data = {"hand_over": str(made.pk), "to": [named[one].name for one in wanted]}
    state_fact("member", "handed_over", member_id, by=by, title=named[member_id].name, data=data)
    from guanxi.platform.records.sharing.jobs import hand_over

    hand_over.enqueue(hand_over_id=made.pk)
    return made


@transaction.atomic
def hand_over_next(hand_over_id: int) -> int:
    """Move the next records; how many. 0: everything is handed over.

    Which record goes to whom follows from the record alone, so it does not matter how often this was begun.
    """
    made = HandOver.objects.select_for_update().filter(pk=hand_over_id, done_at=None).first()
    if made is None:
        return 0
    teams = dict(Member.objects.filter(pk__in=made.receivers).values_list("pk", "team_id"))
    moved = 0
    for obj in _objects():
        rows = _next_rows(obj, made.member_id)
        if rows:
            moved = _move(made, obj, rows, teams)
            made.counts[obj.name] = made.counts.get(obj.name, 0) + moved
            break
    else:
        moved = _move_shares(made)
        if moved:
            made.counts[SHARES] = made.counts.get(SHARES, 0) + moved
    if not moved:
        made.done_at = timezone.now()
    made.save()
    return moved


@transaction.atomic
def start_undo(hand_over_id: int, *, by: Actor) -> HandOver:
    """Give everything back that nobody has changed since. Raises Refused, NotFound, InvalidValues."""
    made: HandOver | None = HandOver.objects.select_for_update().filter(pk=hand_over_id).first()
    if made is not None or not by.administers:
        require_hand_over(made.member_id if made else 0, by=by)
    if made is None:
        raise NotFound(f"hand_over {hand_over_id}")
    if made.done_at is None or made.undone_at or made.created_at < timezone.now() - KEPT_FOR:
        raise InvalidValues({"": [FieldError("over", _("This can't be taken back any more."))]})
    made.undone_at, made.undone_by_id = timezone.now(), by.member_id
    made.save()
    named = member_names([made.member_id])[made.member_id].name
    data = {"hand_over": str(made.pk)}
    state_fact("member", "hand_over_undone", made.member_id, by=by, title=named, data=data)
    from guanxi.platform.records.sharing.jobs import undo_hand_over

    undo_hand_over.enqueue(hand_over_id=made.pk)
    return made


@transaction.atomic
def undo_next(hand_over_id: int) -> int:
    """Give the next records back; how many were looked at."""
    made = HandOver.objects.select_for_update().filter(pk=hand_over_id).exclude(undone_at=None).first()
    rows = list(HandedOver.objects.filter(hand_over_id=hand_over_id).order_by("pk")[:AT_ONCE])
    if made is None or not rows:
        return 0
    by_object: dict[str, list[HandedOver]] = defaultdict(list)
    for row in rows:
        by_object[row.object].append(row)
    given = 0
    for name, found in by_object.items():
        if name == SHARES:
            given += _give_shares_back(made, found)
        elif registry.has(name):
            given += _give_back(made, registry.get(name), found)
    HandedOver.objects.filter(pk__in=[row.pk for row in rows]).delete()
    HandOver.objects.filter(pk=made.pk).update(kept=F("kept") + len(rows) - given)
    return len(rows)


# Which records


@dataclass(frozen=True, slots=True)
class _Owned:
    id: int
    title: str
    team_id: int | None
    version: int
    group: int  # the customer it belongs to, or itself


def _objects() -> list[Object]:
    return [obj for obj in registry.objects() if obj.owned and not obj.personal]


def _owned(obj: Object) -> str:
    kind = " AND r.kind = %s" if obj.kind else ""
    return f"r.workspace_id = %s AND r.owner_id = %s{kind}" + (
        f' AND r."{obj[obj.done].column}" IS NULL' if obj.done else ""
    )


def _params(obj: Object, member_id: int) -> tuple[Any, ...]:
    return (require_workspace_id(), member_id, *((obj.kind,) if obj.kind else ()))


def _next_rows(obj: Object, member_id: int) -> list[_Owned]:
    group = _customer(obj)
    lock = " FOR UPDATE OF r" if connection.vendor == "postgresql" else ""
    for word in ("", "NOT "):
        rows = fetch(
            f'SELECT r.id, r."{obj.title_field.column}", r.team_id, r.version, {group}'
            f' FROM "{obj.table}" r WHERE {_owned(obj)} AND r.archived_at IS {word}NULL'
            f" ORDER BY r.id LIMIT {AT_ONCE}{lock}",
            _params(obj, member_id),
        )
        if rows:
            return [_Owned(*row) for row in rows]
    return []


def _customer(obj: Object) -> str:
    """The record to which this one belongs, as SQL: the first that it links to and that has an owner."""
    for one in obj.fields:
        if not isinstance(one, Link) or one.multiple or one.readonly or one.to == obj.name:
            continue
        if registry.has(one.to) and registry.get(one.to).owned and not obj.kind:
            columns = {found.column for found in obj.model_class._meta.concrete_fields}
            if one.column in columns:
                return f'COALESCE(r."{one.column}", r.id)'
    return "r.id"


def _receiver(made: HandOver, group: int) -> int:
    """Spread evenly, and the same for everything of one customer."""
    return int(made.receivers[crc32(str(group).encode()) % len(made.receivers)])


# Moving them


def _move(made: HandOver, obj: Object, rows: Sequence[_Owned], teams: Mapping[int, int | None]) -> int:
    by_receiver: dict[int, list[_Owned]] = defaultdict(list)
    for row in rows:
        by_receiver[_receiver(made, row.group)].append(row)
    drafts: list[Draft] = []
    for receiver, given in by_receiver.items():
        _give(obj, [row.id for row in given], receiver, teams[receiver])
        drafts += [
            _draft(obj, row, made, made.member_id, receiver, row.team_id, teams[receiver]) for row in given
        ]
        HandedOver.objects.bulk_create(
            [
                HandedOver(
                    hand_over_id=made.pk,
                    object=obj.name,
                    record_id=row.id,
                    team_id=row.team_id,
                    receiver_id=receiver,
                    version=row.version + 1,
                )
                for row in given
            ],
            batch_size=500,
            ignore_conflicts=True,
        )
    state_facts(drafts, by=_actor(made.created_by_id))
    return len(rows)


def _give_back(made: HandOver, obj: Object, rows: Sequence[HandedOver]) -> int:
    """The records that are as the hand-over left them go back to where they were."""
    marks = ", ".join(["%s"] * len(rows))
    now = {
        row[0]: row
        for row in fetch(
            f'SELECT r.id, r."{obj.title_field.column}", r.team_id, r.version, r.id, r.owner_id'
            f' FROM "{obj.table}" r WHERE r.workspace_id = %s AND r.id IN ({marks})',
            (require_workspace_id(), *(row.record_id for row in rows)),
        )
    }
    same = [
        row
        for row in rows
        if row.record_id in now and now[row.record_id][3::2] == (row.version, row.receiver_id)
    ]
    by_team: dict[int | None, list[int]] = defaultdict(list)
    for row in same:
        by_team[row.team_id].append(row.record_id)
    for team_id, ids in by_team.items():
        _give(obj, ids, made.member_id, team_id)
    drafts = [
        _draft(
            obj, _Owned(*now[row.record_id][:5]), made, row.receiver_id, made.member_id,
            now[row.record_id][2], row.team_id,
        )
        for row in same
    ]  # fmt: skip
    state_facts(drafts, by=_actor(made.undone_by_id))
    return len(same)


def _give(obj: Object, ids: Collection[int], to: int, team_id: int | None) -> None:
    for some in _pieces(list(ids)):
        marks = ", ".join(["%s"] * len(some))
        run(
            f'UPDATE "{obj.table}" SET owner_id = %s, team_id = %s, version = version + 1, updated_at = %s'
            f" WHERE workspace_id = %s AND id IN ({marks})",
            (to, team_id, timezone.now(), require_workspace_id(), *some),
        )


def _draft(
    obj: Object,
    row: _Owned,
    made: HandOver,
    owner: int,
    new_owner: int,
    team: int | None,
    new_team: int | None,
) -> Draft:
    changes = {"owner": [obj["owner"].to_json(owner), obj["owner"].to_json(new_owner)]}
    if team != new_team:
        changes["team"] = [
            None if one is None else obj["team"].to_json(one) for one in (team, new_team)
        ]  # fmt: skip
    return Draft(
        obj.name,
        "assigned",
        row.id,
        title=row.title or "",
        changes=changes,
        data={"hand_over": str(made.pk)},
        version=row.version + 1,
    )


def _move_shares(made: HandOver) -> int:
    """What was shared with the member is shared with a receiver; who has it already keeps what they have."""
    rows = list(Share.objects.filter(grantee_id=made.member_id, rule_id=0).order_by("pk")[:AT_ONCE])
    for row in rows:
        receiver = _receiver(made, row.record_id)
        taken = Share.objects.filter(
            object=row.object, record_id=row.record_id, grantee_id=receiver, rule_id=0
        )
        if taken.exists():
            row.delete()
            continue
        Share.objects.filter(pk=row.pk).update(grantee_id=receiver, grantee_kind=Grantee.MEMBER)
        note_holders(row.object, [receiver])
        HandedOver(
            hand_over_id=made.pk, object=SHARES, record_id=row.pk, receiver_id=receiver, version=0
        ).save()
    return len(rows)


def _give_shares_back(made: HandOver, rows: Sequence[HandedOver]) -> int:
    given = 0
    for row in rows:
        share = Share.objects.filter(pk=row.record_id, grantee_id=row.receiver_id)
        given += share.update(grantee_id=made.member_id)
    return given


def _actor(member_id: int | None) -> Actor:
    """Who began it, as they are now; the product itself after they left."""
    member = working_member(member_id=member_id) if member_id else None
    return actor_for(member) if member else system_actor(require_workspace_id(), "Guanxi")


def _pieces(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), 500):
        yield ids[start : start + 500]
