"""Deals out of a file."""

from __future__ import annotations

import pytest

from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.records.tests.pages import Shop, shop
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal
from tests.cast import actor

__all__ = ["shop"]

pytestmark = pytest.mark.django_db


def test_a_deal_without_a_stage_begins_in_the_first_one_or_stays_where_it_is(shop: Shop, tmp_path):
    by = actor(shop.cast.admin)
    with in_workspace(shop.cast.xishan.pk):
        for text in ("Deal,Stage,Amount\nA,,100\nB,Quoted,200\n", "Deal,Amount\nB,300\nC,5\n"):
            path = tmp_path / "deals.csv"
            path.write_text(text)
            job = begin_import([Incoming(path, path.name, object="deal")], by=by)
            file = ImportFile.objects.get(of_import=job)
            plan = file.file_plan
            plan.key, plan.fixed["pipeline"] = "name", "Instruments"
            file.plan = plan.as_json()
            file.save()
            check_import(job, by=by)
            file.refresh_from_db()
            assert file.checked.get("reject", 0) == 0
            job.state = Import.State.RUNNING
            job.save()
            run_import(job, by=by)
        stages = {deal.name: str(deal.stage) for deal in Deal.objects.filter(name__in=["A", "B", "C"])}
        assert stages == {"A": "Qualified", "B": "Quoted", "C": "Qualified"}
