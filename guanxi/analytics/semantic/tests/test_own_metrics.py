"""A workspace's own metrics: made, asked by every door, and never more than their parts allow."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.measures import measures_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.metrics import metrics
from guanxi.platform.metadata.models import OwnMetric
from guanxi.platform.metadata.shaping import (
    add_metric,
    archive_metric,
    change_metric,
    metrics_made,
    restore_metric,
)
from guanxi.platform.metadata.texts import apply_shape, read_shape, write_shape
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role, new_member

pytestmark = [pytest.mark.django_db]
SOME = (("Ada", "software", 100), ("Bea", "software", 300), ("Cai", "retail", 50), ("Dee", "retail", None))


@pytest.fixture
def firms(cast: Cast, fed: Callable[[], int]) -> Any:
    """Companies of the rep with their employees; asked as whoever is named."""
    with in_workspace(cast.xishan.pk):
        for name, industry, employees in SOME:
            values = {"name": name, "industry": industry, "employees": employees}
            create_record(object="company", values=values, by=actor(cast.rep))
        fed()

        def asked(*measures: str, by: Any = cast.admin, rows: tuple[str, ...] = ("industry",)) -> Any:
            found = ask(Cube("company", rows, (), measures), actor(by))
            return {row[0] if row else "": found.figures[row, ()] for row in found.rows}

        yield asked


def made(cast: Cast, **values: Any) -> str:
    return add_metric(**{"object": "company", "label": "Big", "by": actor(cast.admin), **values}).name


def test_every_kind_is_right_at_every_level(cast: Cast, firms: Any) -> None:
    heads = made(cast, label="Heads twice", aggregate="sum", formula="coalesce(employees, 0) * 2", unit="人")
    big = made(cast, label="Big ones", filter="employees > 60")
    middle = made(cast, label="Middle", aggregate="median", formula="employees")
    kinds = made(cast, label="Kinds", aggregate="distinct", formula="industry")
    share = made(cast, label="Heads per big one", aggregate="ratio", part=heads, whole=big)
    size = made(cast, label="Size", aggregate="avg", formula="if(employees >= 100, 10, 1)")
    figures = firms(*(f"metric:{one}" for one in (heads, big, middle, kinds, share, size)))
    assert figures["software"] == (800, 2, 200, 1, 400, 10)
    assert figures["retail"] == (100, 0, 50, 1, None, 1)
    assert figures[""] == (900, 2, 100, 2, 450, 5.5)


def test_a_formula_gives_what_a_formula_field_gives(cast: Cast, firms: Any) -> None:
    tried = {
        "employees / 0": (None, None),
        "0 - employees": (-400, -50),
        "if(employees = null, 7, 0)": (0, 7),
        "if(not (employees > 60), 1, 0)": (0, 2),
        "max(employees, 60) + min(1, 2)": (402, 122),
        "round(employees / 7, 2)": (Decimal("57.15"), Decimal("7.14")),
        "year(today()) - year(today()) + 1": (2, 2),
        "date(created_at) - today() + 1": (2, 2),
    }
    for at, (formula, (software, retail)) in enumerate(tried.items()):
        name = made(cast, label=f"Tried {at}", aggregate="sum", formula=formula)
        figures = firms(f"metric:{name}")
        for industry, wanted in (("software", software), ("retail", retail)):
            found = figures[industry][0]
            assert (None if found is None else round(float(found), 2)) == (
                None if wanted is None else float(wanted)
            ), formula


def test_what_makes_no_sense_is_told_at_its_character(cast: Cast, firms: Any) -> None:
    def wrong(at: str, /, **values: Any) -> str:
        with pytest.raises(InvalidValues) as caught:
            made(cast, **values)
        return str(caught.value.errors[at][0])

    assert "character 13" in wrong("formula", aggregate="sum", formula="employees + nothing")
    assert "character 1" in wrong("formula", aggregate="sum", formula="name")
    assert "character 4" in wrong("formula", aggregate="sum", formula='if(contains(name, "a"), 1, 0)')
    assert wrong("formula", aggregate="sum")
    assert wrong("filter", filter="nothing = 3")
    assert wrong("date", date="name")
    assert wrong("part", aggregate="ratio", part="nothing", whole="nothing")
    middle = made(cast, label="Middle", aggregate="median", formula="employees")
    assert wrong("whole", aggregate="ratio", part=middle, whole=middle)
    with pytest.raises(InvalidValues):
        made(cast, name="won_amount")  # a shipped one is called so


def test_who_does_not_see_a_part_does_not_see_the_metric(cast: Cast, firms: Any) -> None:
    by_formula = made(cast, label="Heads", aggregate="sum", formula="employees * 2")
    by_filter = made(cast, label="Big", filter="employees > 60")
    ratio = made(cast, label="Each", aggregate="ratio", part=by_formula, whole=by_filter)
    plain = made(cast, label="All")
    names = (by_formula, by_filter, ratio, plain)
    assert firms(f"metric:{by_formula}", by=cast.rep)["software"] == (800,)
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    hides = {"*": whole, "company": {**whole, "fields": {"employees": "hidden"}}}
    give_role(cast.rep, hides)
    seen = {one.text for one in measures_of(registry.get("company"), actor(cast.rep))}
    assert {f"metric:{one}" in seen for one in names[:3]} == {False}
    assert f"metric:{plain}" in seen
    for name in names[:3]:
        with pytest.raises(FieldError):
            firms(f"metric:{name}", by=cast.rep)
    browser = client_for(cast.rep)
    listed = {one["name"] for one in browser.get("/api/v1/metrics").json()["data"]}
    assert listed.isdisjoint(names[:3])
    assert plain in listed
    assert {one["name"] for one in browser.get("/api/v1/own_metrics").json()["data"]} == {plain}


def test_the_stranger_counts_nothing_and_the_outsider_knows_nothing(cast: Cast, firms: Any) -> None:
    name = made(cast, label="Heads", aggregate="sum", formula="employees * 2")
    assert firms(f"metric:{name}", by=cast.stranger) == {"": (None,)}
    rep = actor(cast.rep)
    with pytest.raises(Refused):
        add_metric(object="company", label="Mine", by=rep)
    for who in (cast.rep, cast.stranger):
        assert client_for(who).get("/settings/metrics/").status_code == 403
        sent = {"do": "add", "object": "company", "label-en": "X"}
        assert client_for(who).post("/settings/metrics/", sent).status_code == 403
        posted = client_for(who).post(
            "/api/v1/own_metrics", {"object": "company", "label": "X"}, content_type="application/json"
        )
        assert posted.status_code == 403
    with in_workspace(cast.marlin.pk):
        assert name not in {one.name for one in metrics()}
        with pytest.raises(FieldError):
            ask(Cube("company", (), (), (f"metric:{name}",)), actor(cast.outsider))


def test_it_is_made_changed_and_archived_on_the_page_and_by_the_api(cast: Cast, firms: Any) -> None:
    browser = client_for(cast.admin)
    sent = {
        "do": "add", "object": "company", "label-en": "Heads", "label-zh-hans": "人头", "aggregate": "sum",
        "formula": "employees + nothing", "date": "created_at", "better": "more",
    }  # fmt: skip
    answer = browser.post("/settings/metrics/", sent)
    assert answer.status_code == 422
    assert "nothing" in answer.content.decode()
    told = browser.post(
        "/api/v1/own_metrics",
        {"object": "company", "label": "Heads", "aggregate": "sum", "formula": "employees + nothing"},
        content_type="application/json",
    )
    assert told.status_code == 422
    assert '"at":12' in told.content.decode().replace(" ", "")
    assert browser.post("/settings/metrics/", {**sent, "formula": "employees * 2"}).status_code == 302
    (row,) = browser.get("/api/v1/own_metrics").json()["data"]
    assert (row["name"], row["label"]["zh-hans"], row["formula"]) == ("heads", "人头", "employees * 2")
    assert "employees * 2" in browser.get(f"/settings/metrics/?metric={row['id']}").content.decode()
    patched = browser.patch(
        f"/api/v1/own_metrics/{row['id']}", {"formula": "employees * 3"}, content_type="application/json"
    )
    assert patched.status_code == 200, patched.content
    assert firms("metric:heads")["software"] == (1200,)
    page = browser.get("/analytics/cube/?object=company&rows=industry&measures=metric:heads").content.decode()
    assert "employees * 3" in page  # its definition is told on the page
    assert browser.delete(f"/api/v1/own_metrics/{row['id']}").status_code == 204
    assert "heads" not in {one.name for one in metrics()}
    assert browser.post(f"/api/v1/own_metrics/{row['id']}/restoration").status_code == 200
    assert "heads" in {one.name for one in metrics()}


def test_the_second_of_two_administrators_is_told_what_the_first_changed(cast: Cast, firms: Any) -> None:
    second = new_member(cast.xishan, "second@xishan.example", "苏二", role="administrator", team=cast.top)
    made(cast, label={"en": "Heads"}, aggregate="sum", formula="employees")
    mine, hers = client_for(cast.admin), client_for(second)
    (row,) = mine.get("/api/v1/own_metrics").json()["data"]
    page = mine.get(f"/settings/metrics/?metric={row['id']}").content.decode()
    seen = re.findall(r'name="version" value="(\d+)"', page)[-1]
    sent = {
        "do": "save", "id": row["id"], "version": seen, "label-en": "Heads", "aggregate": "sum",
        "date": "created_at", "better": "more",
    }  # fmt: skip
    assert hers.post("/settings/metrics/", {**sent, "formula": "employees * 2"}).status_code == 302
    late = mine.post("/settings/metrics/", {**sent, "formula": "employees * 3"})
    page = late.content.decode()
    assert late.status_code == 409
    for word in ("苏二", "employees * 2", "employees * 3"):
        assert word in page
    assert firms("metric:heads")["software"] == (800,)  # hers, 2 × 400
    again = {
        **sent,
        "formula": "employees * 3",
        "version": re.findall(r'name="version" value="(\d+)"', page)[-1],
    }
    assert mine.post("/settings/metrics/", again).status_code == 302
    assert firms("metric:heads")["software"] == (1200,)


def test_a_ratio_holds_its_parts(cast: Cast, firms: Any) -> None:
    big = made(cast, label="Big", filter="employees > 60")
    whole = made(cast, label="All")
    share = made(cast, label="Share", aggregate="ratio", part=big, whole=whole, unit="percent")
    row = next(one for one in metrics() if one.name == big)
    with pytest.raises(InvalidValues):
        archive_metric(row.own, by=actor(cast.admin))
    mine = next(one for one in metrics() if one.name == share)
    archive_metric(mine.own, by=actor(cast.admin))
    archive_metric(row.own, by=actor(cast.admin))
    restore_metric(row.own, by=actor(cast.admin))
    change_metric(row.own, {"label": {"en": "Bigger", "zh-hans": "更大"}}, by=actor(cast.admin))
    assert str(next(one for one in metrics() if one.name == big).label) == "Bigger"


def test_a_file_of_shapes_carries_them_to_another_workspace(cast: Cast, firms: Any) -> None:
    from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape

    made(cast, label={"en": "Heads", "zh-hans": "人头"}, aggregate="sum", formula="employees * 2", unit="人")
    text = write_shape(by=actor(cast.admin))
    assert "[objects.company.metrics.heads]" in text
    assert steps_to(read_shape(text)) == []
    with in_workspace(cast.marlin.pk):
        apply_shape(read_shape(text), by=actor(cast.outsider))
        (one,) = (one for one in metrics() if one.own)
        assert (one.name, one.formula, one.label.in_("zh-hans")) == ("heads", "employees * 2", "人头")


def test_what_a_ratio_is_made_of_goes_on_adding_up(cast: Cast, firms: Any) -> None:
    by = actor(cast.admin)
    heads = add_metric(object="company", label="Heads", aggregate="sum", formula="employees", by=by)
    ratio = add_metric(
        object="company", label="Each", aggregate="ratio", part=heads.name, whole=heads.name, by=by
    )
    with pytest.raises(InvalidValues) as caught:
        change_metric(heads.pk, {"aggregate": "median"}, by=by)
    assert caught.value.errors["aggregate"][0].code == "used"
    change_metric(heads.pk, {"formula": "employees * 2"}, by=by)
    archive_metric(ratio.pk, by=by)
    change_metric(heads.pk, {"aggregate": "median"}, by=by)
    with pytest.raises(InvalidValues):
        restore_metric(ratio.pk, by=by)


def test_a_file_of_shapes_brings_a_ratio_after_its_parts_and_takes_it_away_before_them(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        first = made(cast, label="First", aggregate="sum", formula="employees")
        share = made(cast, label="Share", aggregate="ratio", part=first, whole=first)
        later = made(cast, label="Later", filter="employees > 60")
        change_metric(OwnMetric.objects.get(name=share).pk, {"whole": later}, by=actor(cast.admin))
        shape = read_shape(write_shape(by=actor(cast.admin)))
    with in_workspace(cast.marlin.pk):
        company = {"metrics": shape["objects"]["company"]["metrics"]}
        apply_shape({"objects": {"company": company}}, by=actor(cast.outsider))
        assert OwnMetric.objects.get(name=share).whole == later
        apply_shape({"objects": {"company": {"metrics": {}}}}, by=actor(cast.outsider), remove=True)
        assert not metrics_made()
