"""The data: one large workspace among others, made past the product because only reading it is measured."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction

from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actions.members import add_member
from guanxi.platform.identity.actions.teams import add_team
from guanxi.platform.identity.actions.tokens import create_token
from guanxi.platform.identity.actions.users import create_user
from guanxi.platform.identity.actions.workspaces import found_workspace, installer
from guanxi.platform.identity.models import Member, Role, Team
from guanxi.platform.records.inserting import insert_rows
from guanxi.platform.records.models import Tag
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.keys import new_keys
from guanxi.sales.deals.models import Stage

TEAMS, MEMBERS = 16, 96
CITIES = ("杭州", "上海", "Singapore", "台北", "Berlin", "深圳", "成都", "Penang", "南京", "厦门")
AT_ONCE = 5_000


@dataclass(frozen=True)
class Bench:
    """The workspace, and the member who asks: row scope 'team and below' over a quarter of the rows."""

    workspace_id: int
    member_id: int
    token: str
    contacts: int
    owner_id: int
    tag_id: int


@dataclass
class _World:
    """What rows point at."""

    dice: random.Random
    workspace_id: int
    owners: list[tuple[int, int]]  # member, team
    now: datetime

    def common(self, key: int, title: str) -> dict[str, Any]:
        member, team = self.owners[self.dice.randrange(len(self.owners))]
        made = self.now - timedelta(minutes=self.dice.randrange(2 * 365 * 24 * 60))
        return {
            "id": key,
            "workspace_id": self.workspace_id,
            "owner_id": member,
            "team_id": team,
            "sort_key": title.lower(),
            "created_at": made,
            "updated_at": made,
        }


def make(contacts: int) -> Bench:
    """`contacts` contacts, a fifth as many companies, 3/10 as many deals, three times as many activities."""
    small = _workspace("neighbour", members=4)
    _fill(small, max(contacts // 100, 50))
    large = _workspace("bench", members=MEMBERS)
    tag = _fill(large, contacts)
    with in_workspace(large.workspace_id), transaction.atomic():
        manager = Member.objects.filter(role__system="manager").order_by("pk")[0]
        found = working_member(member_id=manager.pk)
        assert found is not None
        _token, secret = create_token(
            member=found, name="bench", scopes=["*:read", "*:write"], by=actor_for(found)
        )
        owner = Member.objects.filter(team_id=found.team_id).exclude(pk=found.pk).order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return Bench(large.workspace_id, found.pk, secret, contacts, owner.pk, tag)


def _workspace(name: str, *, members: int) -> _World:
    with transaction.atomic():
        founder = create_user(email=f"founder@{name}.example", name="Founder", password=None)
        admin = found_workspace(
            name=name, founder=founder, timezone="Asia/Shanghai", currency="CNY", country="CN"
        )
        with in_workspace(admin.workspace_id):
            by = installer(admin.workspace_id)
            # A quarter of the teams stand below the first one.
            teams: list[Team] = []
            for number in range(TEAMS):
                above = teams[0] if 0 < number < TEAMS // 4 else admin.team
                teams.append(add_team(name=f"Team {number}", parent=above, by=by))
            owners = []
            for number in range(members):
                user = create_user(email=f"m{number}@{name}.example", name=f"Member {number}", password=None)
                role = Role.objects.get(system="manager" if number == 0 else "member")
                team = teams[number % TEAMS]
                owners.append((add_member(user=user, role=role, team=team, by=by).pk, team.pk))
    return _World(random.Random(7), admin.workspace_id, owners, datetime.now(UTC))


def _fill(world: _World, contacts: int) -> int:
    """All rows of a workspace; returns a tag that a tenth of the contacts have."""
    with in_workspace(world.workspace_id), transaction.atomic():
        tag: int = Tag.objects.create(name="Key").pk
        stages = list(Stage.objects.order_by("position"))
        companies = new_keys(contacts // 5)
        people = new_keys(contacts)
        _insert("people_company", _companies(world, companies))
        _insert("people_contact", _contacts(world, people, companies, tag))
        _insert("records_value", _values(world, people, tag))
        _insert("sales_deal", _deals(world, contacts * 3 // 10, companies, people, stages))
        _insert("collaboration_activity", _activities(world, contacts * 3, people))
    return tag


def _insert(table: str, rows: Iterator[dict[str, Any]]) -> None:
    """Insert rows piece by piece; what a row does not say is what an empty form would give."""
    columns = _columns(table)
    piece: list[list[Any]] = []
    for row in rows:
        piece.append([_driven(row.get(name, default)) for name, _type, default in columns])
        if len(piece) == AT_ONCE:
            insert_rows(table, [(name, kind) for name, kind, _default in columns], piece)
            piece = []
    insert_rows(table, [(name, kind) for name, kind, _default in columns], piece)


def _columns(table: str) -> list[tuple[str, str, Any]]:
    """(column, type on PostgreSQL, value when nothing is said)."""
    from django.apps import apps

    model = next(one for one in apps.get_models() if one._meta.db_table == table)
    found: list[tuple[str, str, Any]] = []
    for one in model._meta.concrete_fields:
        default = (
            None
            if one.null
            else one.get_db_prep_save(one.get_default(), connection)
            if one.has_default()
            else None
        )
        if default is not None and not isinstance(default, str | int):
            default = msgspec.json.encode(one.get_default()).decode()
        kind = connection.data_types.get(one.get_internal_type(), "")
        if one.is_relation or one.get_internal_type() in ("BigIntegerField", "UnitsField", "KeyField"):
            kind = "bigint"
        kind = "text" if "varchar" in str(kind) else str(kind)
        found.append((str(one.column), kind, default))
    return found


def _driven(value: Any) -> Any:
    if connection.vendor == "sqlite":
        if isinstance(value, datetime):
            return connection.ops.adapt_datetimefield_value(value)
        if isinstance(value, date):
            return value.isoformat()
    return value


def _companies(world: _World, keys: list[int]) -> Iterator[dict[str, Any]]:
    for at, key in enumerate(keys):
        title = f"Company {world.dice.randrange(10**9):09d}"
        yield world.common(key, title) | {
            "name": title,
            "industry": f"industry {at % 40}",
            "city": CITIES[at % len(CITIES)],
            "employees": at % 5000,
        }


def _contacts(world: _World, keys: list[int], companies: list[int], tag: int) -> Iterator[dict[str, Any]]:
    for at, key in enumerate(keys):
        title = f"Person {world.dice.randrange(10**9):09d}"
        number = f"+86138{at:08d}"
        yield world.common(key, title) | {
            "name": title,
            "company_id": companies[at % len(companies)],
            "title": f"Title {at % 300}",
            "city": CITIES[at % len(CITIES)],
            "phones": f'[{{"kind": "mobile", "number": "{number}", "typed": "{number}"}}]',
            "emails": f'[{{"kind": "work", "email": "p{at}@mail.example"}}]',
            "tags": f"[{tag}]" if at % 10 == 0 else "[]",
            "last_touch_at": world.now - timedelta(minutes=world.dice.randrange(300 * 24 * 60)),
            "rhythm_days": 1 + at % 30,
        }


def _values(world: _World, people: list[int], tag: int) -> Iterator[dict[str, Any]]:
    for at, (key, person) in enumerate(zip(new_keys(len(people)), people, strict=True)):
        yield {
            "id": key, "workspace_id": world.workspace_id, "object": "contact", "field": "phones",
            "value": f"+86138{at:08d}", "record_id": person,
        }  # fmt: skip
    tagged = people[::10]
    for key, person in zip(new_keys(len(tagged)), tagged, strict=True):
        yield {
            "id": key, "workspace_id": world.workspace_id, "object": "contact", "field": "tags",
            "value": str(tag), "record_id": person,
        }  # fmt: skip


def _deals(
    world: _World, count: int, companies: list[int], people: list[int], stages: list[Stage]
) -> Iterator[dict[str, Any]]:
    dice, today = world.dice, world.now.date()
    for key in new_keys(count):
        # As in a firm that has worked for years: most deals are over.
        stage = dice.choices(stages, [1] * (len(stages) - 2) + [20, 15])[0]
        amount = dice.randrange(1_000, 900_000) * 10_000
        closed = stage.kind != Stage.Kind.OPEN
        yield world.common(key, title := f"Deal {dice.randrange(10**9):09d}") | {
            "name": title,
            "company_id": dice.choice(companies),
            "contact_id": dice.choice(people),
            "pipeline_id": stage.pipeline_id,
            "stage_id": stage.pk,
            "status": stage.kind,
            "probability": stage.probability,
            "amount": amount,
            "amount_currency": "CNY",
            "amount_base": amount,
            "opened_on": today - timedelta(days=dice.randrange(700)),
            "expected_close": today + timedelta(days=dice.randrange(-30, 120)),
            "closed_on": today - timedelta(days=dice.randrange(700)) if closed else None,
            "stage_since": world.now,
        }


def _activities(world: _World, count: int, people: list[int]) -> Iterator[dict[str, Any]]:
    for at, key in enumerate(new_keys(count)):
        person = people[at % len(people)]
        done = world.now - timedelta(minutes=world.dice.randrange(365 * 24 * 60))
        yield world.common(key, title := f"Talk {at}") | {
            "subject": title,
            "kind": "call",
            "direction": "out",
            "about": f'[["contact", {person}]]',
            "starts_at": done,
            "done_at": done,
        }
