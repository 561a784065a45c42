"""A pipeline of 8,800 deals in four files that name each other: the figures must be those of the files."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Count, Sum

from guanxi.analytics.insights import contests
from guanxi.analytics.insights.reading import first_of, lay_contest
from guanxi.analytics.insights.studies import Ask as ContestAsk
from guanxi.analytics.roles import Contest
from guanxi.analytics.warehouse.feeding import rebuild
from guanxi.people.companies.models import Company
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.jobs.progress import JobCancelled
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.importing import running
from guanxi.platform.records.importing.jobs import importer
from guanxi.platform.records.importing.models import ImportRow
from guanxi.platform.records.importing.rejected import rejected_rows
from guanxi.platform.records.importing.running import _Writer
from guanxi.platform.records.measuring import measure_question
from guanxi.platform.records.questions import ask
from guanxi.platform.records.writing import change_record
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.forecasts.consumers import renew_stays
from guanxi.sales.forecasts.funnel import funnel, win_rates
from guanxi.sales.targets.periods import Period

FILES = ("sales_pipeline.csv", "accounts.csv", "sales_teams.csv", "products.csv")
PIPELINE = "sales_pipeline.csv"


@pytest.fixture
def folder(data: Path) -> Path:
    return data / "maven_crm"


def begin(workshop, folder: Path):
    return workshop.begin(*(folder / name for name in FILES))


def fix(plan) -> None:
    """The three clicks that the check asks for."""
    plan.column("deal_stage").on_missing = "create"
    plan.column("product").replace = {"GTXPro": "GTX Pro"}
    plan.fixed["pipeline"] = "Maven"


def bring(workshop, folder: Path):
    job = begin(workshop, folder)
    workshop.decide(job, PIPELINE, fix)
    slip = {"technolgy": "technology"}
    workshop.decide(job, "accounts.csv", lambda plan: plan.column("sector").replace.update(slip))
    workshop.run(job)
    return job


@pytest.fixture
def short(folder: Path, tmp_path: Path) -> Path:
    """The same files with the first 300 deals, for what does not need them all."""
    copy = tmp_path / "short"
    copy.mkdir()
    for name in FILES:
        lines = (folder / name).read_text().splitlines()[:301]
        (copy / name).write_text("\n".join(lines))
    return copy


def test_files_are_understood_put_in_order_and_linked(workshop, folder):
    job = begin(workshop, folder)
    plans = {file.name: file.file_plan for file in job.files.order_by("position")}
    assert {name: plan.object for name, plan in plans.items()} == {
        "accounts.csv": "company",
        "products.csv": "product",
        "sales_teams.csv": "member",
        PIPELINE: "deal",
    }
    assert list(plans)[-1] == PIPELINE
    deals = {column.header: column.path for column in plans[PIPELINE].columns}
    assert deals == {
        "opportunity_id": "external_id",
        "sales_agent": "owner",
        "product": "product",
        "account": "company",
        "deal_stage": "stage",
        "engage_date": "opened_on",
        "close_date": "expected_close",
        "close_value": "amount",
    }
    assert plans[PIPELINE].column("close_date").order == "DMY"
    assert plans["accounts.csv"].column("office_location").path == "addresses::country"
    assert plans["accounts.csv"].column("subsidiary_of").path == "parent"


@pytest.mark.slow
def test_the_check_names_every_trap_and_writes_nothing(workshop, folder, expected):
    traps = expected["maven_crm"]["import_traps"]
    job = begin(workshop, folder)
    counts = workshop.check(job)
    kept_out = counts[PIPELINE]["reject"]
    assert counts[PIPELINE] == {"rows": 8800, "create": 8800 - kept_out, "reject": kept_out}
    problems = {(one["column"], one["code"]): one for one in workshop.file(job, PIPELINE).problems}
    assert problems[2, "not_there"]["texts"] == [
        ["GTXPro", traps["product_GTXPro_not_in_price_list"], "GTX Pro"]
    ]
    # Three of its stages are usual words for ones of ours; the fourth nobody else has.
    assert problems[4, "not_there"]["texts"] == [["Engaging", expected["maven_crm"]["stage"]["Engaging"], ""]]
    slip = workshop.file(job, "accounts.csv").problems
    assert [one["texts"] for one in slip] == [
        [["technolgy", traps["sector_misspelt_technolgy"], "technology"]]
    ]
    assert not Deal.objects.exists()
    assert not Company.objects.exists()

    workshop.decide(job, PIPELINE, fix)
    assert workshop.check(job)[PIPELINE] == {"rows": 8800, "create": 8800}


@pytest.mark.slow
def test_figures_are_those_of_the_files(workshop, folder, expected, settings, tmp_path):
    brought = bring(workshop, folder)
    wanted = expected["maven_crm"]
    files = {file.name: file for file in brought.files.all()}
    assert {name: file.created for name, file in files.items()} == {
        "accounts.csv": 85, "products.csv": 7, "sales_teams.csv": 35, PIPELINE: 8800,
    }  # fmt: skip
    given, arrived = files[PIPELINE].columns["3"]
    assert given == arrived == 8800 - wanted["import_traps"]["blank_account"]

    stages = Counter(dict(Deal.objects.values_list("stage__name").annotate(Count("id"))))
    assert stages == wanted["stage"]
    won = Deal.objects.filter(status="won")
    assert total(won) == wanted["won_value"]
    assert won.filter(closed_on__isnull=True).count() == 0
    assert Deal.objects.filter(status="open", closed_on__isnull=False).count() == 0
    regions = {
        team.name: total(won.filter(team__path__startswith=team.path))
        for team in Team.objects.filter(name__in=wanted["won_by_region"])
    }
    assert regions == wanted["won_by_region"]
    for manager, (count, value) in wanted["won_by_manager"].items():
        of_team = won.filter(team__name=manager)
        assert (of_team.count(), total(of_team)) == (count, value)
    for agent, value in wanted["top_agents"].items():
        assert total(won.filter(owner=Member.objects.get(user__name=agent))) == value
    assert Company.objects.filter(industry="technolgy").count() == 0
    assert Company.objects.get(name="Bluth Company").parent.name == "Acme Corporation"
    assert Fact.objects.filter(object="deal", verb="created").count() == 8800
    by_agent, by_product = (win_rates(split, None, by=workshop.by) for split in ("owner", "product"))
    for rates in (by_agent, by_product):
        decided = sum(one.won + one.lost for one in rates)
        assert round(sum(one.won for one in rates) / decided, 6) == wanted["win_rate_of_closed"]
        assert sum(one.amount for one in rates) == wanted["won_value"]
    assert len(by_agent) == 35 - wanted["import_traps"]["agents_without_deals"]
    assert len(by_product) == 7
    for rates, of in ((by_agent, "sales_agent"), (by_product, "product")):
        said = outcomes_of(folder, of)
        told = {one.label: (one.won, one.lost, round(one.rate, 6)) for one in rates}
        assert told == {name: (won, lost, round(won / (won + lost), 6)) for name, (won, lost) in said.items()}
    darcel = next(one for one in by_agent if one.label == "Darcel Schlecht")
    assert darcel.amount == wanted["top_agents"]["Darcel Schlecht"]
    sold = deals_of(folder, "Darcel Schlecht")
    assert (darcel.won, darcel.lost) == (sold["Won"], sold["Lost"])
    renew_stays(Deal.objects.values_list("pk", flat=True))
    began = Period(date(2016, 10, 1), 15)  # the 500 that nobody has engaged yet have no day there
    pipeline = Stage.objects.filter(pipeline__name="Maven").values_list("pipeline", flat=True)[0]
    steps = funnel(pipeline, began, by=workshop.by)
    assert max(one.reached for one in steps) == 8800 - wanted["stage"]["Prospecting"]
    assert steps[-1].went_on == wanted["stage"]["Won"]
    amount = metric("won_amount")
    quarters = {
        name: Period(date(2017, 3 * at + 1, 1), 3) for at, name in enumerate(("Q1", "Q2", "Q3", "Q4"))
    }
    for name, (count, value) in wanted["won_by_close_quarter_2017"].items():
        first, last = quarters[name].first, quarters[name].last
        assert won.filter(closed_on__range=(first, last)).count() == count
        assert ask(measure_question(amount, by=workshop.by, first=first, last=last)) == (value,)
    _cycle_is_that_of_the_files(workshop, wanted, settings, tmp_path)


def _cycle_is_that_of_the_files(workshop, wanted, settings, tmp_path) -> None:
    """How long deals take, from the analysis that tells of it and from a cube."""
    settings.WAREHOUSE_DIR = tmp_path / "warehouse"
    rebuild(["deal", "member"])
    seen = ContestAsk(workshop.by, date(2017, 12, 31), 24, {})
    told = {label: value for label, value, _more in contests.run(seen).stats}
    assert (told["Won"], told["Lost"]) == (str(wanted["stage"]["Won"]), str(wanted["stage"]["Lost"]))
    median, mean = wanted["days_to_close_median"], wanted["days_to_close_mean"]
    assert told["Days to win"] == str(median["Won"])
    whole = lay_contest(first_of(Contest, workshop.by), workshop.by)
    for row in whole.execute(
        "SELECT outcome, MEDIAN(date_diff('day', began, ended)), AVG(date_diff('day', began, ended))"
        " FROM contest WHERE outcome <> 'open' GROUP BY 1"
    ).fetchall():
        name = row[0].capitalize()
        assert (row[1], round(row[2], 3)) == (median[name], mean[name])


def outcomes_of(folder: Path, column: str) -> dict[str, tuple[int, int]]:
    """Agent or product → how many of the file's deals were won and lost."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with (folder / PIPELINE).open() as lines:
        for row in csv.DictReader(lines):
            found[row[column].replace("GTXPro", "GTX Pro")][row["deal_stage"]] += 1
    return {name: (one["Won"], one["Lost"]) for name, one in found.items() if one["Won"] + one["Lost"]}


def deals_of(folder: Path, agent: str) -> Counter[str]:
    """How many deals of an agent the file has in each stage."""
    with (folder / PIPELINE).open() as lines:
        return Counter(row["deal_stage"] for row in csv.DictReader(lines) if row["sales_agent"] == agent)


def total(deals) -> int:
    return int(deals.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))


@pytest.mark.slow
def test_a_worker_that_is_killed_leaves_nothing_twice(workshop, folder, monkeypatch):
    job = begin(workshop, folder)
    workshop.decide(job, PIPELINE, fix)
    write, chunks = _Writer.write, []

    def killed(self, file, piece):
        write(self, file, piece)
        chunks.append(len(piece))
        if len(chunks) == 7:
            raise KeyboardInterrupt  # after the rows, before the commit

    monkeypatch.setattr(_Writer, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        workshop.run(job)
    assert Deal.objects.count() == sum(chunks[3:6])
    monkeypatch.setattr(_Writer, "write", write)
    files = workshop.run(job)
    assert files[PIPELINE].created == 8800
    assert Deal.objects.values("external_id").distinct().count() == Deal.objects.count() == 8800


def test_bringing_it_in_again_changes_what_changed_and_makes_nothing(workshop, short):
    bring(workshop, short)
    again = short / PIPELINE
    again.write_text(again.read_text().replace(",1054", ",2000"))
    job = workshop.begin(again)
    workshop.decide(job, PIPELINE, fix)
    file = workshop.run(job)[PIPELINE]
    assert (file.created, file.updated) == (0, 300)
    assert Deal.objects.count() == 300
    assert Deal.objects.get(external_id="1C1I7A6R").amount == 2000
    changed = ImportRow.objects.get(file=file, fact_id__isnull=False)
    assert Fact.objects.get(pk=changed.fact_id).changes["amount"][1]["amount"] == "2000"

    workshop.undo(job)
    assert Deal.objects.get(external_id="1C1I7A6R").amount == 1054
    assert Deal.objects.filter(archived_at=None).count() == 300


def test_rows_that_were_rejected_come_back_corrected(workshop, short):
    def fix_all_but_products(plan):
        fix(plan)
        plan.column("product").replace.clear()

    job = begin(workshop, short)
    workshop.decide(job, PIPELINE, fix_all_but_products)
    file = workshop.run(job)[PIPELINE]
    assert file.rejected > 0
    assert file.created + file.rejected == 300
    text = "".join(rejected_rows(file))
    assert text.count(",GTXPro,") == file.rejected
    back = short / "rejected.csv"
    back.write_text(text.replace(",GTXPro,", ",GTX Pro,"), encoding="utf-8")
    second = workshop.begin(back)
    workshop.decide(second, "rejected.csv", lambda plan: plan.fixed.update(pipeline="Maven"))
    assert workshop.run(second)["rejected.csv"].created == file.rejected
    assert Deal.objects.count() == 300


@pytest.mark.slow
def test_undo_takes_back_all_but_what_people_went_on_with(workshop, short):
    job = bring(workshop, short)
    deal = Deal.objects.get(external_id="1C1I7A6R")
    change_record(deal, {"next_step": "Call again"}, by=workshop.by)
    workshop.undo(job)
    assert job.state == "undone"
    assert list(Deal.objects.filter(archived_at=None)) == [deal]
    kept = ImportRow.objects.get(file__name=PIPELINE, outcome="kept")
    assert kept.record_id == deal.pk
    assert kept.reasons
    assert not Company.objects.filter(archived_at=None).exists()
    assert Member.objects.filter(user__name="Moses Frase").exists()  # history names members


def test_facts_say_who_brought_it_in_and_by_what(workshop, short, cast):
    job = bring(workshop, short)
    fact = Fact.objects.filter(object="company").first()
    assert (fact.actor_kind, fact.actor_id) == ("import", cast.admin.pk)
    assert fact.data == {"import": str(job.pk)}
    assert importer(job).member_id == cast.admin.pk


def test_cancelled_it_keeps_what_is_done_and_goes_on_later(workshop, short, monkeypatch):
    job = begin(workshop, short)
    workshop.decide(job, PIPELINE, fix)

    def cancelled(done, total=None, note=""):
        if note == PIPELINE:
            raise JobCancelled("by a person")

    monkeypatch.setattr(running, "CHUNK", 100)
    monkeypatch.setattr(running, "report_progress", cancelled)
    with pytest.raises(JobCancelled):
        workshop.run(job)
    assert (job.state, Deal.objects.count()) == ("cancelled", 100)
    monkeypatch.setattr(running, "report_progress", lambda *_args: None)
    assert workshop.run(job)[PIPELINE].created == 300
