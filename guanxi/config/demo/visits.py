"""Visits of the days before: who was at a customer's door, for how long, and how far from the address."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from guanxi.collaboration.activities.models import Activity
from guanxi.config.demo import words
from guanxi.people.companies.models import Company
from guanxi.platform.i18n.holidays import add_working_days
from guanxi.platform.i18n.positions import Position, metres_between

if TYPE_CHECKING:
    from guanxi.config.demo.story import Story

_CITIES = {
    "杭州市": (30.2741, 120.1551), "绍兴市": (30.0303, 120.5802), "宁波市": (29.8683, 121.5440),
    "上海市": (31.2304, 121.4737), "苏州市": (31.2989, 120.5853), "深圳市": (22.5431, 114.0579),
    "Singapore": (1.3521, 103.8198), "Johor Bahru": (1.4927, 103.7414), "香港": (22.3193, 114.1694),
}  # fmt: skip
_STARTS = ((9, 20), (10, 50), (14, 10), (16, 0))


def add_visits(story: Story) -> None:
    """Visits of each sales person on the last working day, one of them far from the customer's address."""
    day = add_working_days(story.today, -1, "CN")
    for owner, member in story.members.items():
        firms = list(Company.objects.filter(owner=member).order_by("created_at", "name")[:4])
        if owner == "gu" or not firms:
            continue
        language = member.user.language
        zone = ZoneInfo(member.user.timezone or story.workspace.timezone)
        for firm, (hour, minute) in zip(firms, _STARTS, strict=False):
            begins = datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
            text = story.dice.choice(words.TALKS[language]["visit"])
            minutes = story.dice.choice((25, 40, 55, 80))
            values = {
                "subject": text.replace("%s", "WQ-200"),
                "kind": "visit",
                "direction": "out",
                "about": [["company", firm.pk]],
                "starts_at": begins,
                "done_at": begins + timedelta(minutes=minutes),
                "minutes": minutes,
                "outcome": story.dice.choice(("good", "good", "neutral")),
            }
            story.add("activity", owner, values, begins - timedelta(days=1))
    for at, visit in enumerate(story.write("activity")):
        _arrive(visit, at, story)


def _arrive(visit: Activity, at: int, story: Story) -> None:
    """What a phone would have told; the first of a day has no place."""
    firm = Company.objects.get(pk=visit.about[0][1])
    found: dict[str, object] = {
        "checked_in_at": visit.starts_at,
        "checked_out_at": (visit.starts_at or datetime.now(UTC)) + timedelta(minutes=visit.minutes or 30),
    }
    if city := _CITIES.get(firm.city or ""):
        door = Position(city[0] + story.dice.uniform(-0.03, 0.03), city[1] + story.dice.uniform(-0.03, 0.03))
        off = 0.012 if at % 4 == 2 else 0.0006
        here = Position(door.latitude + off, door.longitude)
        Company.objects.filter(pk=firm.pk).update(position=str(door))
        found |= {"position": str(here), "accuracy": 15, "distance": metres_between(here, door)}
    Activity.objects.filter(pk=visit.pk).update(**found)
