from __future__ import annotations

import json
from typing import Any

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.records.batches.models import Batch, BatchPart
from guanxi.platform.records.batches.pasting import read_grid
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db

COMPANY = registry.get("company")
FRAGMENT = {"HX-Request": "true"}


def cells(names: list[str], records: list[Any], text: str = "") -> dict[str, str]:
    rows = [[str(one.pk), str(one.version)] for one in records]
    return {"cells": json.dumps({"names": names, "rows": rows, "text": text})}


@pytest.fixture
def other(shop: Shop) -> Any:
    with in_workspace(shop.cast.xishan.pk):
        return create_record(object="company", values={"name": "另一家"}, by=actor(shop.cast.rep))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\tb\r\nc\td\r\n", [["a", "b"], ["c", "d"]]),
        ('"two\nlines"\t"said ""so"""', [["two\nlines", 'said "so"']]),
        ("alone", [["alone"]]),
        ("", []),
        ("a\t\n\tb", [["a", ""], ["", "b"]]),
        ('5" pipe', [['5" pipe']]),
    ],
)
def test_what_a_spreadsheet_puts_on_the_clipboard_is_read(text: str, rows: list[list[str]]):
    assert read_grid(text) == rows


def test_a_paste_is_previewed_then_done_and_undone_as_one(shop: Shop, other: Any):
    browser, address = client_for(shop.cast.rep), "/companies/grid/paste/"
    text = "steel\t1,200\t2\tVIP\nfood\tmany\tx\t食品饮料"
    sent = cells(["industry", "employees", "", "tags"], [other, shop.company], text)
    page = browser.post(address, sent).content.decode()
    assert "1,200" in page or "1200" in page
    assert "many" in page
    with in_workspace(shop.cast.xishan.pk):
        assert not Batch.objects.exists()
    answer = browser.post(address, sent | {"apply": "1"})
    assert answer.status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        other.refresh_from_db()
        shop.company.refresh_from_db()
        assert (other.industry, other.employees, other.tags) == ("steel", 1200, [])
        assert (shop.company.industry, shop.company.employees) == ("food", None)
        batch = Batch.objects.get()
        refused = {key for key, _why in BatchPart.objects.get(batch=batch).refusals}
        assert refused == {other.pk, shop.company.pk}
    browser.post(f"/undo/batch/{batch.pk}/")
    with in_workspace(shop.cast.xishan.pk):
        other.refresh_from_db()
        assert (other.industry, other.employees) == (None, None)


def test_links_members_and_own_choices_are_pasted_by_their_names(shop: Shop):
    manager = client_for(shop.cast.manager)
    text = "林知遥\t北辰制药\tnobody\n"
    sent = cells(["owner", "company", "contact"], [shop.deal], text) | {"apply": "1"}
    manager.post("/deals/grid/paste/", sent)
    with in_workspace(shop.cast.xishan.pk):
        shop.deal.refresh_from_db()
        [part] = BatchPart.objects.all()
        assert shop.deal.company_id == shop.company.pk  # 北辰制药 is not the manager's to see
        assert len(part.refusals) == 2


def test_one_value_goes_into_every_cell_and_one_row_is_filled_down(shop: Shop, other: Any):
    browser = client_for(shop.cast.rep)
    browser.post(
        "/companies/grid/paste/", cells(["industry"], [other, shop.company], "glass") | {"apply": "1"}
    )
    with in_workspace(shop.cast.xishan.pk):
        assert set(COMPANY.rows().filter(industry="glass").values_list("pk", flat=True)) == {
            other.pk,
            shop.company.pk,
        }
        first = change_record(
            other, {"next_step": "ring", "phones": "0571-8820 9999"}, by=actor(shop.cast.rep)
        )
    answer = browser.post(
        "/companies/grid/fill/", cells(["next_step", "phones"], [first, shop.company]), headers=FRAGMENT
    )
    assert answer.status_code == 204
    with in_workspace(shop.cast.xishan.pk):
        shop.company.refresh_from_db()
        assert (shop.company.next_step, shop.company.phones[0]["typed"]) == ("ring", "0571-8820 9999")


def test_what_was_changed_meanwhile_or_is_not_ones_own_is_refused(shop: Shop, other: Any):
    stale = cells(["industry"], [shop.company, shop.far], "steel\nsteel") | {"apply": "1"}
    with in_workspace(shop.cast.xishan.pk):
        change_record(shop.company, {"industry": "glass"}, by=actor(shop.cast.manager))
    answer = client_for(shop.cast.rep).post("/companies/grid/paste/", stale)
    assert answer["Location"].startswith("/changes/batches/")
    with in_workspace(shop.cast.xishan.pk):
        batch = Batch.objects.get()
        assert (batch.done, batch.refused) == (0, 2)
        shop.far.refresh_from_db()
        assert shop.far.industry is None
    preview = client_for(shop.cast.rep).post("/companies/grid/paste/", cells(["industry"], [shop.far], "x"))
    assert "北辰制药" not in preview.content.decode()
    for who, code in ((shop.cast.observer, 403), (shop.cast.outsider, 302)):
        assert client_for(who).post("/companies/grid/paste/", stale).status_code == code


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "[]",
        '{"names": [], "rows": []}',
        '{"names": ["id"], "rows": [["-1", "1"]]}',
        '{"names": 1, "rows": 2}',
    ],
)
def test_nonsense_is_refused(shop: Shop, wrong: str):
    browser = client_for(shop.cast.rep)
    for verb in ("paste", "fill"):
        assert browser.post(f"/companies/grid/{verb}/", {"cells": wrong}).status_code == 400
    strange = json.dumps(
        {"names": ["__class__", "id"], "rows": [[str(shop.company.pk), "1"]], "text": "1\t2"}
    )
    assert browser.post("/companies/grid/paste/", {"cells": strange, "apply": "1"}).status_code == 302
