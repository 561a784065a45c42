"""A past to learn from, put into the tables and into a warehouse of the test's own."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from guanxi.analytics.warehouse.feeding import rebuild
from guanxi.platform.identity.actors import Actor
from guanxi.sales.leads.models import Lead

SOURCES = ("Fair", "Referral", "Website")


def decided_leads(by: Actor, count: int = 320, *, open_: int = 30) -> list[Lead]:
    """Leads of a year: who was referred is converted far more often; `open_` more are undecided."""
    chance, now = random.Random(7), datetime.now(UTC)
    rows = []
    for place in range(count + open_):
        source = SOURCES[place % 3]
        won = chance.random() < {"Fair": 0.35, "Referral": 0.75, "Website": 0.2}[source]
        day = (now - timedelta(days=360 * (count - place) / count)).date() if place < count else now.date()
        status = "assigned" if place >= count else "converted" if won else "disqualified"
        rows.append(
            Lead(
                workspace_id=by.workspace_id,
                name=f"Lead {place}",
                source=source,
                industry=chance.choice(("Marine", "Energy")),
                status=status,
                reason="need" if status == "disqualified" else None,
                owner_id=by.member_id,
                team_id=by.team_id,
                arrived_on=day,
                created_at=now,
                updated_at=now,
                score=50 if source == "Referral" and chance.random() < 0.6 else 0,
            )
        )
    made: list[Lead] = Lead.objects.bulk_create(rows)
    rebuild(["lead"])
    return made
