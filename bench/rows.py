"""What stands in the tables of a large workspace: rows as both databases take them, JSON as text."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bench.names import Name

CITIES = ("杭州", "上海", "Singapore", "台北", "Berlin", "深圳", "成都", "Penang", "南京", "厦门")
ROLES = ("decider", "influencer", "champion", "user", "gatekeeper", "buyer")
OPEN_DEALS = 8  # of each hundred deals; the others were won or lost over the years

Row = tuple[object, ...]

COMMON = ("id", "workspace_id", "owner_id", "team_id", "created_at", "updated_at", "name", "sort_key")
COMPANY = (*COMMON, "industry", "city", "employees", "last_touch_at")
CONTACT = (
    *COMMON, "company_id", "title", "city", "phones", "emails", "tags", "last_touch_at", "rhythm_days",
    "decision_role", "next_step", "next_step_on",
)  # fmt: skip
DEAL = (
    *COMMON, "company_id", "contact_id", "pipeline_id", "stage_id", "status", "probability", "amount",
    "amount_base", "opened_on", "expected_close", "closed_on", "stage_since",
)  # fmt: skip
ACTIVITY = (
    "id", "workspace_id", "owner_id", "team_id", "created_at", "updated_at", "subject", "sort_key", "kind",
    "direction", "about", "starts_at", "done_at", "due_at",
)  # fmt: skip
VALUE = ("id", "workspace_id", "object", "field", "value", "record_id")


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of a pipeline, as far as deals carry it."""

    pipeline_id: int
    stage_id: int
    kind: str
    probability: int


@dataclass
class World:
    """What the rows of one workspace point at; the same dice give the same workspace."""

    workspace_id: int
    owners: Sequence[tuple[int, int]]  # member, team
    steps: Sequence[Step]
    tag_id: int
    people: Sequence[Name]
    firms: Sequence[Name]
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def common(self, key: int, name: Name) -> Row:
        """The values of COMMON: somebody's record, made some time in the last two years."""
        member, team = self.dice.choice(self.owners)
        made = self.ago(2 * 365)
        return (key, self.workspace_id, member, team, made, made, name.title, name.key)

    def ago(self, days: int) -> str:
        """A moment within the last so many days."""
        return _text(self.now - timedelta(seconds=int(self.dice.random() * days * 86_400)))

    def day(self, first: int, last: int) -> date:
        """A day, so many from today."""
        return self.now.date() + timedelta(days=self.dice.randrange(first, last))


def companies(world: World, keys: Sequence[int]) -> Iterator[Row]:
    for at, key in enumerate(keys):
        row = world.common(key, world.dice.choice(world.firms))
        yield (*row, f"industry {at % 40}", CITIES[at % len(CITIES)], at % 5000, world.ago(300))


def contacts(world: World, keys: Sequence[int], firms: Sequence[int]) -> Iterator[Row]:
    """One in ten has no company, one in ten a tag, one in five a next step; one in five was never touched."""
    for at, key in enumerate(keys):
        number = phone(at)
        planned = at % 5 == 2
        yield (
            *world.common(key, world.dice.choice(world.people)),
            firms[at % len(firms)] if at % 10 != 3 else None,
            f"Title {at % 300}",
            CITIES[at % len(CITIES)],
            f'[{{"kind": "mobile", "number": "{number}", "typed": "{number}"}}]',
            f'[{{"kind": "work", "email": "{email(at)}"}}]',
            f"[{world.tag_id}]" if at % 10 == 0 else "[]",
            world.ago(300) if at % 5 != 4 else None,
            1 + at % 30,
            ROLES[at % len(ROLES)],
            f"Call about offer {at % 997}" if planned else None,
            world.day(-20, 60) if planned else None,
        )


def deals(world: World, keys: Sequence[int], firms: Sequence[int], people: Sequence[int]) -> Iterator[Row]:
    under_way = [step for step in world.steps if step.kind == "open"]
    over = [step for step in world.steps if step.kind != "open"]
    dice = world.dice
    for key in keys:
        step = dice.choice(under_way if dice.randrange(100) < OPEN_DEALS else over)
        amount = dice.randrange(1_000, 900_000) * 10_000
        yield (
            *world.common(key, dice.choice(world.firms)),
            dice.choice(firms),
            dice.choice(people),
            step.pipeline_id,
            step.stage_id,
            step.kind,
            step.probability,
            amount,
            amount,
            world.day(-700, 0),
            world.day(-30, 120),
            world.day(-700, 0) if step.kind != "open" else None,
            world.ago(60),
        )


def activities(world: World, keys: Sequence[int], people: Sequence[int]) -> Iterator[Row]:
    """Talks with contacts over the last year; one in a hundred is still to do."""
    for at, key in enumerate(keys):
        member, team = world.dice.choice(world.owners)
        done, person = world.ago(365), people[at % len(people)]
        to_do = at % 100 == 99
        yield (
            key, world.workspace_id, member, team, done, done, f"Talk {at % 1000}", f"talk {at % 1000}",
            "todo" if to_do else "call", "in" if at % 3 == 0 else "out", f'[["contact", {person}]]',
            None if to_do else done, None if to_do else done,
            _text(world.now + timedelta(hours=world.dice.randrange(-24 * 30, 24 * 60))) if to_do else None,
        )  # fmt: skip


def values(world: World, people: Sequence[int], talks: Sequence[int]) -> Iterator[Row]:
    """Phones, emails and tags of contacts, and what activities are about, as they are found one by one."""
    here = world.workspace_id
    for at, person in enumerate(people):
        yield (_shifted(person, 0), here, "contact", "phones", phone(at), person)
        yield (_shifted(person, 1), here, "contact", "emails", email(at), person)
        if at % 10 == 0:
            yield (_shifted(person, 2), here, "contact", "tags", str(world.tag_id), person)
    for at, talk in enumerate(talks):
        yield (_shifted(talk, 3), here, "activity", "about", f"contact:{people[at % len(people)]}", talk)


def phone(at: int) -> str:
    return f"+86138{at:08d}"


def email(at: int) -> str:
    return f"p{at}@mail.example"


def _shifted(key: int, by: int) -> int:
    """A key of its own for each of the few values of a record."""
    return key + (by << 59)


def _text(moment: datetime) -> str:
    return moment.isoformat(" ", "seconds")
