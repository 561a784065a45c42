"""To whom a record is open, for its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.questions import Question, Select
from guanxi.platform.records.sharing.actions import may_share
from guanxi.platform.records.sharing.models import Grantee

SHOWN = 60
WORDS = ("presales", "service", "assistant", "project", "finance")


@dataclass(frozen=True, slots=True)
class Shown:
    """One share as a page draws it."""

    id: int
    kind: str
    grantee_id: int
    name: str
    writes: bool
    until: datetime | None
    word: str
    rule: str
    may_end: bool

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds, where the reader is."""
        return last_day(self.until) if self.until else None

    @property
    def icon(self) -> str:
        return {"team": "users", "role": "shield"}.get(self.kind, "")


def shares_question(obj: Object, record: Any, by: Actor) -> Question[list[Shown]]:
    """Every running share of a record with the name of who holds it, members first."""
    may = may_share(obj, record, by)

    def read(raw: Sequence[Sequence[tuple[Any, ...]]]) -> list[Shown]:
        return [
            Shown(
                id=row[0],
                kind=row[4],
                grantee_id=row[1],
                name=row[5] or _system_role(row[6]) or _("somebody who left"),
                writes=bool(row[2]),
                until=_moment(row[3]),
                word=row[7] or "",
                rule=row[8] or "",
                may_end=not row[8] and (may or (row[4] == Grantee.MEMBER and row[1] == by.member_id)),
            )
            for row in raw[0]
        ]

    columns = (
        "s.id", "s.grantee_id", "s.writes", "s.until", "s.grantee_kind",
        "COALESCE(NULLIF(m.name, ''), NULLIF(u.name, ''), u.email, t.name, NULLIF(o.name, ''))",
        "o.system", "s.word", "q.name",
    )  # fmt: skip
    tail = (
        "FROM records_share s"
        " LEFT JOIN identity_member m ON m.id = s.grantee_id AND m.workspace_id = s.workspace_id"
        " LEFT JOIN identity_user u ON u.id = m.user_id"
        " LEFT JOIN identity_team t ON t.id = s.grantee_id AND t.workspace_id = s.workspace_id"
        " LEFT JOIN identity_role o ON o.id = s.grantee_id AND o.workspace_id = s.workspace_id"
        " LEFT JOIN records_sharing_rule q ON q.id = s.rule_id AND q.workspace_id = s.workspace_id"
        " WHERE s.workspace_id = %s AND s.object = %s AND s.record_id = %s"
        " AND (s.until IS NULL OR s.until > %s)"
        f" ORDER BY s.word = '', s.grantee_kind, s.id LIMIT {SHOWN}"
    )
    params = (by.workspace_id, obj.name, record.pk, timezone.now())
    kinds = (
        "bigint", "bigint", "boolean", "timestamp with time zone", "text", "text", "text", "text", "text",
    )  # fmt: skip
    return Question((Select(columns, tail, params, kinds),), read)


def last_day(until: datetime) -> date:
    """The day that ends at this moment: shares are given until the end of a day."""
    return timezone.localdate(until - timedelta(seconds=1))


def _moment(value: datetime | str | None) -> datetime | None:
    """SQLite says a moment as text where the statement begins with another question."""
    if isinstance(value, str):
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return value


def _system_role(system: str | None) -> str:
    from guanxi.platform.identity.permissions import SYSTEM_ROLES

    return str(SYSTEM_ROLES[system].label) if system in SYSTEM_ROLES else ""
