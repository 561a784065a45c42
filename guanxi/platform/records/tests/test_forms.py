"""Making and editing records by form and in place: errors lose nothing, doubles are told."""

from __future__ import annotations

import pytest

from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.metadata import registry
from guanxi.platform.records.search.store import index_records
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import change_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def patch(browser, address: str, body: str, **headers: str):
    return browser.patch(
        address, body, content_type="application/x-www-form-urlencoded", headers={**HTMX, **headers}
    )


def test_every_object_has_a_form(shop: Shop):
    browser = client_for(shop.cast.admin)
    for plural in ("companies", "contacts", "deals", "products", "activities", "pipelines", "stages"):
        assert browser.get(f"/{plural}/new/").status_code == 200, plural


def test_makes_a_record_with_all_kinds_of_fields(shop: Shop):
    browser = client_for(shop.cast.rep)
    answer = browser.post(
        "/contacts/new/",
        {
            "name": "王若溪",
            "company": str(shop.company.pk),
            "company-text": "禾木食品",
            "company-was": "",
            "phones-sent": "1",
            "phones-0-kind": "work",
            "phones-0-typed": "0571 8820 4411",
            "phones-1-typed": "138 0013 8000",
            "emails-sent": "1",
            "emails-0-email": "ruoxi@hemu.example",
            "addresses-sent": "1",
            "addresses-0-city": "杭州",
            "birthday": "1990-02-03",
            "decision_role": "champion",
            "tags-sent": "1",
            "tags": str(shop.tag.pk),
            "next": f"/companies/{shop.company.pk}/",
        },
    )
    assert answer.status_code == 302
    assert answer["Location"] == f"/companies/{shop.company.pk}/"
    with in_workspace(shop.cast.xishan.pk):
        made = Contact.objects.get(name="王若溪")
    assert made.company_id == shop.company.pk
    assert [one["number"] for one in made.phones] == ["+8657188204411", "+8613800138000"]
    assert made.city == "杭州市"
    assert made.tags == [shop.tag.pk]
    assert made.owner_id == shop.cast.rep.pk


def test_errors_stand_at_their_fields_and_nothing_is_lost(shop: Shop):
    browser = client_for(shop.cast.rep)
    sent = {
        "name": "",
        "birthday": "soon",
        "title": "Head of <water>",
        "company-text": "nobody",
        "company": "",
        "company-was": "",
    }
    answer = browser.post("/contacts/new/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="f-company-error"' in page
    assert 'value="Head of &lt;water&gt;"' in page
    answer = browser.post("/contacts/new/", {**sent, "company-text": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="f-name-error"' in page
    assert 'id="f-birthday-error"' in page


def test_link_is_found_by_its_words_where_there_is_no_script(shop: Shop):
    browser = client_for(shop.cast.rep)
    browser.post(
        "/contacts/new/", {"name": "甲", "company": "", "company-text": "禾木食品", "company-was": ""}
    )
    with in_workspace(shop.cast.xishan.pk):
        assert Contact.objects.get(name="甲").company_id == shop.company.pk
    hidden = {"name": "乙", "company": "", "company-text": "北辰制药", "company-was": ""}
    assert browser.post("/contacts/new/", hidden).status_code == 422
    assert browser.post("/contacts/new/", {"name": "丙", "company": str(shop.far.pk)}).status_code == 422


def test_doubles_are_told_and_may_be_made_anyway(shop: Shop):
    browser = client_for(shop.cast.rep)
    sent = {"name": "Hemu", "phones-sent": "1", "phones-0-typed": "+86 571 88204410"}
    answer = browser.post("/companies/new/", sent)
    assert answer.status_code == 422
    assert f'href="/companies/{shop.company.pk}/"' in answer.content.decode()
    stranger = client_for(shop.cast.stranger)
    told = stranger.post("/companies/new/", sent)
    assert told.status_code == 422  # it is here, where the stranger can't see it
    assert "禾木食品" not in told.content.decode()
    assert stranger.post("/companies/new/", {**sent, "anyway": "1"}).status_code == 302
    assert browser.post("/companies/new/", {**sent, "anyway": "1"}).status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        assert Company.objects.filter(name="Hemu").count() == 2


def test_one_more_row_keeps_what_is_typed(shop: Shop):
    sent = {
        "name": "Hemu 2",
        "phones-sent": "1",
        "phones-0-typed": "0571 1",
        "phones-1-typed": "0571 2",
        "more": "phones",
    }
    page = client_for(shop.cast.rep).post("/companies/new/", sent).content.decode()
    assert 'name="phones-2-typed"' in page
    assert 'value="Hemu 2"' in page


def test_edit_changes_only_what_the_form_had(shop: Shop):
    browser = client_for(shop.cast.rep)
    address = f"/companies/{shop.company.pk}/edit/"
    assert browser.get(address).status_code == 200
    answer = browser.post(address, {"name": "禾木食品集团", "version": shop.company.version})
    assert answer.status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        now = Company.objects.get(pk=shop.company.pk)
    assert now.name == "禾木食品集团"
    assert now.industry == "food"
    assert now.phones == shop.company.phones


def test_edit_shows_both_values_when_somebody_was_faster(shop: Shop):
    browser = client_for(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        change_record(shop.company, {"industry": "dairy"}, by=actor(shop.cast.manager))
    address = f"/companies/{shop.company.pk}/edit/"
    answer = browser.post(address, {"name": "禾木食品", "industry": "water", "version": shop.company.version})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "dairy" in page
    assert "water" in page
    assert f'name="version" value="{shop.company.version + 1}"' in page


def test_forms_are_shut_for_who_may_not(shop: Shop):
    edit, field = f"/companies/{shop.company.pk}/edit/", f"/companies/{shop.company.pk}/fields/industry/"
    for who, status in (("stranger", 404), ("outsider", 404), ("observer", 403)):
        browser = client_for(getattr(shop.cast, who))
        assert browser.get(edit).status_code == status
        assert browser.post(edit, {"name": "x"}).status_code == status
        assert browser.get(field).status_code == status
        assert patch(browser, field, "value=x").status_code == status
    assert client_for(shop.cast.observer).get("/companies/new/").status_code == 403
    assert client_for(shop.cast.observer).post("/companies/new/", {"name": "x"}).status_code == 403


def test_field_is_edited_in_place(shop: Shop):
    browser = client_for(shop.cast.rep)
    address = f"/companies/{shop.company.pk}/fields/industry/"
    answer = patch(browser, address, f"value=dairy&version={shop.company.version}")
    assert answer.status_code == 200
    assert answer.content.decode().startswith('<dd id="fact-industry"')
    assert answer["X-Version"] == str(shop.company.version + 1)
    assert '"undo": "/undo/' in answer["HX-Trigger"]
    cell = patch(browser, f"/companies/{shop.company.pk}/cells/role/", "value=customer")
    assert cell.content.decode().startswith("<td")
    assert patch(browser, f"/companies/{shop.company.pk}/fields/employees/", "value=many").status_code == 422
    assert patch(browser, f"/companies/{shop.company.pk}/fields/city/", "value=x").status_code == 404
    assert patch(browser, f"/companies/{shop.company.pk}/fields/name/", "value=").status_code == 422
    money = patch(browser, f"/companies/{shop.company.pk}/fields/revenue/", "value=120万&currency=USD")
    assert "US$" in money.content.decode()
    assert browser.get(address + "?shown").content.decode().startswith("<dd")


def test_conflict_in_place_shows_both_values(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        change_record(shop.company, {"industry": "dairy"}, by=actor(shop.cast.manager))
    address = f"/companies/{shop.company.pk}/fields/industry/"
    answer = patch(client_for(shop.cast.rep), address, f"value=water&version={shop.company.version}")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "周砚" in page
    assert "dairy" in page
    assert "water" in page


def test_editors_and_plain_forms_of_one_field(shop: Shop):
    browser = client_for(shop.cast.rep)
    for name in (
        "owner",
        "parent",
        "phones",
        "tags",
        "role",
        "about",
        "addresses",
        "revenue",
        "next_step_on",
    ):
        address = f"/companies/{shop.company.pk}/fields/{name}/"
        assert "<html" not in browser.get(address, headers=HTMX).content.decode()
        assert "<form" in browser.get(address).content.decode()
    sent = {"phones-sent": "1", "phones-0-typed": "0571 8820 4499"}
    assert browser.post(f"/companies/{shop.company.pk}/fields/phones/", sent).status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        assert Company.objects.get(pk=shop.company.pk).phones[0]["number"] == "+8657188204499"


def test_finding_offers_only_what_may_be_seen(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        index_records(registry.get("company"), [shop.company, shop.far])
    browser = client_for(shop.cast.rep)
    assert "禾木食品" in browser.get("/companies/find/").content.decode()
    assert "禾木食品" in browser.get("/companies/find/?q=hemu").content.decode()
    assert "北辰" not in browser.get("/companies/find/?q=bc").content.decode()
