"""A cube says what the lists say, to each what they may see, and nothing gets round that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guanxi.analytics.semantic.answering import OTHER, ask
from guanxi.analytics.semantic.compiling import compile_cube, plan_of, scope_of, written
from guanxi.analytics.semantic.cubes import Cube, read_cube
from guanxi.analytics.warehouse.feeding import rebuild
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, count_records
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, give_role

pytestmark = pytest.mark.django_db
FILTERS = (
    "", "industry = 水务", "industry is empty", "not industry = 水务", "name contains 客", "employees > 20",
    "employees between (10, 30)", "created_at = today", "created_at < today", "next_step_on <= 2020-12-31",
    "owner = me", "team below mine", "owner.name contains 林",
    "parent.industry = 水务",
    "next_step_on != 2019-05-01",
    "industry in (水务, 制药) or employees < 15", "tags is empty",
    "created_at between (this_month, tomorrow)",
)  # fmt: skip


@pytest.fixture
def firms(cast: Cast, fed: Callable[[], int]) -> None:
    """Companies of three members, some with a parent."""
    with in_workspace(cast.xishan.pk):
        parent = None
        for member in (cast.rep, cast.below, cast.stranger):
            for number, industry in enumerate(("水务", "水务", "制药", None)):
                values = {
                    "name": f"客户 {member.pk} {number}",
                    "industry": industry,
                    "employees": 10 * (number + 1),
                    "next_step_on": f"20{18 + number}-05-01",
                    "parent": parent,
                }
                given = {name: value for name, value in values.items() if value is not None}
                made = create_record(object="company", values=given, by=actor(member))
                parent = made.pk if number == 0 and member is cast.rep else None
        fed()


@pytest.mark.slow
def test_a_cube_counts_what_the_lists_count(cast: Cast, firms: None) -> None:
    company = registry.get("company")
    with in_workspace(cast.xishan.pk):
        for member in (cast.admin, cast.rep):
            by = actor(member)
            for text in FILTERS:
                listed = count_records(ListQuery(obj=company, columns=(), filter=parse_filter(text)), by=by)
                assert ask(Cube("company", filter=text), by).figure((), (), 0) == listed, text
        cube = Cube(
            "company",
            ("team:2", "owner"),
            ("next_step_on:year",),
            ("count", "sum:employees", "median:employees", "distinct:team", "rate:industry = 水务"),
        )
        answer = ask(cube, actor(cast.admin))
        assert answer.figures[(), ()] == (12, 300, 25.0, 3, 0.5)
        south = next(row for row in answer.rows if len(row) == 1 and answer.label(0, row[0]) == "South")
        assert answer.figures[south, ()] == (8, 200, 25.0, 2, 0.5)
        assert len([row for row in answer.rows if len(row) == 2 and row[0] == south[0]]) == 2
        assert [answer.label(2, key[0]) for key in answer.columns if key] == ["2018", "2019", "2020", "2021"]
        first = ask(Cube("company", ("industry",), (), ("count", "distinct:owner"), top=1), actor(cast.admin))
        assert first.rows == [("水务",), (OTHER,), ()]
        assert first.figures[(OTHER,), ()] == (6, 3)
        assert first.figures[(), ()] == (12, 3)
        grown = ask(Cube("company", (), ("next_step_on:year",), ("count",), compare="yoy"), actor(cast.admin))
        years = [key for key in grown.columns if key]
        assert [grown.change((), key, 0) for key in years] == [None, 0.0, 0.0, 0.0]
        text = cube.query
        assert read_cube(text) == cube
        for wrong in (
            replace(cube, date="nothing"),
            replace(cube, date="industry"),
            replace(cube, as_of="9999-12-31"),
            replace(cube, filter="next_step_on > 9999-12-31"),
        ):
            with pytest.raises(FieldError):
                ask(wrong, actor(cast.admin))


def test_the_past_is_what_it_was(cast: Cast, firms: None) -> None:
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        one, two = registry.get("company").rows().order_by("pk")[:2]
        change_record(one, {"industry": "食品"}, by=admin)
        archive_record(two, by=admin)
        early = datetime.now(UTC) - timedelta(days=40)
        for record in registry.get("company").rows():
            facts_of("company", record.pk).filter(verb="created").update(at=early)
        rebuild()
        cube = {"object": "company", "rows": ("industry",)}
        now = ask(Cube(**cube), admin)  # type: ignore[arg-type]
        then = ask(Cube(**cube, as_of=(early + timedelta(days=3)).date().isoformat()), admin)  # type: ignore[arg-type]
        assert {row: now.figure(row, (), 0) for row in now.rows if row}[("食品",)] == 1
        assert (now.figure((), (), 0), then.figure((), (), 0)) == (11, 12)
        assert then.figure(("水务",), (), 0) == 6
        before = ask(Cube(**cube, as_of=(early - timedelta(days=3)).date().isoformat()), admin)  # type: ignore[arg-type]
        assert before.figure((), (), 0) == 0


def test_nothing_hidden_can_be_asked_for(cast: Cast, firms: None) -> None:
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(
        cast.observer,
        {"*": whole, "company": {**whole, "fields": {"industry": "hidden", "employees": "masked1"}}},
    )
    give_role(cast.stranger, {"company": {"verbs": [], "see": "none", "edit": "none"}, "contact": whole})
    with in_workspace(cast.xishan.pk):
        by = actor(cast.observer)
        assert ask(Cube("company", ("owner",)), by).figure((), (), 0) == 12
        for hidden in (
            Cube("company", ("industry",)),
            Cube("company", (), ("industry",)),
            Cube("company", filter="industry = 水务"),
            Cube("company", filter="not (industry is empty)"),
            Cube("company", measures=("distinct:industry",)),
            Cube("company", measures=("rate:industry = 水务",)),
            Cube("company", measures=("sum:employees",)),
            Cube("company", filter="employees > 20"),
            Cube("company", ("employees",)),
            Cube("company", ("parent.industry",)),
            Cube("contact", ("company.industry",)),
            Cube("contact", filter="company.industry = 水务"),
            Cube("company", ("owner.password",)),
            Cube("company", ('name" FROM read_csv(1)',)),
        ):
            with pytest.raises(FieldError):
                ask(hidden, by)
        stranger = actor(cast.stranger)
        with pytest.raises(Refused):
            ask(Cube("company"), stranger)
        with pytest.raises(FieldError):
            ask(Cube("contact", ("company.industry",)), stranger)
        injected = ask(Cube("company", filter='name = "\' OR 1 = 1 --"'), by)
        assert injected.figure((), (), 0) == 0
    with in_workspace(cast.marlin.pk):
        assert ask(Cube("company"), actor(cast.outsider)).figure((), (), 0) == 0


def test_the_same_cube_is_written_for_other_engines(cast: Cast) -> None:
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        plan = plan_of(Cube("order", ("company.industry",), ("ordered_on:quarter",), ("sum:amount",)), by)
        select = compile_cube(plan, scope_of(plan, by, field_context(by)))
    assert written(select, "spark") == (
        "SELECT d0, GROUPING(d0) AS g0, d1, GROUPING(d1) AS g1, SUM(p0_0) AS m0 FROM"
        " (SELECT d0, MAKE_DATE(CAST((CAST(d1 AS INT) * 3) DIV 12 AS INT), ((CAST(d1 AS INT) * 3) % 12) + 1,"
        " 1) AS d1, p0_0 FROM (SELECT d0, d1, SUM(v0) AS p0_0 FROM"
        " (SELECT `j0`.`industry` AS d0,"
        " ((EXTRACT(YEAR FROM `r`.`ordered_on`) * 12) + EXTRACT(MONTH FROM `r`.`ordered_on`) + -1)"
        " DIV 3 AS d1,"
        " `r`.`amount` AS v0 FROM `order` AS `r`"
        " LEFT JOIN `company` AS `j0` ON `j0`.`id` = `r`.`company_id`) AS base GROUP BY d0, d1)"
        " AS numbered) AS gathered GROUP BY GROUPING SETS ((d0, d1), (d0), (d1), ()) LIMIT 50000"
    )
    assert "MAKE_DATE(CAST(DIV((CAST(d1 AS INT) * 3), 12) AS INT)" in written(select, "postgres")
