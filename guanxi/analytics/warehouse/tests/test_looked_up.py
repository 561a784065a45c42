"""Owners and teams are looked up by functions, and of lines by the number of their pair: nobody sees one row
more for it, or one less.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse import feeding, reading, rights
from guanxi.analytics.warehouse import store as stores
from guanxi.analytics.warehouse.engine import cursor
from guanxi.analytics.warehouse.feeding import load_rows, rebuild, tidy
from guanxi.analytics.warehouse.reading import connect
from guanxi.analytics.warehouse.rights import allowed_rows
from guanxi.analytics.warehouse.shape import Carry, carry_of
from guanxi.analytics.warehouse.store import Store, parts_of
from guanxi.platform.identity.models import Member
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.sharing.rules import remove_rule, save_rule
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WHOSE = "order__whose_"


def test_a_list_of_teams_means_the_same_however_it_is_asked(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_workspace(cast.xishan.pk):
        fed()
        load_rows(registry.get("company"), rows := _everybodys(cast))

        def seen(member: Member) -> set[int]:
            found = connect(actor(member), "company").execute("SELECT id FROM company").fetchall()
            return {row[0] for row in found}

        for member in (cast.admin, cast.manager, cast.rep, cast.below, cast.stranger):
            looked_up = seen(member)
            with monkeypatch.context() as patched:
                patched.setattr(rights, "_MOST_LISTED", 0)
                assert seen(member) == looked_up
        assert seen(cast.manager) == _of_the_manager(cast, rows)
        assert len(seen(cast.admin)) == len(rows)


def test_only_what_is_asked_of_a_column_of_the_row_becomes_a_function() -> None:
    for left in ("r.pool_id NOT IN (%s, %s)", "s.grantee_id IN (%s, %s)", "r.id IN (SELECT 1)"):
        assert rights._LISTED.sub(rights._looked_up, left) == left


def test_lines_are_seen_by_the_pair_of_owner_and_team_of_their_order(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By numbers that are listed, by bits, by the columns, and joined with the orders: the same lines."""
    orders, cube = _everybodys(cast), Cube("order_line", ("unit",))
    ways: tuple[tuple[Any, str, Any], ...] = (
        (rights, "_MOST_LISTED", 0),
        (stores, "MOST_PAIRS", 0),
        (rights, "answers_here", lambda _db: False),
        (reading, "_carried", lambda *_given: None),
    )

    def seen(member: Member) -> set[int]:
        return {int(key[0][0]) for key in ask(cube, actor(member)).figures if key[0]}

    with in_workspace(cast.xishan.pk):
        fed()
        load_rows(registry.get("order"), orders)
        load_rows(registry.get("order_line"), ({**_of_order(one), "unit": one["id"]} for one in orders))
        for member in (cast.admin, cast.manager, cast.rep, cast.below, cast.stranger):
            by_number = seen(member)
            for where, name, other in ways:
                with monkeypatch.context() as patched:
                    patched.setattr(where, name, other)
                    assert seen(member) == by_number, (member, name)
        assert seen(cast.manager) == _of_the_manager(cast, orders)
        assert len(seen(cast.admin)) == len(orders)


def test_what_a_rule_shares_is_seen_with_its_lines_until_the_rule_ends(
    cast: Cast, fed: Callable[[], int]
) -> None:
    order, admin = registry.get("order"), actor(cast.admin)
    to, lines = To("team", cast.north.pk), Cube("order_line")

    def seen() -> Any:
        return ask(lines, actor(cast.stranger)).figure((), (), 0) or 0

    with in_workspace(cast.xishan.pk):
        for day in ("2026-02-03", "2026-02-04", "2026-03-05"):
            made = create_record(object="order", values={"ordered_on": day, "owner": cast.rep.pk}, by=admin)
            line = {"order": made.pk, "title": "WQ-200", "unit_price": "12.50", "quantity": "1"}
            create_record(object="order_line", values=line, by=admin)
        fed()
        rebuild(["order", "order_line"])
        assert seen() == 0
        rule = save_rule(
            name="Feb", object="order", filter="ordered_on < 2026-03-01", to=to, writes=False, by=admin
        )
        run_pending_jobs()
        stranger = actor(cast.stranger)
        assert "EXISTS" in row_rule(order, stranger).text
        assert "EXISTS" not in allowed_rows(order, stranger, Store(cast.xishan.pk), cursor())
        assert seen() == 2
        remove_rule(rule.pk, by=admin)
        assert seen() == 0


def test_lines_from_before_there_were_numbers_are_read_and_get_them(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, store = _everybodys(cast), Store(cast.xishan.pk)

    class Before(Carry):
        whose = ""

    def before(obj: Object) -> Carry | None:
        found = carry_of(obj)
        return Before(found.whole, found.key, found.columns) if found else None

    def count(member: Member) -> Any:
        return ask(Cube("order_line"), actor(member)).figure((), (), 0)

    with in_workspace(cast.xishan.pk):
        fed()
        load_rows(registry.get("order"), orders)
        with monkeypatch.context() as patched:
            patched.setattr(feeding, "carry_of", before)
            load_rows(registry.get("order_line"), map(_of_order, orders))
        table = store.manifest().tables["order_line"]
        assert table.now is not None
        assert WHOSE not in table.now.columns
        told = {member.pk: count(member) for member in (cast.manager, cast.stranger)}
        assert told[cast.manager.pk] == len(_of_the_manager(cast, orders))
        tidy(cast.xishan.pk)
        table = store.manifest().tables["order_line"]
        assert table.now is not None
        assert WHOSE in table.now.columns
        assert {member.pk: count(member) for member in (cast.manager, cast.stranger)} == told
        files = {file for one in parts_of(table) for file in one.files}
        assert table.now.carried is not None
        assert table.now.carried.pairs is not None
        assert table.now.carried.pairs.file in files, "or it would be swept away"


def _everybodys(cast: Cast) -> list[dict[str, Any]]:
    """A record of each owner in each team; some have no owner, no team, or neither."""
    pairs = [
        (owner, team)
        for owner in (cast.manager, cast.below, cast.stranger, None)
        for team in (cast.south, cast.shenzhen, cast.north, None)
    ]
    return [
        {
            "id": str(at + 1),
            "owner_id": str(owner.pk) if owner else None,
            "team_id": str(team.pk) if team else None,
        }
        for at, (owner, team) in enumerate(pairs)
    ]


def _of_the_manager(cast: Cast, rows: list[dict[str, Any]]) -> set[int]:
    teams = (str(cast.south.pk), str(cast.shenzhen.pk))
    return {
        int(one["id"]) for one in rows if one["owner_id"] == str(cast.manager.pk) or one["team_id"] in teams
    }


def _of_order(order: dict[str, Any]) -> dict[str, Any]:
    return {"id": order["id"], "order_id": order["id"]}
