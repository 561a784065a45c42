"""A past to learn from, put into the tables and into a warehouse of the test's own."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from guanxi.analytics.warehouse.feeding import rebuild
from guanxi.people.companies.models import Company
from guanxi.platform.identity.actors import Actor
from guanxi.sales.deals.models import Deal, Pipeline, Stage
from guanxi.sales.leads.models import Lead
from guanxi.sales.products.models import Product

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


def shoppers(by: Actor, *, heavy: int = 90, light: int = 90, others: int = 40) -> list[Company]:
    """Companies that buy: `heavy` often and until lately, every other with a probe to their meter, the rest a
    cable to their buoy; `light` seldom and little. Some stop. `others` never bought; half of them are marine
    too."""
    chance, now = random.Random(5), datetime.now(UTC)
    common = {"workspace_id": by.workspace_id, "created_at": now, "updated_at": now}
    line = Pipeline.objects.create(name="Sales", **common)
    stage = Stage.objects.create(name="Won", kind="won", pipeline=line, **common)
    goods = [Product.objects.create(name=name, **common) for name in ("Meter", "Probe", "Buoy", "Cable")]
    firms = Company.objects.bulk_create(
        [
            Company(
                name=f"Firm {place}",
                industry="marine" if place < heavy or (place >= heavy + light and place % 2) else "energy",
                owner_id=by.member_id,
                team_id=by.team_id,
                **common,
            )
            for place in range(heavy + light + others)
        ]
    )
    deals = []
    for place, firm in enumerate(firms[: heavy + light]):
        often = place < heavy
        stops = chance.random() < (0.25 if often else 0.6)
        last = chance.randrange(60, 480) if stops else 0
        days = range(600, last, -24) if often else range(590, last, -110)
        probes, complete = place % 2 == 1, chance.random() < 0.8
        for at, back in enumerate(days):
            product = goods[at % 2] if probes else goods[2 + (at % 2 if complete else 0)]
            deals.append(
                Deal(
                    name=f"Deal {place} {at}",
                    pipeline=line,
                    stage=stage,
                    status="won",
                    company=firm,
                    product=product,
                    amount=Decimal(9000 if often else 500),
                    amount_base=Decimal(9000 if often else 500),
                    closed_on=(now - timedelta(days=back + chance.randrange(6))).date(),
                    owner_id=by.member_id,
                    team_id=by.team_id,
                    **common,
                )
            )
    Deal.objects.bulk_create(deals)
    rebuild(["company", "deal", "product"])
    return list(firms)
