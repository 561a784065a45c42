"""Figures that lead somewhere, as a manager goes there, in Chinese and in English.

A cube is put together, checked by the records behind it, kept, put on a dashboard and sent by mail; a finding
of the diagnosis becomes to-dos, and one of them is done. Controls are found by what they do, so that one way
serves both languages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import duckdb
import pytest
from pyarrow.csv import read_csv
from pyarrow.parquet import read_table

from tests.chromium import until
from tests.journeys.mailbox import Mailbox, mailbox
from tests.journeys.serving import ROOT, guanxi, run
from tests.journeys.test_lead_to_receipt import Desk
from tests.journeys.test_main_job import _page
from tests.screens.places import ADMINISTRATOR, sign_in

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]
expect = playwright.expect

LANGUAGES = ("zh-hans", "en")
ALONE = {"object": "deal", "measures": "sum:amount"}
NAMES = {"zh-hans": "各阶段商机", "en": "Deals by stage"}
# What the clock does: the turn of every delivery is due, and the job that looks for such comes by.
LATER = """
from django.utils import timezone
from guanxi.analytics.dashboards.models import Delivery
from guanxi.analytics.jobs import deliver_figures
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace
with in_workspace(Workspace.objects.get().pk):
    Delivery.objects.update(next_at=timezone.now())
    deliver_figures.enqueue()
"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: Any) -> Iterator[tuple[str, Mapping[str, str], Mailbox]]:
    """The demo, with a year behind it and a mail server beside it."""
    with mailbox() as post, guanxi(tmp_path_factory.mktemp("firm"), GUANXI_SMTP_URL=post.url) as (
        address, environment,
    ):  # fmt: skip
        run(["demo"], environment)
        yield address, environment, post


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cube_becomes_a_letter(browser: Any, firm: Any, language: str):
    address, environment, post = firm
    desk, problems = _desk(browser, address, language)
    _put_together(desk)
    _walk(desk)
    _drill(desk)
    _ask_further(desk)
    desk.go("/analytics/cube/?object=deal&rows=stage&measures=count&measures=sum:amount")
    _keep(desk, NAMES[language])
    board = _put_on_a_dashboard(desk)
    _schedule(desk, board, environment, post)
    assert problems == []
    desk.page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_is_treated(browser: Any, firm: Any, language: str):
    desk, problems = _desk(browser, firm[0], language)
    record = _remedy(desk)
    _task_done(desk, record)
    assert problems == []
    desk.page.context.close()


def test_a_notebook_reads_the_tables_over_http(firm: Any):
    """Arrow fetches what the member of a token may take out; DuckDB joins it, and the product agrees."""
    address, environment, _post = firm
    secret = run(["token", "create", ADMINISTRATOR], environment).split()[-1]
    told = _fetch(f"{address}/analytics/data/", secret)
    tables = {one["name"]: one for one in json.loads(told)["data"]}
    deals = read_table(BytesIO(_fetch(address + tables["deal"]["parquet"], secret)))
    companies = read_csv(BytesIO(_fetch(address + tables["company"]["csv"], secret)))
    assert {one["name"] for one in tables["deal"]["columns"]} == set(deals.column_names)
    with duckdb.connect() as db:
        db.register("deal", deals)
        db.register("company", companies)
        found = db.execute(
            "SELECT c.industry, count(*), sum(d.amount) FROM deal d"
            " LEFT JOIN company c ON c.id = d.company_id GROUP BY 1"
        ).fetchall()
    query = urlencode({"object": "deal", "rows": "company.industry"})
    query += "&measures=count&measures=sum:amount"
    cube = json.loads(_fetch(f"{address}/api/v1/cube?{query}", secret))["data"]
    asked = {
        one["company.industry"]: (one["count"], round(one["sum:amount"] or 0, 2))
        for one in cube
        if one["company.industry"] != "*"
    }
    assert len(asked) == len(found) > 3
    assert {key: (count, round(float(worth or 0), 2)) for key, count, worth in found if key} == {
        key: one for key, one in asked.items() if key in {row[0] for row in found}
    }
    with pytest.raises(HTTPError) as caught:
        _fetch(address + tables["deal"]["parquet"], secret[:-4] + "aaaa")
    assert caught.value.code == 401


def _fetch(address: str, secret: str) -> bytes:
    asked = Request(address, headers={"Authorization": f"Bearer {secret}"})
    with urlopen(asked, timeout=60) as answer:
        found: bytes = answer.read()
    return found


def _desk(browser: Any, address: str, language: str) -> tuple[Desk, list[str]]:
    page, problems = _page(browser)
    sign_in(page, address, ADMINISTRATOR, language)
    return Desk(page, address, language), problems


def _put_together(desk: Desk) -> None:
    """Deals by stage, their number and amount, once the facts of the demo have come in."""
    page = desk.page
    total = len(desk.ask("/deals?limit=200")["data"])
    assert total

    def fed() -> bool:
        desk.go("/analytics/cube/?object=deal")
        return bool(page.locator("tfoot td").all_inner_texts() == [str(total)])

    until(page, fed, "all deals in the warehouse")
    page.locator('.shelf [data-field="stage"]').focus()
    until(page, lambda: _pressed(page, "KeyR", "#cube-rows", "stage"), "the stage among the rows")
    expect(page.locator('.shelf [data-field="stage"]')).to_be_focused()  # where one was
    page.select_option("#cube-measures-add", "sum:amount")
    expect(page.locator("#cube-measures [data-field]")).to_have_count(2)
    expect(page.locator("table.pivot tbody tr").first).to_be_visible()
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["rows"] == ["stage"]
    assert asked["measures"] == ["count", "sum:amount"]
    figures = [int(one) for one in page.locator("table.pivot tbody td:nth-child(2)").all_inner_texts()]
    assert sum(figures) == total


def _pressed(page: Any, key: str, well: str, field: str) -> bool:
    """Presses the field's key, which is bound once the rail has its script; whether the field is in the well.

    Each press has its time: a second one while the first is answered would draw the page once more, over
    what is chosen next.
    """
    page.keyboard.press(key)
    try:
        page.locator(f'{well} [data-field="{field}"]').wait_for(timeout=10_000)
    except playwright.TimeoutError:
        return False
    return True


def _walk(desk: Desk) -> None:
    """Through the figures without a mouse: from cell to cell, to both ends of a row, and into the records."""
    page = desk.page
    rows = page.locator("table.pivot :is(tbody, tfoot) tr")
    page.locator(".tbl-wrap:has(table.pivot)").focus()
    focused = page.locator("table.pivot :focus")

    def taken() -> bool:
        page.keyboard.press("End")
        return bool(focused.count())

    until(page, taken, "the keys of the table, which are fetched where there is one")
    steps = (("Home", 0, 0), ("ArrowRight", 0, 1), ("ArrowDown", 1, 1), ("End", 1, -1), ("ArrowUp", 0, -1))
    for key, row, place in steps:
        page.keyboard.press(key)
        cells = rows.nth(row).locator(":scope > :is(td, th)")
        here = cells.nth(place % cells.count())
        expect(here.and_(page.locator(":focus, :has(:focus)"))).to_have_count(1)
    figure = page.locator("table.pivot tbody td a").first
    figure.focus()
    page.keyboard.press("Enter")
    menu = page.locator(".cell-menu")
    expect(menu.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(figure).to_be_focused()


def _drill(desk: Desk) -> None:
    """From a figure to the list of its records: as many, and worth as much, as the figures say.

    The amounts are in several currencies: those in the firm's own are compared, after a filter.
    """
    page = desk.page
    figures = [int(one) for one in page.locator("table.pivot tbody td:nth-child(2)").all_inner_texts()]
    count = max(figures)
    page.locator("table.pivot tbody td:nth-child(2) a").nth(figures.index(count)).click()
    page.locator(".cell-menu a[href^='/deals/']").click()
    page.wait_for_url("**/deals/**")
    expect(page.locator("#rows tr[id]")).to_have_count(count)
    filters = parse_qs(urlsplit(page.url).query)["filter"][0]
    found = desk.ask("/deals?" + urlencode({"limit": 200, "filter": filters}))["data"]
    assert len(found) == count
    assert len({one["stage"]["id"] for one in found}) == 1
    own = {one["id"]: Decimal(one["amount"]["amount"]) for one in found if _in_yuan(one)}
    assert own
    page.go_back()
    key = max(own, key=lambda one: own[one])
    desk.go(
        "/analytics/cube/?" + urlencode({**ALONE, "filter": f'{filters} and name = "{_name(found, key)}"'})
    )
    figure = page.locator("tfoot td").first.inner_text()
    same = [worth for one, worth in own.items() if _name(found, one) == _name(found, key)]
    assert Decimal("".join(one for one in figure if one in "0123456789.")) == sum(same)
    page.go_back()
    expect(page.locator("table.pivot tbody tr").first).to_be_visible()


def _ask_further(desk: Desk) -> None:
    """By letters of a figure's menu: what changed in it since a year ago, and to be told when it falls."""
    page = desk.page
    cube = "/analytics/cube/?object=deal&columns=closed_on:quarter&measures=metric:won_amount"
    for letter, address in (("w", "**/analytics/cube/change/**"), ("t", "**/analytics/deliveries/?about=**")):
        desk.go(cube)
        page.locator("table.pivot tfoot td a").last.click()
        expect(page.locator(".cell-menu:not([aria-busy]) :focus")).to_have_count(1)
        page.keyboard.press(letter)
        page.wait_for_url(address)
        if letter == "w":
            expect(page.locator("#main table")).not_to_have_count(0)
    page.fill("#alarm-limit", "12.5万")
    page.locator("#alarm button[type=submit]").click()
    page.wait_for_url("**/analytics/deliveries/")
    kept = page.locator("#main li", has_text="125,000")
    expect(kept).to_have_count(1)
    kept.locator("button").click()
    expect(kept).to_have_count(0)


def _in_yuan(deal: Mapping[str, Any]) -> bool:
    return bool(deal["amount"]) and deal["amount"]["currency"] == "CNY"


def _name(deals: list[Any], key: str) -> str:
    return str(next(one["name"] for one in deals if one["id"] == key))


def _keep(desk: Desk, name: str) -> None:
    page = desk.page
    page.fill("#cube-name", name)
    page.locator("#cube-name").press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    desk.go("/analytics/cube/?object=deal")
    kept = page.locator(".menu a", has_text=name)
    expect(kept).to_have_count(1)
    page.goto(desk.address + str(kept.get_attribute("href")))
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator('#cube-rows [data-field="stage"]')).to_be_visible()


def _put_on_a_dashboard(desk: Desk) -> str:
    """Onto a new one; its address."""
    page = desk.page
    form = page.locator('form[action="/analytics/dashboards/panels/"]')
    page.locator("[data-menu-root]", has=form).locator("[data-menu]").click()
    form.locator("select").select_option("")
    form.locator("button[type=submit]").click()
    page.wait_for_url("**/analytics/dashboards/*/")
    expect(page.locator(".dash > section")).to_have_count(1)
    expect(page.locator(".dash h2")).not_to_be_empty()
    return str(urlsplit(page.url).path)


def _schedule(desk: Desk, board: str, environment: Mapping[str, str], post: Mailbox) -> None:
    """Every Monday at eight; when it is, a letter comes with the finding, a way back and a PDF."""
    page = desk.page
    finding = page.locator(".dash h2").inner_text()
    form = page.locator('form[action="/analytics/deliveries/"]')
    page.locator("[data-menu-root]", has=form).locator("[data-menu]").click()
    form.locator("button[type=submit]").click()
    page.wait_for_url("**/analytics/deliveries/")
    expect(page.locator(f'#main a[href^="{board}"]')).to_have_count(1)
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", LATER]
    subprocess.run(command, env=dict(environment), cwd=ROOT, check=True, capture_output=True)
    until(page, lambda: bool(_letters(post, board)), "the letter")
    letter = _letters(post, board)[0]
    assert letter["X-To"] == ADMINISTRATOR
    assert finding in letter.get_body(("plain",)).get_content()
    paper = next(letter.iter_attachments())
    assert paper.get_content_type() == "application/pdf"
    assert paper.get_content().startswith(b"%PDF-")
    desk.go("/analytics/deliveries/")
    page.locator("#main form button").first.click()
    expect(page.locator(f'#main a[href^="{board}"]')).to_have_count(0)


def _letters(post: Mailbox, board: str) -> list[Any]:
    found = [(one, one.get_body(("plain",))) for one in post.letters]
    return [one for one, body in found if body is not None and board in body.get_content()]


def _remedy(desk: Desk) -> str:
    """The first remedy of the diagnosis: its to-dos are there, and it is followed from now on."""
    page = desk.page
    button = page.locator("form:has([name=todo]) button").first
    until(
        page, lambda: page.goto(f"{desk.address}/analytics/insights/diagnosis/") and button.count() > 0, "it"
    )
    label = button.inner_text()
    before = {one["id"] for one in desk.ask("/activities?limit=200&sort=-created_at")["data"]}
    button.click()
    expect(page.locator(".toast").first).to_be_visible()
    made = [
        one for one in desk.ask("/activities?limit=200&sort=-created_at")["data"] if one["id"] not in before
    ]
    assert str(len(made)) in label
    assert all(one["due_at"] and not one["done_at"] for one in made)
    expect(page.locator("form[action^='/analytics/insights/remedies/']")).to_have_count(1)
    return str(made[0]["id"])


def _task_done(desk: Desk, record: str) -> None:
    """The to-do stands on its own page with its deal and is ticked off; then the remedy is ended."""
    page = desk.page
    desk.go(f"/activities/{record}/")
    expect(page.locator("#main a[href^='/deals/']").first).to_be_visible()
    page.locator(f"form[action='/activities/{record}/completion/'] button").click()
    until(page, lambda: desk.ask(f"/activities/{record}")["done_at"] is not None, "the to-do done")
    desk.go("/analytics/insights/diagnosis/")
    page.locator("form[action^='/analytics/insights/remedies/'] button").click()
    expect(page.locator("form[action^='/analytics/insights/remedies/']")).to_have_count(0)
