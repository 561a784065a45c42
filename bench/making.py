"""Making a data set: one large workspace among others, past the product: only reading it is measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from bench import names, rows
from bench.loading import copy_rows, unguarded
from bench.rows import Step, World
from guanxi.platform.i18n.folding import search_tokens
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actions.members import add_member
from guanxi.platform.identity.actions.teams import add_team
from guanxi.platform.identity.actions.tokens import create_token
from guanxi.platform.identity.actions.users import create_user
from guanxi.platform.identity.actions.workspaces import found_workspace, installer
from guanxi.platform.identity.models import Member, Role, Team
from guanxi.platform.records.models import Tag
from guanxi.platform.records.search.store import prefix_of
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.keys import new_keys
from guanxi.sales.deals.models import Stage

EDITION = 2  # grows when other rows are made: the sets of before are thrown away
TEAMS, MEMBERS = 16, 96
BELOW = 10  # teams that the member who asks sees: five eighths of the rows, so that there is a page 10,000
EMAIL, PASSWORD = "m0@bench.example", "stone-bridge-42"
TABLES = (
    "people_company", "people_contact", "sales_deal", "collaboration_activity", "records_value",
    "collaboration_timeline", "collaboration_traffic", "records_search_entry",
)  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """What is measured: the large workspace, and a member with row scope 'team and below' who asks.

    leaf_token is that of a member who sees one team of sixteen.
    """

    contacts: int
    workspace_id: int
    member_id: int
    token: str
    leaf_token: str
    owner_id: int
    tag_id: int


def make(contacts: int) -> Bench:
    """Fill the empty database that is open.

    The proportions are the issue's: at 100,000 contacts those with which others were measured.
    """
    people, firms = names.people(), names.firms()
    small = new_world("neighbour", members=4, people=people, firms=firms)
    large = new_world("bench", members=MEMBERS, people=people, firms=firms)
    if connection.vendor == "sqlite":
        # Whatever happens now, the set is thrown away unless it becomes whole.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = OFF")
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA temp_store = MEMORY")
            cursor.execute("PRAGMA cache_size = -1000000")
    with unguarded(TABLES):
        _fill(small, max(contacts // 100, 50))
        _fill(large, contacts)
    _tidy()
    return _asking(large, contacts)


def new_world(slug: str, *, members: int, people: list[names.Name], firms: list[names.Name]) -> World:
    with transaction.atomic():
        founder = create_user(email=f"founder@{slug}.example", name="Founder", password=None)
        admin = found_workspace(
            name=slug, founder=founder, timezone="Asia/Shanghai", currency="CNY", country="CN"
        )
        with in_workspace(admin.workspace_id):
            owners = list(_members(slug, members, admin))
            steps = [
                Step(one.pipeline_id, one.pk, one.kind, one.probability)
                for one in Stage.objects.order_by("position")
            ]
            tag = Tag.objects.create(name="Key").pk
    return World(admin.workspace_id, owners, steps, tag, people, firms)


def _members(slug: str, count: int, admin: Member) -> Iterator[tuple[int, int]]:
    """Members in sixteen teams, ten of which stand below the first one, whose first member is its manager."""
    by, teams = installer(admin.workspace_id), list[Team]()
    for number in range(TEAMS):
        above = teams[0] if 0 < number < BELOW else admin.team
        teams.append(add_team(name=f"Team {number}", parent=above, by=by))
    for number in range(count):
        password = PASSWORD if number == 0 else None
        user = create_user(email=f"m{number}@{slug}.example", name=f"Member {number}", password=password)
        # The member after the manager of all is the manager of one team.
        role = Role.objects.get(system="manager" if number < 2 else "member")
        team = teams[number % TEAMS]
        yield add_member(user=user, role=role, team=team, by=by).pk, team.pk


def _fill(world: World, contacts: int) -> None:
    deals = min(contacts // 2, max(50_000, contacts * 3 // 10))
    firms, people = new_keys(contacts // 5), new_keys(contacts)
    talks = new_keys(contacts * 3)
    with everywhere("a data set is made"), transaction.atomic():
        copy_rows("people_company", rows.COMPANY, rows.companies(world, firms))
        copy_rows("people_contact", rows.CONTACT, rows.contacts(world, people, firms))
        copy_rows("sales_deal", rows.DEAL, rows.deals(world, new_keys(deals), firms, people))
        copy_rows("collaboration_activity", rows.ACTIVITY, rows.activities(world, talks, people))
        copy_rows("records_value", rows.VALUE, rows.values(world, people, talks))
        _tell(world)
        _index(world)


def _tell(world: World) -> None:
    """Timelines and weekly traffic of the contacts, from their activities, as the consumers write them."""
    if connection.vendor == "sqlite":
        person, week = "json_extract(about, '$[0][1]')", "date(done_at, 'weekday 0', '-6 days')"
    else:
        person, week = "(about->0->>1)::bigint", "date_trunc('week', done_at)::date"
    done = f"FROM collaboration_activity WHERE workspace_id = {world.workspace_id} AND done_at IS NOT NULL"
    came, went = (
        "CASE WHEN direction = 'in' THEN 1 ELSE 0 END",
        "CASE WHEN direction = 'in' THEN 0 ELSE 1 END",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO collaboration_timeline (id, workspace_id, object, record_id, at, source_id, about,"
            " about_id, kind, verb, direction, incoming, outgoing, actor_id, actor_name, title, data)"
            f" SELECT id, workspace_id, 'contact', {person}, done_at, id, 'activity', id, kind, '',"
            f" direction, {came}, {went}, owner_id, 'Member', subject, '{{}}' {done}"
        )
        cursor.execute(
            "INSERT INTO collaboration_traffic"
            " (id, workspace_id, object, record_id, week, incoming, outgoing)"
            f" SELECT min(id), workspace_id, 'contact', {person}, {week}, sum({came}), sum({went})"
            f" {done} GROUP BY workspace_id, {person}, {week}"
        )


def _index(world: World) -> None:
    """What search knows of companies, contacts and deals: words of titles and hints, phones and addresses."""
    prefix = prefix_of(world.workspace_id)
    words = {one.title: _spoken(prefix, one.words) for one in (*world.people, *world.firms)}
    with connection.cursor() as cursor:
        for name, table, hint, more in (
            ("company", "people_company", "industry", ""),
            ("contact", "people_contact", "title", "city, CAST(phones AS text), CAST(emails AS text)"),
            ("deal", "sales_deal", "status", ""),
        ):
            cursor.execute(
                "INSERT INTO records_search_entry"
                " (id, workspace_id, object, record_id, title, hint, owner_id, team_id, changed_at)"
                f" SELECT id, workspace_id, '{name}', id, name, {hint}, owner_id, team_id, updated_at"
                f' FROM "{table}" WHERE workspace_id = {world.workspace_id}'
            )
            body = f"{hint}, {more}" if more else hint
            cursor.execute(
                f'SELECT id, name, {body} FROM "{table}" WHERE workspace_id = {world.workspace_id}'
            )
            _speak(
                (key, words[title], _spoken(prefix, search_tokens(" ".join(map(_shown, texts)))))
                for key, title, *texts in cursor.fetchall()
            )


def _shown(kept: str) -> str:
    """A text, or the phones or addresses that a column keeps."""
    if not kept.startswith("["):
        return kept
    return " ".join(one.get("number") or one["email"] for one in json.loads(kept))


def _spoken(prefix: str, words: Iterable[str]) -> str:
    return " ".join(prefix + word for word in words)


def _speak(said: Iterator[tuple[int, str, str]]) -> None:
    entries = list(said)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            write = connection.connection.executemany
            write(
                "UPDATE records_search_entry SET title_words = ?, body_words = ? WHERE id = ?",
                ((title, body, key) for key, title, body in entries),
            )
            write(
                "INSERT INTO records_search_words (title_words, body_words, rowid) VALUES (?, ?, ?)",
                ((title, body, key) for key, title, body in entries),
            )
            return
        with cursor.copy("COPY records_search_words (entry_id, words) FROM STDIN") as copy:
            for key, title, body in entries:
                vector = [
                    *(f"'{word}':1A" for word in title.split()),
                    *(f"'{word}':1" for word in set(body.split())),
                ]
                copy.write_row((key, " ".join(vector)))


def _tidy() -> None:
    """As a database is that has been used for a while: statistics, visibility, nothing left in a log."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
            return
        cursor.execute("VACUUM (ANALYZE)")


def _asking(world: World, contacts: int) -> Bench:
    with in_workspace(world.workspace_id), transaction.atomic():
        manager, leaf = Member.objects.filter(role__system="manager").order_by("pk")[:2]
        owner = Member.objects.filter(team_id=manager.team_id).exclude(pk=manager.pk).order_by("pk")[0]
        return Bench(
            contacts=contacts,
            workspace_id=world.workspace_id,
            member_id=manager.pk,
            token=_token(manager.pk),
            leaf_token=_token(leaf.pk),
            owner_id=owner.pk,
            tag_id=world.tag_id,
        )


def _token(member_id: int) -> str:
    member = working_member(member_id=member_id)
    assert member is not None
    _token, secret = create_token(
        member=member, name="bench", scopes=["*:read", "*:write"], by=actor_for(member)
    )
    return secret
