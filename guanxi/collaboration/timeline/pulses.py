"""The pulses of records, from the weekly counts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from guanxi.platform.metadata import registry
from guanxi.platform.records.pulses import Silence, answer_pulses
from guanxi.platform.records.questions import Question, Raw, Select, answered
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.web.components import Pulse


@answer_pulses
def traffic_pulses(object: str, ids: Collection[int], weeks: int) -> Question[dict[int, Pulse]]:
    """Counts and last contact of all records that are asked for."""
    obj = registry.get(object)
    if not obj.touched:
        nothing: dict[int, Pulse] = {}
        return answered(nothing)
    zone = timezone.get_current_timezone()
    today = timezone.now().astimezone(zone).date()
    first = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    marks = ", ".join(["%s"] * len(ids))
    select = Select(
        ("r.id", "r.last_touch_at", "r.rhythm_days", "t.week", "t.incoming", "t.outgoing"),
        f'FROM "{obj.table}" r LEFT JOIN collaboration_traffic t ON t.workspace_id = r.workspace_id'
        f" AND t.object = %s AND t.record_id = r.id AND t.week >= %s"
        f" WHERE r.workspace_id = %s AND r.id IN ({marks})",
        (object, first, require_workspace_id(), *ids),
        ("bigint", "timestamp with time zone", "integer", "date", "integer", "integer"),
    )
    return Question((select,), lambda raw: _pulses(raw[0], weeks, first, today, zone))


def _pulses(rows: Raw, weeks: int, first: date, today: date, zone: tzinfo) -> dict[int, Pulse]:
    came: dict[int, list[int]] = {}
    went: dict[int, list[int]] = {}
    tones: dict[int, Any] = {}
    for pk, last_touch_at, rhythm_days, week, incoming, outgoing in rows:
        if pk not in tones:
            came[pk], went[pk] = [0] * weeks, [0] * weeks
            last = _moment(last_touch_at)
            tones[pk] = Silence.between(last.astimezone(zone).date(), today, rhythm_days).tone if last else ""
        if week is not None:
            # Weeks are the workspace's: before the reader's Monday its new week joins the last one.
            place = min((_day(week) - first).days // 7, weeks - 1)
            came[pk][place] += incoming
            went[pk][place] += outgoing
    return {pk: Pulse.of(came[pk], went[pk], tone=tone) for pk, tone in tones.items()}


def _moment(value: Any) -> datetime | None:
    """SQLite's driver gives text, in UTC."""
    found: datetime | None = parse_datetime(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _day(value: Any) -> date:
    found: date = date.fromisoformat(value) if isinstance(value, str) else value
    return found
