"""What is heard is what a rebuild finds; nobody reads more than the product shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from guanxi.analytics.warehouse import records
from guanxi.analytics.warehouse import store as stores
from guanxi.analytics.warehouse.engine import cursor
from guanxi.analytics.warehouse.feeding import digests, rebuild, refresh
from guanxi.analytics.warehouse.reading import connect
from guanxi.analytics.warehouse.shape import columns_of
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.listing import ListQuery, list_records
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

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_life_of_records_is_the_same_by_facts_and_by_rebuild(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MOST_DELTAS", 2)
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        firms = [
            create_record(object="company", values={"name": f"公司 {one}", "industry": "software"}, by=admin)
            for one in range(3)
        ]
        fed()
        before = datetime.now(UTC)
        change_record(firms[0], {"name": "更名", "tags": []}, by=admin)
        change_record(firms[0], {"website": "https://xi.example"}, by=admin)
        archive_record(firms[1], by=admin)
        fed()
        products = [
            create_record(object="product", values={"name": "WQ-200", "price": "12.50"}, by=admin),
        ]
        change_record(products[0], {"price": "13.75"}, by=admin)
        fed()
        restore_record(firms[1], by=admin)
        archive_record(firms[2], by=admin)
        fed()
        heard = digests()
        assert {name for name, _ in heard.items()} >= {"company", "product"}
        rebuild()
        assert digests() == heard
        rebuild(["company"])
        assert digests() == heard
        # What changes without a fact is found by comparing, and only that is taken in anew.
        registry.get("company").rows().filter(pk=firms[0].pk).update(rhythm_days=9)
        assert (refresh(), refresh()) == (1, 0)
        known = connect(admin, "company").execute("SELECT id FROM company WHERE rhythm_days = 9")
        assert known.fetchall() == [(firms[0].pk,)]
        heard = digests()
        rebuild()
        assert digests() == heard

        def names(**more: datetime) -> set[str]:
            db = connect(admin, "company", **more)
            return {row[0] for row in db.execute("SELECT name FROM company").fetchall()}

        assert names() == {"更名", "公司 1"}
        assert names(as_of=before) == {"公司 0", "公司 1", "公司 2"}
        db = connect(admin, "product")
        assert [float(row[0]) for row in db.execute("SELECT price FROM product").fetchall()] == [13.75]
        # A writer that was killed leaves files that no manifest names.
        folder = Store(cast.xishan.pk).folder
        (folder / "company-99-torn.parquet").write_bytes(b"PAR1")
        (folder / "torn.tmp").write_bytes(b"{")
        assert names() == {"更名", "公司 1"}
        assert digests() == heard


def test_who_asks_the_warehouse_sees_what_the_product_shows(cast: Cast, fed: Callable[[], int]) -> None:
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        for by, name in (
            (rep, "林的客户"),
            (actor(cast.below), "陈的客户"),
            (actor(cast.stranger), "何的客户"),
        ):
            create_record(object="company", values={"name": name, "industry": "software"}, by=by)
        fed()

        def seen(by: object) -> set[str]:
            db = connect(by, "company")  # type: ignore[arg-type]
            return {row[0] for row in db.execute("SELECT name FROM company").fetchall()}

        for member in (cast.admin, cast.manager, cast.rep, cast.below, cast.stranger, cast.observer):
            by = actor(member)
            shown = list_records(ListQuery(obj=registry.get("company"), columns=("name",)), by=by)
            assert seen(by) == {row.values["name"] for row in shown.rows}, member
        grants = {"*": {"verbs": ["*"], "see": "all", "edit": "all", "fields": {}}}
        grants["company"] = {**grants["*"], "fields": {"industry": "hidden", "website": "masked1"}}
        give_role(cast.observer, grants)
        db = connect(actor(cast.observer), "company")
        columns = {row[0] for row in db.execute("DESCRIBE company").fetchall()}
        assert "name" in columns
        assert not {"industry", "website"} & columns
    with in_workspace(cast.marlin.pk):
        assert seen(actor(cast.outsider)) == set()


def test_a_field_called_like_what_every_row_has_keeps_a_column_of_its_own(
    cast: Cast, fed: Callable[[], int]
) -> None:
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for label, name in (("Amount original", "budget_original"), ("Valid to", "valid_to")):
            add_field(object="company", type="text", label=label, name=name, by=admin)
        add_field(object="company", type="money", label="Budget", name="budget", by=admin)
        values = {"name": "青禾", "budget": "12.50", "budget_original": "a guess", "valid_to": "always"}
        create_record(object="company", values=values, by=admin)
        create_record(object="price_book", values={"name": "2026", "valid_from": "2026-01-01"}, by=admin)
        fed()
        for obj in registry.objects():
            names = [one.name for one in columns_of(obj)]
            assert len(names) == len(set(names)), obj.name
        db = connect(admin, "company", "price_book")
        found = db.execute(
            "SELECT budget, budget_original, budget_original_, valid_to_, valid_to FROM company"
        ).fetchone()
        assert found == (Decimal("12.5"), Decimal("12.5"), "a guess", "always", None)
        (book,) = db.execute("SELECT valid_from_ FROM price_book").fetchall()
        assert book == (date(2026, 1, 1),)


def test_a_report_of_then_is_the_report_that_was_stored_then(cast: Cast, fed: Callable[[], int]) -> None:
    """Whatever came after, also when the past is made anew."""
    admin = actor(cast.admin)
    stored: list[tuple[datetime, list[tuple[object, ...]]]] = []

    def report(**more: datetime) -> list[tuple[object, ...]]:
        db = connect(admin, "company", **more)
        return db.execute(
            "SELECT industry, owner_id, count(*), sum(employees), list(name ORDER BY name) FROM company"
            " GROUP BY ROLLUP (1, 2) ORDER BY ALL"
        ).fetchall()

    def store() -> None:
        fed()
        stored.append((datetime.now(UTC), report()))

    with in_workspace(cast.xishan.pk):
        firms = [
            create_record(object="company", values={"name": f"公司 {at}", "employees": at + 1}, by=admin)
            for at in range(4)
        ]
        store()
        firms[0] = change_record(firms[0], {"industry": "水务", "employees": 40}, by=admin)
        assign_record(firms[1], to=cast.below, by=admin)
        store()
        archive_record(firms[2], by=admin)
        firms[0] = change_record(firms[0], {"industry": "制药"}, by=admin)
        create_record(object="company", values={"name": "后来"}, by=admin)
        store()
        restore_record(firms[2], by=admin)
        store()
        assert len({str(told) for _at, told in stored}) == 4, "every step shows"
        for moment, told in stored:
            assert report(as_of=moment) == told
        rebuild(["company"])
        for moment, told in stored:
            assert report(as_of=moment) == told


KINDS: dict[str, Any] = {
    "text": "x", "url": "https://xi.example", "choice": "gold", "choices": ["a", "b"], "integer": 5,
    "decimal": "-2.5", "percent": 20, "money": "1200.75", "date": "2026-01-02", "duration": 90,
    "datetime": "2026-01-02T03:04Z", "boolean": True,
}  # fmt: skip
OPTIONS = {"choice": {"options": ["Gold", "Silver"]}, "choices": {"options": ["a", "b"]}}


def test_records_with_and_without_a_past_are_read_alike(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every kind of field, in pieces; what is made anew is what was heard."""
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for kind in KINDS:
            given = OPTIONS.get(kind, {})
            add_field(object="company", type=kind, label=kind, name=f"own_{kind}", settings=given, by=admin)
        values = {f"own_{kind}": value for kind, value in KINDS.items()} | {"employees": 7}
        firms = [
            create_record(object="company", values={"name": f"公司 {at}", **values}, by=admin)
            for at in range(4)
        ]
        bare = create_record(object="company", values={"name": "公司"}, by=admin)
        change_record(firms[1], {"website": "https://xi.example"}, by=admin)
        archive_record(firms[2], by=admin)
        delete_record(create_record(object="company", values={"name": "gone"}, by=admin), by=admin)
        fed()
        heard = digests()
        for at_once in (1, 2, 20_000):
            monkeypatch.setattr(records, "AT_ONCE", at_once)
            rebuild()
            assert digests() == heard
            assert refresh() == 0
        apart = {"", "name", "website"}
        columns = [
            one.name for one in columns_of(registry.get("company"))
            if one.field not in apart and (one.type != "TIMESTAMP" or one.name == "own_datetime")
        ]  # fmt: skip
        asked = f"SELECT id, archived, {', '.join(columns)} FROM "
        table = Store(cast.xishan.pk).manifest().tables["company"]
        assert table.now is not None
        base = f"read_parquet('{Store(cast.xishan.pk).folder / table.now.file}')"
        rows = {row[0]: row[1:] for row in cursor().execute(asked + base).fetchall()}
        assert list(rows) == sorted(rows), "they stand in the order of their ids"
        assert rows[firms[0].pk] == rows[firms[1].pk] == rows[firms[3].pk]
        assert (rows[firms[2].pk][0], rows[firms[2].pk][1:]) == (True, rows[firms[0].pk][1:])
        said = dict(zip(columns, rows[firms[0].pk][1:], strict=True))
        assert {name: said[f"own_{name}"] for name in KINDS} == {
            **{name: KINDS[name] for name in ("text", "url", "choice", "choices", "integer", "percent")},
            "decimal": Decimal("-2.5"), "money": Decimal("1200.75"), "duration": 90, "boolean": True,
            "date": date(2026, 1, 2), "datetime": datetime(2026, 1, 2, 3, 4),
        }  # fmt: skip
        assert (said["own_money_original"], said["own_money_currency"]) == (Decimal("1200.75"), "CNY")
        nothing = dict(zip(columns, rows[bare.pk][1:], strict=True))
        assert {nothing[f"own_{name}"] for name in KINDS if name not in ("choices", "boolean")} == {None}
        assert (nothing["own_choices"], nothing["own_boolean"]) == ([], False)


def test_a_rebuild_that_cannot_read_to_the_end_changes_nothing(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, read, times = actor(cast.admin), records.Records.after, []

    def broken(self: records.Records, last: int, **more: bool) -> Any:
        times.append(last)
        if len(times) == 3:
            raise OSError("the database is gone")
        return read(self, last, **more)

    with in_workspace(cast.xishan.pk):
        for at in range(4):
            create_record(object="company", values={"name": f"公司 {at}"}, by=admin)
        fed()
        rebuild(["company"])
        heard, folder = digests(), Store(cast.xishan.pk).folder
        files = {one.name for one in folder.iterdir()}
        monkeypatch.setattr(records, "AT_ONCE", 1)
        monkeypatch.setattr(records.Records, "after", broken)
        with pytest.raises(OSError, match="gone"):
            rebuild(["company"])
        assert digests() == heard
        assert {one.name for one in folder.iterdir()} == files


def test_a_rebuild_that_cannot_write_says_so(
    cast: Cast, fed: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = actor(cast.admin)

    def full(self: Store, *given: Any) -> Any:
        raise OSError("no space left")

    with in_workspace(cast.xishan.pk):
        for at in range(5):
            create_record(object="company", values={"name": f"公司 {at}"}, by=admin)
        fed()
        heard = digests()
        monkeypatch.setattr(records, "AT_ONCE", 1)
        monkeypatch.setattr(Store, "_copy", full)
        with pytest.raises(OSError, match="no space"):
            rebuild(["company"])
        assert digests() == heard
