"""What an import makes is past and was so; what is here already it changes by the rules that hold here."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.models import Import, ImportFile, ImportRow
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.deals.tests.test_move_deal import pipeline
from guanxi.sales.orders.tests.test_order_to_receipt import an_order
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def bring(noun: str, text: str, key: str, *, by: Any, folder: Any, **fixed: str) -> ImportFile:
    """Import a table, in which records are known again by a column."""
    path = folder / f"{noun}.csv"
    path.write_text(text)
    job = begin_import([Incoming(path, path.name, object=noun)], by=by)
    file: ImportFile = ImportFile.objects.get(of_import=job)
    plan = file.file_plan
    plan.key, plan.found = key, "update"
    plan.fixed.update(fixed)
    file.plan = plan.as_json()
    file.save()
    check_import(job, by=by)
    job.state = Import.State.RUNNING
    job.save()
    run_import(job, by=by)
    return file


def outcomes(file: ImportFile) -> list[str]:
    return list(ImportRow.objects.filter(file=file).order_by("number").values_list("outcome", flat=True))


def test_a_confirmed_order_is_not_changed_by_a_file(cast: Cast, tmp_path):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        confirmed, draft = an_order(cast), an_order(cast, confirmed=False)
        text = f'Order number,"Discount on all, %"\n{confirmed.number},50\n{draft.number},50\n'
        file = bring("order", text, "number", by=by, folder=tmp_path)
        assert outcomes(file) == ["rejected", "updated"]
        confirmed.refresh_from_db()
        draft.refresh_from_db()
        assert (confirmed.discount_percent, confirmed.amount) == (0, D(1084005))
        assert draft.amount == D("542002.50")


def test_a_gate_holds_for_deals_that_are_here_and_not_for_those_that_a_file_brings(cast: Cast, tmp_path):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        stages = pipeline(by)
        quoted = Stage.objects.get(pk=stages["Quoted"])
        change_record(quoted, {"needs": "expected_close"}, by=by)
        values = {"name": "Here", "stage": stages["Qualified"]}
        here = create_record(object="deal", values=values, by=actor(cast.rep))
        text = "Deal,Stage\nHere,Quoted\nBrought,Quoted\n"
        file = bring("deal", text, "name", by=by, folder=tmp_path, pipeline="Instruments")
        assert outcomes(file) == ["rejected", "created"]
        here.refresh_from_db()
        assert here.stage_id == stages["Qualified"]
        assert Deal.objects.get(name="Brought").stage_id == quoted.pk
