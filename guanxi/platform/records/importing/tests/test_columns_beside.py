"""Columns that say something of others: an amount's currency, a stage's pipeline, how a deal in it ended."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from guanxi.platform.i18n.money import parse_currency
from guanxi.platform.metadata import registry
from guanxi.platform.records.importing.guessing import profile_columns
from guanxi.platform.records.importing.matching import match_columns
from guanxi.platform.records.importing.planning import kinds_of, targets
from guanxi.platform.records.importing.values import outcome_of
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.deals.models import Deal, Pipeline, Stage
from tests.cast import actor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bring(cast: Any, settings: Any, tmp_path: Path) -> Any:
    """Brings deals in and gives what the command said."""
    settings.DATA_DIR = tmp_path / "kept"

    def run(text: str, *options: str) -> str:
        (tmp_path / "deals.csv").write_text(text)
        out = StringIO()
        call_command(
            "import", str(tmp_path / "deals.csv"), "--yes", "--by", "gu@xishan.example",
            "--workspace", "xishan", "--object", "deal", *options, stdout=out,
        )  # fmt: skip
        return out.getvalue()

    return run


@pytest.fixture
def pipelines(cast: Any) -> dict[str, int]:
    """Two pipelines beside the first one, with a stage of the same name each: pipeline → stage."""
    by, found = actor(cast.admin), {}
    with in_workspace(cast.xishan.pk):
        for at, name in enumerate(("Instruments", "Service"), 5):
            line = create_record(object="pipeline", values={"name": name, "position": at}, by=by)
            for position, stage in enumerate(("Begun", "Offered")):
                values = {"name": stage, "pipeline": line.pk, "position": position, "kind": "open"}
                found[f"{name}/{stage}"] = create_record(object="stage", values=values, by=by).pk
    return found


def stages_of(cast: Any) -> dict[str, int]:
    with in_workspace(cast.xishan.pk), reading():
        return dict(Deal.objects.values_list("name", "stage_id"))


def test_an_amount_is_in_the_currency_of_its_row(cast: Any, bring: Any):
    bring(
        "Deal Name,Amount,Currency\nA,1200.50,EUR\nB,¥300,jpy\nC,7,\nD,,USD\nE,$9,HKD - 港币\nF,8,US Dollar\n"
    )
    with in_workspace(cast.xishan.pk), reading():
        found = {one.name: (one.amount, one.amount_currency) for one in Deal.objects.all()}
    assert found["A"] == (Decimal("1200.50"), "EUR")
    assert found["B"] == (Decimal(300), "JPY")
    assert found["C"] == (Decimal(7), "CNY")
    assert found["D"][0] is None
    assert found["E"] == (Decimal(9), "HKD")
    assert found["F"] == (Decimal(8), "USD")


def test_what_is_no_currency_is_told_and_nothing_is_taken_for_another_money(cast: Any, bring: Any):
    said = bring("Deal Name,Amount,Currency\nA,1200,Taler\nB,5,EUR\n")
    assert "Taler" in said
    assert list(stages_of(cast)) == ["B"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("eur", "EUR"), ("€", "EUR"), ("RMB", "CNY"), ("人民币", "CNY"), ("新台幣", "TWD"),
     ("CNY - 人民币", "CNY"), ("US Dollar", "USD"), ("$", ""), ("EURO ZONE", ""), ("", ""),
     ("x" * 10_000, "")],
)  # fmt: skip
def test_a_currency_is_named_in_many_ways(text: str, code: str):
    assert parse_currency(text) == code


def test_a_stage_is_looked_for_in_the_pipeline_of_its_row(cast: Any, bring: Any, pipelines: dict[str, int]):
    bring("Deal Name,Pipeline,Stage\nA,Instruments,Offered\nB,service,Offered\nC,Service,\n")
    assert stages_of(cast) == {
        "A": pipelines["Instruments/Offered"],
        "B": pipelines["Service/Offered"],
        "C": pipelines["Service/Begun"],  # nothing said: where new deals of that pipeline begin
    }


def test_a_pipeline_that_is_not_there_is_told_once_and_can_be_made(
    cast: Any, bring: Any, pipelines: dict[str, int]
):
    text = "Deal Name,Pipeline,Stage\nA,Servce,Offered\nB,Rental,Offered\n"
    said = bring(text, "--dry-run")
    assert "“Servce” × 1 → Service?" in said
    assert "“Offered”" not in said
    assert stages_of(cast) == {}
    options = [
        "--fix",
        "Pipeline:Servce=Service",
        "--create-missing",
        "pipeline",
        "--create-missing",
        "stage",
    ]
    bring(text, *options)
    found = stages_of(cast)
    assert found["A"] == pipelines["Service/Offered"]
    with in_workspace(cast.xishan.pk), reading():
        rental = Pipeline.objects.get(name="Rental")
        assert [stage.pk for stage in rental.stages.all()] == [found["B"]]


def test_a_pipeline_that_is_left_empty_is_the_first(cast: Any, bring: Any, pipelines: dict[str, int]):
    bring("Deal Name,Pipeline\nA,Nowhere\n", "--leave-empty", "pipeline")
    with in_workspace(cast.xishan.pk), reading():
        first = Pipeline.objects.order_by("position", "pk").first()
        assert Deal.objects.get().stage.pipeline == first


def ends_of(cast: Any) -> dict[str, tuple[str, str, date | None, str | None]]:
    """Deal → its status and stage, the day it was closed, why it was lost."""
    with in_workspace(cast.xishan.pk), reading():
        return {
            one.name: (one.status, one.stage.name, one.closed_on, one.lost_reason)
            for one in Deal.objects.select_related("stage")
        }


PIPEDRIVE = (
    "Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Won time,Deal - Lost time,Deal - Lost reason,"
    "Deal - Expected close date"
)


def test_deals_that_ended_elsewhere_have_ended_here(cast: Any, bring: Any):
    bring(
        f"{PIPEDRIVE}\n"
        "1,A,初步接洽,Won,2026-03-02 10:15:00,,,2026-02-01\n"
        "2,B,需求确认,Lost,,2026-04-05 09:00:00,Price,2026-04-30\n"
        "3,C,方案报价,Open,,,,2026-12-24\n"
        "4,D,初步接洽,lost,,,,\n"
    )
    found = ends_of(cast)
    assert found["A"] == ("won", "赢单", date(2026, 3, 2), None)
    assert found["B"] == ("lost", "输单", date(2026, 4, 5), "price")
    assert found["C"] == ("open", "方案报价", None, None)
    assert found["D"][:2] == ("lost", "输单")


def test_the_same_file_again_closes_what_was_open(cast: Any, bring: Any):
    bring(f"{PIPEDRIVE}\n1,A,初步接洽,Open,,,,\n2,B,初步接洽,Open,,,,\n3,C,初步接洽,Won,2026-01-09,,,\n")
    assert ends_of(cast)["A"][0] == "open"
    bring(f"{PIPEDRIVE}\n1,A,初步接洽,Won,2026-03-02 10:15:00,,,\n2,B,方案报价,Open,,,,\n")
    found = ends_of(cast)
    found.pop("C")
    assert found == {
        "A": ("won", "赢单", date(2026, 3, 2), None),
        "B": ("open", "方案报价", None, None),
    }


def test_an_outcome_ends_a_deal_in_the_pipeline_of_its_row(cast: Any, bring: Any, pipelines: dict[str, int]):
    with in_workspace(cast.xishan.pk):
        with reading():
            line = Pipeline.objects.get(name="Service")
        for position, (name, kind) in enumerate((("Signed", "won"), ("Renewed", "won"), ("Gone", "lost")), 5):
            values = {"name": name, "pipeline": line.pk, "position": position, "kind": kind}
            create_record(object="stage", values=values, by=actor(cast.admin))
    said = bring(
        "Deal Name,Pipeline,Stage,结果\nA,Service,Begun,赢单\nB,Service,Renewed,Won\nC,Service,Gone,輸單\n"
        "D,Service,,已成交\nE,Instruments,Begun,赢单\n"
    )
    assert {name: found[:2] for name, found in ends_of(cast).items()} == {
        "A": ("won", "Signed"),
        "B": ("won", "Renewed"),  # a lane that means it already stays
        "C": ("lost", "Gone"),
        "D": ("won", "Signed"),
    }
    assert "没有" in said or "There is no" in said  # E: instruments have no stage for it
    assert "× 1" in said


def test_a_pipeline_that_is_made_gets_the_ends_that_rows_need(cast: Any, bring: Any):
    text = (
        "Deal Name,Pipeline,Stage,Deal Status\nA,Rental,Begun,Won\nB,Rental,Begun,Lost\nC,Rental,Begun,Open\n"
    )
    options = ("--create-missing", "pipeline", "--create-missing", "stage")
    assert "“Won”" not in bring(text, *options, "--dry-run")
    bring(text, *options)
    assert {name: found[0] for name, found in ends_of(cast).items()} == {"A": "won", "B": "lost", "C": "open"}
    with in_workspace(cast.xishan.pk), reading():
        stages = Stage.objects.filter(pipeline__name="Rental").order_by("position")
        assert [one.kind for one in stages] == ["open", "won", "lost"]


def test_what_is_no_outcome_is_told_at_its_column_and_can_be_said(cast: Any, bring: Any):
    text = "Deal Name,Stage,Status\nA,初步接洽,Won\nB,初步接洽,Parked\nC,初步接洽,Open\n"
    said = bring(text)
    assert "Parked" in said
    assert set(ends_of(cast)) == {"A", "C"}
    bring("Deal Name,Stage,Status\nB,初步接洽,Parked\nD,初步接洽,Won\n", "--fix", "Status:Parked=Lost")
    assert ends_of(cast)["B"][0] == "lost"


@pytest.mark.parametrize(
    ("headers", "row", "wanted"),
    [
        ("Status,Stage,Name", "Open,Proposal,x", "status stage name"),
        ("Name,Status", "x,Proposal", "name stage"),
        ("Name,Status", "x,Won", "name status"),
        ("Name,Stage,Status", "x,Proposal,Hot", "name stage -"),
        ("商机名称,商机阶段,成交状态,生命状态", "x,报价,已成交,正常", "name stage status -"),
        ("商機名稱,階段,狀態", "x,報價,失單", "name stage status"),
        ("Name,Deal Stage", "x,Won", "name stage"),
    ],
)
def test_a_status_is_an_outcome_where_it_says_how_deals_ended(headers: str, row: str, wanted: str):
    obj, names = registry.get("deal"), headers.split(",")
    found = match_columns(profile_columns(names, [row.split(",")]), targets(obj), kinds_of(obj))
    assert [one.path or "-" for one in found] == wanted.split()


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Closed Won", "won"), ("赢单", "won"), ("簽約", "won"), ("LOST", "lost"), ("丢单", "lost"),
     ("失單", "lost"), ("In progress", "open"), ("進行中", "open"), ("Proposal", ""), ("", "")],
)  # fmt: skip
def test_an_outcome_is_said_in_many_words(text: str, kind: str):
    assert outcome_of(text) == kind
