"""The list through its door: what members see, what strangers don't, filters and views as addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from guanxi.people.companies.models import Company
from guanxi.platform.identity.actions.members import change_member
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def text_of(shop: Shop, who: str, address: str, **headers: str) -> str:
    answer = client_for(getattr(shop.cast, who)).get(address, headers=headers)
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode())


def test_shows_what_the_member_may_see(shop: Shop):
    assert "禾木食品" in text_of(shop, "rep", "/companies/")
    assert "北辰制药" not in text_of(shop, "rep", "/companies/")
    assert "禾木食品" not in text_of(shop, "stranger", "/companies/")
    assert "禾木食品" not in text_of(shop, "outsider", "/companies/")
    seen = text_of(shop, "observer", "/companies/")
    assert "禾木食品" in seen
    assert "data-edit" not in seen
    assert "/companies/new/" not in seen


def test_guests_are_sent_to_sign_in_and_unknown_words_are_no_lists(client, shop: Shop):
    assert client.get("/companies/").status_code == 302
    assert client_for(shop.cast.rep).get("/unicorns/").status_code == 404


def test_first_page_costs_few_queries_however_many_rows(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        rows = [
            {"name": f"公司 {number}", "owner": shop.cast.rep.pk, "team": shop.cast.rep.team_id}
            for number in range(60)
        ]
        create_records(object="company", rows=rows, by=actor(shop.cast.rep))
    browser = client_for(shop.cast.rep)
    browser.get("/companies/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = browser.get("/companies/?filter=owner = me")
    assert answer.content.count(b"<tr id=") == 30
    assert len(asked) <= 9, [one["sql"][:120] for one in asked]


def test_scrolling_brings_the_rest_and_nothing_twice(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        rows = [
            {"name": f"公司 {number:02}", "owner": shop.cast.rep.pk, "team": shop.cast.rep.team_id}
            for number in range(70)
        ]
        create_records(object="company", rows=rows, by=actor(shop.cast.rep))
    first = text_of(shop, "rep", "/companies/")
    more = first.split('class="more" hx-get="')[1].split('"')[0].replace("&amp;", "&")
    second = text_of(shop, "rep", more, **FRAGMENT)
    assert "<html" not in second
    ids = [part.split('"')[0] for page in (first, second) for part in page.split('<tr id="row-')[1:]]
    assert len(ids) == len(set(ids)) == 71
    assert 'class="more"' not in second


def test_count_is_exact_and_apart_from_the_first_paint(shop: Shop):
    browser = client_for(shop.cast.rep)
    answer = browser.get("/companies/?count=1", headers={**FRAGMENT, "HX-Target": "list-count"})
    assert "1" in answer.content.decode()
    assert b"<" not in answer.content


def test_the_foot_of_a_list_says_what_its_columns_come_to(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        rows: list[dict[str, Any]] = [
            {"name": "甲", "revenue": "1200.50", "employees": 12, "founded": 1999},
            {"name": "乙", "revenue": "800", "employees": 30, "founded": 2004},
            {"name": "丙", "revenue": "10 MNT"},
        ]
        for row in rows:
            create_record(object="company", values=row, by=actor(shop.cast.admin))
    browser = client_for(shop.cast.admin)
    asked = "/companies/?count=1&columns=name,revenue,employees,founded&filter=name in (甲, 乙, 丙)"
    said = browser.get(asked, headers={**FRAGMENT, "HX-Target": "list-count"}).content.decode()
    assert "¥2,000.50" in said
    assert "人数 42" in said
    assert "4,003" not in said, "years don't add up"
    assert "另有 1 条没有汇率" in said, "the amount that has no rate is not in the sum, and it says so"


def test_members_and_teams_are_filtered_by_name(shop: Shop):
    assert "禾木食品" in text_of(shop, "rep", '/companies/?filter=owner.name = "林知遥"')
    assert "禾木食品" not in text_of(shop, "rep", "/companies/?filter=owner.name = 周砚")
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        change_member(member=shop.cast.rep, name="小林", by=actor(shop.cast.admin))
    assert "禾木食品" in text_of(shop, "rep", "/companies/?filter=owner.name = 小林"), "as she is called here"
    assert "禾木食品" not in text_of(shop, "rep", '/companies/?filter=owner.name = "林知遥"')
    assert "禾木食品" in text_of(shop, "rep", "/companies/?filter=team.name starts Sou")
    assert "禾木食品" in text_of(shop, "rep", "/companies/?filter=team below South")
    assert "禾木食品" not in text_of(shop, "rep", "/companies/?filter=team below North")


def test_filter_is_an_address_and_its_parts_can_be_changed_and_dropped(shop: Shop):
    page = text_of(shop, "rep", "/companies/?filter=industry = food")
    assert "禾木食品" in page
    assert 'href="/companies/?edit=0&amp;filter=industry%20%3D%20food"' in page
    assert "禾木食品" not in text_of(shop, "rep", "/companies/?filter=industry = water")
    tagged = text_of(shop, "rep", f"/companies/?filter=tags = {shop.tag.pk}")
    assert "禾木食品" in tagged
    assert tagged.count("食品饮料") >= 2  # the chip says the tag's name, the row shows it


def test_form_of_a_condition_becomes_an_address(shop: Shop):
    browser = client_for(shop.cast.rep)
    answer = browser.get("/companies/?filter=owner = me&f-field=industry&f-op=is&f-value=food")
    assert answer.status_code == 302
    assert answer["Location"] == "/companies/?filter=owner%20%3D%20me%20and%20industry%20%3D%20food"
    changed = browser.get(
        "/companies/?filter=industry = food&f-field=industry&f-op=is&f-value=water&f-how=place&f-path=0"
    )
    assert changed["Location"] == "/companies/?filter=industry%20%3D%20water"
    for field in ("industry", "owner", "next_step_on", "tags", "revenue", "parent", "role", "phones", "team"):
        assert browser.get(f"/companies/?add={field}").status_code == 200


def test_filter_that_makes_no_sense_is_told(shop: Shop):
    browser = client_for(shop.cast.rep)
    for text in ("industry", "unicorn = 1", "next_step_on = soon", "owner ="):
        answer = browser.get("/companies/", {"filter": text})
        assert answer.status_code == 422, text
        assert b'role="alert"' in answer.content


def test_columns_are_chosen_and_sorted(shop: Shop):
    browser = client_for(shop.cast.rep)
    answer = browser.get("/companies/?column=name&column=industry&column=tax_no")
    assert answer["Location"] == "/companies/?columns=name,industry,tax_no"
    page = browser.get("/companies/?columns=name,industry&sort=-industry").content.decode()
    assert 'aria-sort="descending"' in page
    assert 'data-column="city"' not in page


def test_view_is_saved_changed_and_deleted_by_its_owner(shop: Shop):
    browser = client_for(shop.cast.rep)
    sent = {"name": "Food", "filter": "industry = food", "sort": "name", "columns": "name,industry"}
    answer = browser.post("/companies/views/", sent)
    assert answer.status_code == 302
    page = browser.get(answer["Location"]).content.decode()
    assert "Food" in page
    assert "禾木食品" in page
    with in_workspace(shop.cast.xishan.pk):
        view = SavedView.objects.get()
    assert "Food" not in text_of(shop, "manager", "/companies/")
    other = client_for(shop.cast.manager)
    assert other.post(f"/companies/views/{view.pk}/", sent).status_code == 404
    assert client_for(shop.cast.outsider).post(f"/companies/views/{view.pk}/removal/").status_code == 404
    browser.post(f"/companies/views/{view.pk}/", {**sent, "filter": "industry = water"})
    assert "禾木食品" not in browser.get(f"/companies/?view={view.pk}").content.decode()
    browser.post(f"/companies/views/{view.pk}/removal/")
    with in_workspace(shop.cast.xishan.pk):
        assert SavedView.objects.get().archived_at


def test_bulk_tells_how_many_were_changed_and_how_many_are_not_allowed(shop: Shop):
    browser = client_for(shop.cast.manager)
    ids = [shop.company.pk, shop.far.pk]
    answer = browser.post("/companies/bulk/archive/", {"id": ids}, headers=FRAGMENT)
    said = answer["HX-Trigger"]
    assert "1" in said
    assert "not yours" in said or "\\u" in said
    with in_workspace(shop.cast.xishan.pk):
        assert Company.objects.get(pk=shop.company.pk).archived_at is not None
        assert Company.objects.get(pk=shop.far.pk).archived_at is None
    undo = said.split('"undo": "')[1].split('"')[0]
    assert client_for(shop.cast.stranger).post(undo).status_code == 404
    assert browser.post(undo, headers=FRAGMENT).status_code == 204
    with in_workspace(shop.cast.xishan.pk):
        assert Company.objects.get(pk=shop.company.pk).archived_at is None


def test_bulk_assigns_and_tags(shop: Shop):
    browser = client_for(shop.cast.manager)
    with in_workspace(shop.cast.xishan.pk):
        plain = create_records(
            object="company",
            rows=[{"name": "新", "owner": shop.cast.rep.pk, "team": shop.cast.rep.team_id}],
            by=actor(shop.cast.rep),
        )[0]
    assert "林知遥" in browser.get("/companies/bulk/assign/", headers=FRAGMENT).content.decode()
    browser.post(f"/companies/bulk/assign/?to={shop.cast.below.pk}", {"id": [plain.pk]}, headers=FRAGMENT)
    browser.post(f"/companies/bulk/tag/?tag={shop.tag.pk}", {"id": [plain.pk]}, headers=FRAGMENT)
    with in_workspace(shop.cast.xishan.pk):
        record = Company.objects.get(pk=plain.pk)
    assert record.owner_id == shop.cast.below.pk
    assert record.tags == [shop.tag.pk]
    observer = client_for(shop.cast.observer)
    assert observer.post(f"/companies/bulk/tag/?tag={shop.tag.pk}", {"id": [plain.pk]}).status_code == 403
    assert observer.post("/companies/bulk/archive/", {"id": [plain.pk]}).status_code == 403
    assert browser.post("/companies/bulk/archive/", {"id": list(range(1, 2_003))}).status_code == 400


def test_rows_alone_are_asked_after_a_bulk_verb(shop: Shop):
    page = text_of(shop, "rep", "/companies/")
    assert 'hx-trigger="changed:company-rows from:body"' in page
    assert 'data-object="company-rows"' in page
    rows = text_of(shop, "rep", "/companies/", **FRAGMENT, **{"HX-Target": "rows"})
    assert rows.lstrip().startswith("<tr")


@pytest.mark.parametrize(
    ("verbs", "offers", "said"),
    [
        (["*"], ["/products/new/", "/import/?object=product"], "或"),
        (["create"], ["/products/new/"], "添加第一条吧。"),
        ([], [], "会出现在这里。"),
    ],
)
def test_an_empty_list_offers_what_its_reader_may_do(
    cast: Cast, verbs: list[str], offers: list[str], said: str
):
    give_role(cast.rep, {"product": {"verbs": verbs, "see": "all", "edit": "all"}})
    for layout in ("table", "gallery"):
        page = client_for(cast.rep).get("/products/", {"layout": layout}).content.decode()
        empty = page.partition('class="empty')[2].partition("</main>")[0]
        assert said in empty
        found = [one for one in ("/products/new/", "/import/?object=product") if one in empty]
        assert found == offers
