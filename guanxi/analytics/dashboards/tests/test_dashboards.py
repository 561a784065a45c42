"""Dashboards through their doors: to each their own figures, their own boards, their own mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from guanxi.analytics.cube.charts import chart_of, standalone
from guanxi.analytics.dashboards.mailing import begin_turns, send_turn, unsent_turns
from guanxi.analytics.dashboards.models import Dashboard, Delivery
from guanxi.analytics.dashboards.panels import span_of_period
from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.periods import same_working_day
from guanxi.platform.i18n.holidays import spring_festival
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
QUERY = "object=company&rows=industry&measures=sum%3Aemployees&draw=bars"
HOME = "/analytics/dashboards/"


@pytest.fixture
def firms(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        for member, industry, size in (
            (cast.rep, "水务", 10),
            (cast.below, "制药", 5),
            (cast.stranger, "远海", 70),
        ):
            values = {"name": f"客户 {member.pk}", "industry": industry, "employees": size}
            create_record(object="company", values=values, by=actor(member))
        fed()


@pytest.mark.slow
def test_a_cube_is_put_on_a_dashboard_that_each_sees_with_their_own_figures(cast: Cast, firms: None) -> None:
    rep, stranger, admin = client_for(cast.rep), client_for(cast.stranger), client_for(cast.admin)
    assert rep.post(HOME, {"name": " "}).status_code in (302, 303)
    assert rep.post(HOME, {"name": "Mine", "shared": "all"}).status_code == 403
    for client, shared in ((rep, "team"), (admin, "all")):
        opened = client.post(
            HOME, {"name": f"Board {shared}", "shared": shared, "period": "months_12", "compare": ""}
        )
        assert opened.status_code in (302, 303)
        key = opened["Location"].split("/")[3]
        for _twice in range(2):
            client.post(f"{HOME}panels/", {"query": QUERY, "dashboard": key})
    with in_workspace(cast.xishan.pk):
        ours, all_ = (Dashboard.objects.get(name=f"Board {one}") for one in ("team", "all"))
        assert [len(one.panels) for one in (ours, all_)] == [1, 1]
        panel = all_.panels[0]["key"]
    seen = {client: client.get(f"{HOME}{all_.pk}/").content.decode() for client in (rep, stranger, admin)}
    assert "远海" in seen[stranger]
    assert "远海" in seen[admin]
    assert "远海" not in seen[rep]
    assert "水务" not in seen[stranger]
    assert "水务" in seen[rep]
    assert "制药" in seen[admin]
    assert stranger.get(f"{HOME}{ours.pk}/").status_code == 404
    assert client_for(cast.outsider).get(f"{HOME}{all_.pk}/").status_code == 404
    for path in (
        "",
        "?tv=1",
        "?edit=1",
        "?period=nonsense&team=x",
        "panels/0/",
        "?team=0&compare=festival",
        "?compare=workdays",
    ):
        assert rep.get(f"{HOME}{all_.pk}/{path}").status_code == 200, path
    assert rep.get(f"{HOME}{all_.pk}/panels/7/").status_code == 404
    assert rep.get(f"{HOME}{all_.pk}/dashboard.pdf").content[:4] == b"%PDF"
    for noun in ("earlier", "wider", "removal", "nonsense"):
        for client in (rep, stranger):
            assert client.post(f"{HOME}{all_.pk}/panels/{panel}/{noun}/").status_code == 404
    for noun in ("later", "wider", "narrower", "removal", "removal"):
        assert admin.post(f"{HOME}{all_.pk}/panels/{panel}/{noun}/").status_code in (302, 303)
    with in_workspace(cast.xishan.pk):
        assert Dashboard.objects.get(pk=all_.pk).panels == []
    assert rep.post(f"{HOME}{all_.pk}/deletion/").status_code == 404
    assert rep.post(f"{HOME}{ours.pk}/change/", {"name": "New", "shared": ""}).status_code in (302, 303)
    assert client_for(cast.below).get(f"{HOME}{ours.pk}/").status_code == 404
    assert (
        rep.post(
            f"{HOME}panels/", {"query": "object=company&rows=nonsense", "dashboard": ours.pk}
        ).status_code
        == 422
    )
    hidden = {"verbs": ["*"], "see": "all", "edit": "all", "fields": {"industry": "hidden"}}
    give_role(cast.rep, {"company": hidden})
    page = rep.get(f"{HOME}{ours.pk}/").content.decode()
    assert "制药" not in page
    assert "chart bars" not in page
    assert "chart bars" in seen[rep]
    assert rep.get(HOME).status_code == 200
    for name in ("sales", "ceo", "marketing", "service"):
        assert admin.get(f"{HOME}home/{name}/").status_code == 200
    assert admin.get(f"{HOME}home/nonsense/").status_code == 404


@pytest.mark.slow
def test_figures_come_by_mail_once_each_turn_also_after_a_kill(
    cast: Cast, firms: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rep, place = client_for(cast.rep), "/analytics/deliveries/"
    address = f"/analytics/cube/?{QUERY}"
    for _twice in range(2):
        assert rep.post(place, {"address": address, "every": "day", "hour": "7"}).status_code in (302, 303)
    assert (
        rep.post(place, {"address": "https://evil.example/", "every": "day", "hour": "7"}).status_code == 404
    )
    assert rep.post(place, {"address": f"{HOME}1/", "every": "day", "hour": "7"}).status_code == 404
    rep.post(place, {"address": address, "every": "hourly", "hour": "7"})
    assert "07:00" in rep.get(place).content.decode()
    soon = datetime.now(UTC) + timedelta(days=2)
    with in_workspace(cast.xishan.pk):
        (row,) = Delivery.objects.all()
        assert begin_turns(soon) == 1
        assert begin_turns(soon) == 0

        def killed(**_given: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("guanxi.analytics.dashboards.mailing.send_mail", killed)
            with pytest.raises(KeyboardInterrupt):
                send_turn(row.pk, 1)
        assert unsent_turns() == [(row.pk, 1)]
        assert [send_turn(row.pk, 1), send_turn(row.pk, 1)] == [True, False]
    run_pending_jobs()
    (sent,) = mail.outbox
    assert sent.to == [cast.rep.user.email]
    assert "水务" in sent.body
    assert "远海" not in sent.body
    assert sent.attachments[0][1][:4] == b"%PDF"
    assert client_for(cast.stranger).post(f"{place}{row.pk}/deletion/").status_code == 404
    with in_workspace(cast.xishan.pk):
        give_role(cast.rep, {"contact": {"verbs": ["*"], "see": "all"}})
        begin_turns(soon + timedelta(days=3))
        assert send_turn(row.pk, 2) is False
        assert unsent_turns() == []
    assert rep.post(f"{place}{row.pk}/deletion/").status_code in (302, 303)


@pytest.mark.one_database
def test_what_can_not_be_made_rests_longer_each_time_is_parked_and_shown(
    cast: Cast, firms: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rep, place = client_for(cast.rep), "/analytics/deliveries/"
    rep.post(place, {"address": f"/analytics/cube/?{QUERY}", "every": "day", "hour": "7"})

    def broken(*_given: Any) -> None:
        raise RuntimeError("no ink")

    with in_workspace(cast.xishan.pk), monkeypatch.context() as patch:
        patch.setattr("guanxi.analytics.dashboards.mailing.sheet_of", broken)
        (row,) = Delivery.objects.all()
        begin_turns(datetime.now(UTC) + timedelta(days=2))
        rests = []
        for _time in range(5):
            assert unsent_turns() == [(row.pk, 1)]
            assert send_turn(row.pk, 1) is False
            assert unsent_turns() == []
            row.refresh_from_db()
            rests.append(row.retry_at)
            Delivery.objects.filter(retry_at__isnull=False).update(retry_at=datetime.now(UTC))
        assert [one is None for one in rests] == [False] * 4 + [True]
        assert rests[0] < rests[1] < rests[2] < rests[3]
        assert row.parked
        page = rep.get(place).content.decode()
        assert "no ink" in page
        for other in (cast.stranger, cast.outsider):
            assert client_for(other).post(f"{place}{row.pk}/turn/").status_code == 404
        assert rep.post(f"{place}{row.pk}/turn/").status_code in (302, 303)
        assert unsent_turns() == [(row.pk, 1)]
    with in_workspace(cast.xishan.pk):
        assert send_turn(row.pk, 1) is True
        row.refresh_from_db()
        assert (row.failures, row.error, row.parked) == (0, "", False)
    assert "no ink" not in rep.get(place).content.decode()
    assert rep.post(f"{place}{row.pk}/turn/").status_code == 404


def test_periods_are_the_firms_own() -> None:
    today = date(2026, 2, 10)
    assert span_of_period("this_year", today, 4) == (date(2025, 4, 1), date(2026, 3, 31))
    assert span_of_period("last_quarter", today) == (date(2025, 10, 1), date(2025, 12, 31))
    assert span_of_period("months_12", today) == (date(2025, 3, 1), date(2026, 2, 28))
    assert spring_festival(2026) == date(2026, 2, 17)
    # In 2026 the festival took Friday the 20th of February; a year before, work began on the 5th.
    assert same_working_day(date(2026, 2, 10), "CN") != date(2026, 2, 10)


def test_a_year_before_stands_by_spring_festival(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        for day in ("2025-01-22", "2026-02-10"):  # a week before the festival of either year
            create_record(object="company", values={"name": day, "next_step_on": day}, by=by)
        fed()
        month = "next_step_on between (2026-02-01, 2026-02-28)"
        for compare, found in (("festival", 1), ("yoy", 0)):
            cube = Cube("company", columns=("next_step_on:day",), filter=month, compare=compare)
            answer = ask(cube, by)
            shown = date(2026, 2, 10)
            assert answer.figure((), (shown,), 0) == 1
            assert len(answer.before.get(((), (shown,)), ())) == found
        assert chart_of(ask(Cube("company", rows=("next_step_on:month",)), by), "lines", by)


def test_what_is_refused_leaves_no_dashboard_and_no_delivery(cast: Cast, firms: None) -> None:
    rep = client_for(cast.rep)
    for wrong in ("object=company&rows=nothing", "object=nothing"):
        answer = rep.post(f"{HOME}panels/", {"query": wrong, "dashboard": "", "name": "New"})
        assert answer.status_code in (403, 422), wrong
    for address in ("http://[", "//evil.example/analytics/dashboards/home/sales/", f"{HOME}9{'9' * 18}/"):
        sent = {"address": address, "every": "day", "hour": "8"}
        assert rep.post("/analytics/deliveries/", sent).status_code == 404, address
    with in_workspace(cast.xishan.pk):
        assert not Dashboard.objects.exists()
        assert not Delivery.objects.exists()
    rep.post(HOME, {"name": "One\nline\x00"})
    with in_workspace(cast.xishan.pk):
        assert Dashboard.objects.get().name == "One line"


def test_on_paper_more_has_the_colour_of_the_firm(cast: Cast, firms: None) -> None:
    with in_workspace(cast.xishan.pk):
        found = chart_of(ask(Cube("company", ("industry",), (), ("count",)), actor(cast.admin)), "bars",
                         actor(cast.admin))  # fmt: skip
    assert found is not None
    assert ".up{fill:#b3261e}" in standalone(found, red_up=True)
    assert ".up{fill:#0b7a4b}" in standalone(found, red_up=False)
