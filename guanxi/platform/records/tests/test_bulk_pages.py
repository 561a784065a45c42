from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from django.http import HttpResponseBase

from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for, give_role

pytestmark = pytest.mark.django_db

FRAGMENT = {"HX-Request": "true"}
COMPANY = registry.get("company")


def carried(answer: HttpResponseBase) -> dict[str, str]:
    """The toast that the next page will show."""
    found: dict[str, str] = json.loads(unquote(answer.cookies["toast"].value))
    return found


def test_a_form_sets_adds_and_empties_fields_of_those_chosen(shop: Shop):
    browser = client_for(shop.cast.rep)
    sent = {"id": [str(shop.company.pk)]}
    page = browser.post("/companies/bulk/edit/", sent).content.decode()
    assert 'name="industry-do"' in page
    assert f'name="id" value="{shop.company.pk}"' in page
    nothing = browser.post("/companies/bulk/edit/", sent | {"apply": "1"})
    assert nothing.status_code == 422
    wrong = sent | {"apply": "1", "employees-do": "set", "employees": "many"}
    answer = browser.post("/companies/bulk/edit/", wrong)
    assert answer.status_code == 422
    assert 'value="many"' in answer.content.decode()
    right = sent | {
        "apply": "1", "industry-do": "set", "industry": "steel", "tags-do": "remove", "tags": [shop.tag.pk],
        "next_step-do": "empty", "about": "not asked for",
    }  # fmt: skip
    answer = browser.post("/companies/bulk/edit/", right)
    assert (answer.status_code, answer["Location"]) == (303, "/companies/")
    with in_workspace(shop.cast.xishan.pk):
        shop.company.refresh_from_db()
        found = shop.company.industry, shop.company.tags, shop.company.next_step, shop.company.about
        assert found == ("steel", [], None, None)
        batch = Batch.objects.get()
    assert f"/undo/batch/{batch.pk}/" in browser.get("/companies/").content.decode()


def test_all_that_match_are_changed_by_a_worker_whose_page_tells_of_it(shop: Shop):
    rep, browser = actor(shop.cast.rep), client_for(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        create_records(object="company", rows=[{"name": f"Firm {n}"} for n in range(60)], by=rep)
        create_records(object="company", rows=[{"name": "Other"}], by=rep)
    sent = {"all": "1", "list": 'filter=name starts "Firm"', "industry-do": "set", "industry": "steel"}
    counted = '/companies/?count=all&filter=name starts "Firm"'
    assert browser.get(counted, headers=FRAGMENT).content.decode() == "符合条件的全部 60 条"
    assert "60" not in client_for(shop.cast.outsider).get(counted, headers=FRAGMENT).content.decode()
    asked = browser.post("/companies/bulk/edit/", sent).content.decode()
    assert 'name="all" value="1"' in asked
    answer = browser.post("/companies/bulk/edit/", sent | {"apply": "1"})
    address = answer["Location"]
    assert address.startswith("/changes/batches/")
    assert 'role="progressbar"' in browser.get(address).content.decode()
    for who in (shop.cast.stranger, shop.cast.outsider):
        assert client_for(who).get(address).status_code == 404
        assert client_for(who).post(f"{address}cancel/").status_code == 404
    run_pending_jobs()
    assert browser.get(f"{address}progress/", headers=FRAGMENT)["HX-Refresh"] == "true"
    page = browser.get(address).content.decode()
    toast = page.split("data-toast")[1].split("</form>")[0]
    assert "60" in toast
    assert "<button" in toast
    assert "data-toast" not in browser.get(address).content.decode(), "it is said once"
    with in_workspace(shop.cast.xishan.pk):
        assert COMPANY.rows().filter(industry="steel").count() == 60
    undo = address.replace("/changes/batches/", "/undo/batch/")
    assert undo in page
    assert client_for(shop.cast.stranger).post(undo).status_code == 404
    browser.post(undo)
    run_pending_jobs()
    with in_workspace(shop.cast.xishan.pk):
        assert not COMPANY.rows().filter(industry="steel").exists()
    assert undo not in browser.get(address).content.decode()


def test_a_cancelled_batch_says_so(shop: Shop):
    rep, browser = actor(shop.cast.rep), client_for(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        made = create_records(object="company", rows=[{"name": f"Firm {n}"} for n in range(60)], by=rep)
    ids = {"id": [str(one.pk) for one in made]}
    answer = browser.post("/companies/bulk/archive/", ids, headers=FRAGMENT)
    address = answer["HX-Redirect"]
    browser.post(f"{address}cancel/")
    run_pending_jobs()
    with in_workspace(shop.cast.xishan.pk):
        assert Batch.objects.get().state == Batch.State.CANCELLED
        assert not COMPANY.rows().filter(archived_at__isnull=False).exists()


def test_a_refused_record_has_its_reason_on_the_page(shop: Shop):
    browser = client_for(shop.cast.manager)
    browser.post("/companies/bulk/archive/", {"id": [str(shop.company.pk), str(shop.far.pk)]})
    with in_workspace(shop.cast.xishan.pk):
        batch = Batch.objects.get()
    page = browser.get(f"/changes/batches/{batch.pk}/").content.decode()
    assert 'id="refused"' in page
    assert "北辰制药" not in page


def test_the_toast_names_those_that_stayed_says_why_and_leads_to_the_rest(shop: Shop):
    cast = shop.cast
    give_role(cast.manager, {"*": {"verbs": ["*"], "see": "all", "edit": "own"}})
    browser = client_for(cast.manager)
    with in_workspace(cast.xishan.pk):
        mine = create_record(object="company", values={"name": "我的公司"}, by=actor(cast.manager))
    chosen = {"id": [str(mine.pk), str(shop.company.pk), str(shop.far.pk)], "next": "/companies/"}
    toast = carried(browser.post("/companies/bulk/archive/", chosen))
    assert toast["text"] == "已归档 1 条公司 · 2 条没能改：禾木食品、北辰制药 · 你无权修改。"
    with in_workspace(cast.xishan.pk):
        batch = Batch.objects.get()
    assert (toast["more"], toast["undo"]) == (f"/changes/batches/{batch.pk}/", f"/undo/batch/{batch.pk}/")
    page = browser.get(toast["more"]).content.decode().split('id="refused"')[1]
    assert f'<a class="link" href="/companies/{shop.far.pk}/">北辰制药</a></dt><dd>你无权修改。</dd>' in page


def test_the_toast_does_not_name_what_is_not_the_readers_to_see(shop: Shop):
    browser = client_for(shop.cast.rep)
    chosen = {"id": [str(shop.company.pk), str(shop.far.pk)], "next": "/companies/"}
    said = carried(browser.post("/companies/bulk/archive/", chosen))
    assert said["text"] == "已归档 1 条公司 · 1 条没能改 · 已经不在了。"


def test_what_stays_when_many_are_taken_back_is_named(shop: Shop):
    rep, browser = actor(shop.cast.rep), client_for(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        other = create_record(object="company", values={"name": "乙公司"}, by=rep)
    chosen = {"id": [str(shop.company.pk), str(other.pk)]}
    browser.post("/companies/bulk/edit/", chosen | {"apply": "1", "industry-do": "set", "industry": "steel"})
    with in_workspace(shop.cast.xishan.pk):
        batch = Batch.objects.get()
        other.refresh_from_db()
        change_record(other, {"industry": "pharma"}, by=rep)
    answer = browser.post(f"/undo/batch/{batch.pk}/", headers=FRAGMENT)
    assert answer["HX-Refresh"] == "true"
    page = browser.get("/companies/").content.decode()
    toast = page.split("data-toast")[1].split("</form>")[0]
    assert "已撤销 · 1 条保持原样：乙公司" in toast
    with in_workspace(shop.cast.xishan.pk):
        shop.company.refresh_from_db()
        assert shop.company.industry == "food"
