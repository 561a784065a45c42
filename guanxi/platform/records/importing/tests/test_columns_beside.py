"""Columns that say something of others: in which currency an amount is, in which pipeline a stage stands."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from guanxi.platform.i18n.money import parse_currency
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.deals.models import Deal, Pipeline
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
