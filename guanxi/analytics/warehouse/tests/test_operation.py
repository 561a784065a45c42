"""How fresh the warehouse is, said on every page of figures, and whether its files are whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from guanxi.analytics.warehouse.feeding import rebuild
from guanxi.analytics.warehouse.freshness import freshness, health
from guanxi.analytics.warehouse.store import Store
from guanxi.config.doctor import warehouses
from guanxi.platform.jobs.models import Job
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = [pytest.mark.django_db]
PAGES = ("/analytics/cube/?object=company", "/analytics/dashboards/", "/analytics/insights/pareto/")


def test_pages_say_how_many_facts_are_missing(cast: Cast, fed: Callable[[], int]) -> None:
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        create_record(object="company", values={"name": "Ada"}, by=by)
        fed()
        assert freshness(by).behind == 0
        told = as_read(cast)
        browser = client_for(cast.admin)
        for page in PAGES:
            assert told in browser.get(page).content.decode(), page
        for name in ("Bea", "Cai"):
            create_record(object="company", values={"name": name}, by=by)
        assert freshness(by).behind == 2
        late = as_read(cast)
        assert late != told
        assert late in browser.get(PAGES[0]).content.decode()


def as_read(cast: Cast) -> str:
    by = actor(cast.admin)
    with translation.override(by.language), timezone.override(ZoneInfo(by.timezone)):
        return freshness(by).words


def test_the_doctor_finds_a_file_that_is_gone_and_a_record_that_is_missing(
    cast: Cast, fed: Callable[[], int], settings: Any
) -> None:
    settings.WAREHOUSE = True
    by = actor(cast.admin)

    def line() -> Any:
        return next(one for one in warehouses() if one.what == "warehouse of xishan")

    with in_workspace(cast.xishan.pk):
        create_record(object="company", values={"name": "Ada"}, by=by)
    assert not line().right
    with in_workspace(cast.xishan.pk):
        fed()
        rebuild()
        store = Store(cast.xishan.pk)
        found = health(cast.xishan.pk)
        assert (found.wrong, found.fresh.behind) == ((), 0)
        assert found.size > 0
        assert found.built_at is not None
    assert line().right, line()
    assert "whole" in line().text
    with in_workspace(cast.xishan.pk):
        from guanxi.people.companies.models import Company

        Company.objects.filter(name="Ada").delete()  # past the product: no fact tells of it
        assert health(cast.xishan.pk).wrong == ("company has 1 records instead of 0",)
        now = store.manifest().tables["company"].now
        assert now is not None
        (store.folder / now.file).write_bytes(b"PAR1")
        assert health(cast.xishan.pk).wrong[0] == f"{now.file} can't be read"
    assert not line().right
    assert "guanxi warehouse rebuild" in line().text


def test_only_administrators_make_it_anew_and_once_at_a_time(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        create_record(object="company", values={"name": "Ada"}, by=actor(cast.rep))
        fed()
        for who in (cast.rep, cast.stranger, cast.observer):
            browser = client_for(who)
            assert browser.get("/analytics/warehouse/").status_code == 200
            assert browser.post("/analytics/warehouse/").status_code == 403
            assert "parquet" not in browser.get("/analytics/warehouse/").content.decode()
        browser = client_for(cast.admin)
        Job.objects.update(state=Job.State.SUCCESSFUL)  # the one that the first facts have asked for
        before = Job.objects.count()
        assert browser.post("/analytics/warehouse/").status_code == 302
        assert browser.post("/analytics/warehouse/").status_code == 302
        assert Job.objects.count() == before + 1
        assert "hx-trigger" in browser.get("/analytics/warehouse/").content.decode()
        create_record(object="company", values={"name": "Bea"}, by=actor(cast.rep))
        assert freshness(actor(cast.admin)).behind == 1
    with in_workspace(cast.marlin.pk):
        assert freshness(actor(cast.outsider)).behind == 0
        assert not Job.objects.filter(task__endswith="rebuild_warehouse", state=Job.State.READY).exclude(
            workspace_id=cast.marlin.pk
        )
