"""Lines carry what their orders are: what a cube says must be what it says when both are joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from guanxi.analytics.semantic.answering import Answer, ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse import feeding, reading
from guanxi.analytics.warehouse import store as stores
from guanxi.analytics.warehouse.feeding import digests, load_rows, rebuild, tidy
from guanxi.analytics.warehouse.freshness import health
from guanxi.analytics.warehouse.reading import shown_beside
from guanxi.analytics.warehouse.rights import ruling_columns
from guanxi.analytics.warehouse.shape import Carry, carry_of, columns_of
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.sharing.actions import end_share, share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.trash.actions import delete_record
from guanxi.platform.records.writing import (
    archive_record,
    assign_record,
    change_record,
    create_record,
    restore_record,
)
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, give_role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
KEPT = ("company", "order", "order_line")
CUBES = (
    Cube("order_line", ("unit",), ("order.ordered_on:quarter",), ("count", "sum:net"), compare="yoy"),
    Cube("order_line", ("order.company.industry", "order.owner"), (), ("count", "distinct:order.company")),
    Cube(
        "order_line", ("order.number",), ("order.ordered_on:fiscal",), ("avg:net", "median:net"),
        filter="order.ordered_on >= 2025-01-01", top=2,
    ),
)  # fmt: skip


def test_what_is_carried_says_what_is_joined_whatever_happens_to_the_whole(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, store = actor(cast.admin), Store(cast.xishan.pk)
    order_line = registry.get("order_line")
    members = (cast.admin, cast.rep, cast.stranger)
    monkeypatch.setattr(stores, "PIECE", 2)

    def fold(name: str) -> None:
        obj = registry.get(name)
        store.compact(name, columns_of(obj), carry_of(obj))

    def hold(*, carried: bool = True) -> None:
        fed()
        assert bool(shown_beside(order_line, admin, store)) is carried
        for member in members:
            for cube in CUBES:
                assert _said(ask(cube, actor(member))) == _joined(cube, member, monkeypatch)
            listed = list_records(ListQuery(obj=order_line, columns=("title",)), by=actor(member)).rows
            assert (ask(CUBES[0], actor(member)).figure((), (), 0) or 0) == len(listed), member

    with in_workspace(cast.xishan.pk):
        firms = [
            create_record(object="company", values={"name": name, "industry": name[:2]}, by=admin)
            for name in ("水务一厂", "制药二厂")
        ]
        orders = [
            _order(firms[at % 2].pk, day, member, admin)
            for at, (day, member) in enumerate(
                (
                    ("2025-03-02", cast.rep), ("2025-08-11", cast.below), ("2026-02-03", cast.stranger),
                    ("2026-05-20", cast.rep), ("2026-07-07", cast.manager),
                )
            )
        ]  # fmt: skip
        hold(carried=False)  # there is no base yet
        rebuild(KEPT)
        hold()
        now = store.manifest().tables["order_line"].now
        assert now is not None
        assert len(now.files) == 5
        change_record(orders[0], {"ordered_on": "2024-12-31"}, by=admin)
        line = _line(orders[0].pk, 7, admin)
        assign_record(orders[1], to=cast.stranger, by=admin)
        hold()
        archive_record(orders[2], by=admin)
        change_record(line, {"quantity": "11"}, by=admin)
        hold()
        fold("order")  # what changed is in the base now, and still known to have changed
        hold()
        restore_record(orders[2], by=admin)
        delete_record(orders[3], by=admin)
        share = share_record(orders[4], to=To("member", cast.stranger.pk), by=admin)
        hold()
        fold("order_line")
        hold()
        fold("order")
        end_share(share, by=admin)
        change_record(firms[0], {"industry": "环保"}, by=admin)
        hold()
        heard = digests()
        rebuild(["order"])  # what lines carry is from before, and nobody knows what changed since
        hold(carried=False)
        tidy(cast.xishan.pk)
        hold()
        rebuild(KEPT)
        assert digests() == heard
        hold()
        found = health(cast.xishan.pk)
        assert not [one for one in found.wrong if "order_line" in one]


def test_a_hidden_field_of_the_whole_stays_hidden_beside_its_parts(
    cast: Cast, fed: Callable[[], int]
) -> None:
    with in_workspace(cast.xishan.pk):
        _order(None, "2026-02-03", cast.rep, actor(cast.admin))
        fed()
        rebuild(KEPT)
        everything = {"verbs": ["*"], "see": "all", "edit": "all", "fields": {}}
        give_role(
            cast.observer, {"*": everything, "order": {**everything, "fields": {"ordered_on": "hidden"}}}
        )
        store, line = Store(cast.xishan.pk), registry.get("order_line")
        assert "order__ordered_on" in shown_beside(line, actor(cast.admin), store)
        shown = shown_beside(line, actor(cast.observer), store)
        assert "order__status" in shown
        assert "order__ordered_on" not in shown
    with in_workspace(cast.marlin.pk):
        assert ask(Cube("order_line"), actor(cast.outsider)).figure((), (), 0) in (0, None)


def test_rows_from_outside_in_no_order_carry_their_whole_once_each(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "PIECE", 2)
    with in_workspace(cast.xishan.pk):
        load_rows(
            registry.get("order"), ({"id": str(one), "ordered_on": f"202{one}-01-05"} for one in (6, 5))
        )
        lines = (("9", "5"), ("3", "6"), ("8", "6"), ("2", "5"), ("7", "4"))
        load_rows(registry.get("order_line"), ({"id": one, "order_id": order} for one, order in lines))
        told = ask(Cube("order_line", ("order.ordered_on:year",)), actor(cast.admin)).figures
        assert {key[0]: found for key, found in told.items()} == {
            (): (5,), (None,): (1,), (date(2025, 1, 1),): (2,), (date(2026, 1, 1),): (2,),
        }  # fmt: skip


def test_lines_are_carried_anew_once_for_what_changed(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "SMALL", 0)
    store = Store(cast.xishan.pk)

    def base() -> Any:
        return store.manifest().tables["order_line"].now

    with in_workspace(cast.xishan.pk):
        order = _order(None, "2026-02-03", cast.rep, actor(cast.admin))
        fed()
        rebuild(KEPT)
        found = [base()]
        for day in ("2026-03-04", "2026-04-05"):
            change_record(order, {"ordered_on": day}, by=actor(cast.admin))
            fed()
            for _hour in range(2):
                tidy(cast.xishan.pk)
                found.append(base())
        first, second, same, third, again = found
        assert len({first.file, second.file, third.file}) == 3
        assert (second, third) == (same, again)


def test_files_from_before_a_column_that_the_rule_of_the_whole_asks_are_joined(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    line, store, carried = registry.get("order_line"), Store(cast.xishan.pk), carry_of

    def without(column: str) -> Callable[[Object], Carry | None]:
        """What was carried before a column was there."""

        def before(obj: Object) -> Carry | None:
            found = carried(obj)
            left = {name: one for name, one in found.columns.items() if one.name != column} if found else {}
            return replace(found, columns=left) if found else None

        return before

    with in_workspace(cast.xishan.pk):
        _order(None, "2026-02-03", cast.rep, actor(cast.admin))
        _order(None, "2026-02-04", cast.stranger, actor(cast.admin))
        fed()
        for column, beside in (("owner_id", False), ("team_id", False), ("ordered_on", True)):
            with monkeypatch.context() as patched:
                patched.setattr(feeding, "carry_of", without(column))
                rebuild(KEPT)
            assert bool(shown_beside(line, actor(cast.rep), store)) is beside
            for member, count in ((cast.admin, 4), (cast.rep, 2), (cast.stranger, 2)):
                assert ask(Cube("order_line"), actor(member)).figure((), (), 0) == count


def test_parts_carry_whatever_the_rule_of_their_whole_asks(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        carries = [found for obj in registry.objects() if (found := carry_of(obj)) is not None]
        assert len(carries) > 3
        for carry in carries:
            asked = ruling_columns(registry.get(carry.whole))
            assert asked <= {one.name for one in carry.columns.values()}, carry.whole


def _said(answer: Answer) -> tuple[Any, ...]:
    return answer.figures, answer.before, answer.labels


def _joined(cube: Cube, member: Member, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    """What the cube says when nothing is carried."""
    with monkeypatch.context() as patched:
        patched.setattr(reading, "_carried", lambda *_given: None)
        return _said(ask(cube, actor(member)))


def _order(company: int | None, day: str, member: Member, by: Actor) -> Any:
    values = {"company": company, "ordered_on": day, "owner": member.pk}
    made = create_record(object="order", values=values, by=by)
    for quantity in (1, 2):
        _line(made.pk, quantity, by)
    return made


def _line(order: int, quantity: int, by: Actor) -> Any:
    values = {"order": order, "title": "WQ-200", "unit": f"u{quantity % 2}", "unit_price": "12.50"}
    return create_record(object="order_line", values={**values, "quantity": str(quantity)}, by=by)
