"""Views under their names, how lists open, and the layouts of an object: by pages, API and files."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.models import Member, Role
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.layouts import drop_layout, layout_of, set_layout
from guanxi.platform.metadata.models import OwnLayout
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for, new_member

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def page_of(shop: Shop, who: str, address: str) -> str:
    answer = client_for(getattr(shop.cast, who)).get(address, follow=True)
    assert answer.status_code == 200, answer.content[:500]
    return unescape(answer.content.decode())


def made_view(shop: Shop, who: str = "rep", **more: str) -> SavedView:
    sent = {"name": "按行业", "filter": "industry is not empty", "sort": "name", "by": "industry", **more}
    assert client_for(getattr(shop.cast, who)).post("/companies/views/", sent).status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        found: SavedView = SavedView.objects.get(name=sent["name"])
    return found


def test_a_view_keeps_layout_and_groups_and_an_address_says_only_what_differs(shop: Shop):
    view = made_view(shop)
    page = page_of(shop, "rep", f"/companies/?view={view.pk}")
    assert '<tr class="group">' in page
    assert "layout=table" not in page.split("<tbody")[0].split('class="tabs"')[0]
    plain = page_of(shop, "rep", f"/companies/?view={view.pk}&by=")
    assert '<tr class="group">' not in plain
    board = made_view(shop, name="Rollen", layout="board", by="role", filter="")
    assert 'data-lane="prospect"' in page_of(shop, "rep", f"/companies/?view={board.pk}")
    assert client_for(shop.cast.outsider).get(f"/companies/board/?view={board.pk}").status_code in (200, 404)


def test_the_heads_of_groups_say_what_the_foot_says(shop: Shop):
    at = "/companies/?columns=name,revenue,created_at&by=owner"
    with in_workspace(shop.cast.xishan.pk):
        by = actor(shop.cast.rep)
        for name, amount in (("a", "100"), ("b", "301")):
            create_record(object="company", values={"name": name, "revenue": amount}, by=by)

    def heads(more: str) -> str:
        page = page_of(shop, "rep", f"{at}&filter=name in (a, b){more}")
        return page.partition('<tr class="group">')[2].partition("</tr>")[0]

    assert "401" in heads("")
    assert "401" not in heads("&aggregates=revenue:none")
    mean = heads("&aggregates=revenue:avg,created_at:max")
    assert "200.5" in mean
    assert "平均" in mean
    assert "最晚" in mean
    assert "401" not in mean
    assert "200.5" in heads("&aggregates=revenue:median")
    folded = page_of(shop, "rep", f"{at}&filter=name in (a, b)&aggregates=revenue:max&open=")
    assert "301" in folded.partition('<tr class="group">')[2].partition("</tr>")[0]


def test_a_filter_reads_as_it_is_meant(shop: Shop):
    said = "amount >= 100000 or (stage is empty and (probability > 50 or next_step is empty))"
    page = page_of(shop, "rep", f"/deals/?filter={quote(said)}")
    chips = re.sub(r"<[^>]+>", "", page.partition('id="chip-0"')[2].partition("data-chip-remove")[0])
    assert "100,000 或 \uff08" in chips
    assert "> 50%" in chips
    assert "且 \uff08" in chips
    assert "founded" not in chips
    year = page_of(shop, "rep", "/companies/?filter=founded%20%3E%201998")
    assert "1998" in year.partition('id="chip-0"')[2].partition("data-chip-remove")[0]


def test_rename_share_copy_and_bring_back(shop: Shop):
    view = made_view(shop)
    rep, manager = client_for(shop.cast.rep), client_for(shop.cast.manager)
    at = f"/companies/views/{view.pk}/"
    for stranger in (manager, client_for(shop.cast.outsider)):
        for verb in ("", "removal/", "restoration/", "pin/"):
            assert stranger.post(f"{at}{verb}", {"name": "x", "pinned": "1"}).status_code == 404
    assert rep.post(at, {"name": "行业", "shared": "all"}).status_code == 403
    rep.post(at, {"name": "行业", "shared": "team"})
    with in_workspace(shop.cast.xishan.pk):
        view.refresh_from_db()
    assert (view.name, view.team_id, view.filter) == ("行业", shop.cast.rep.team_id, "industry is not empty")
    assert "行业</a>" in page_of(shop, "manager", "/companies/")
    removed = rep.post(f"{at}removal/")
    assert f"{at}restoration/" in removed.cookies["toast"].value or "restoration" in str(removed.cookies)
    assert f"view={view.pk}" not in page_of(shop, "rep", "/companies/")
    assert rep.post(f"{at}restoration/", headers=FRAGMENT).status_code == 204
    assert f"view={view.pk}" in page_of(shop, "rep", "/companies/")


def test_pins_stand_in_the_navigation_under_their_new_name(shop: Shop):
    view = made_view(shop)
    rep = client_for(shop.cast.rep)
    rep.post(f"/companies/views/{view.pk}/pin/", {"pinned": "1"})
    rep.post("/companies/views/quiet/pin/", {"pinned": "1"})
    rep.post(f"/companies/views/{view.pk}/", {"name": "Nach Branche"})
    nav = page_of(shop, "rep", "/today/").split('id="nav-entries"')[1].split("</nav>")[0]
    assert f'href="/companies/?view={view.pk}"' in nav
    assert "Nach Branche" in nav
    assert 'href="/companies/?view=quiet"' in nav
    assert f"view={view.pk}" not in page_of(shop, "manager", "/today/")
    rep.post("/companies/views/quiet/pin/", {"pinned": "0"})
    assert "view=quiet" not in page_of(shop, "rep", "/today/")


def test_lists_open_with_ones_own_view_else_the_roles(shop: Shop):
    view = made_view(shop, "admin", shared="all")
    admin, rep = client_for(shop.cast.admin), client_for(shop.cast.rep)
    role = str(shop.cast.rep.role_id)
    assert rep.post("/companies/views/first/", {"view": view.pk, "role": role}).status_code == 403
    alone = made_view(shop, "admin", name="Nur ich")
    admin.post("/companies/views/first/", {"view": alone.pk, "role": role})
    with in_workspace(shop.cast.xishan.pk):
        assert not Role.objects.get(pk=role).views.get("first"), "nobody of the role would see it"
    admin.post("/companies/views/first/", {"view": view.pk, "role": role})
    assert '<tr class="group">' in page_of(shop, "rep", "/companies/")
    assert '<tr class="group">' not in page_of(shop, "rep", "/companies/?view=all")
    assert '<tr class="group">' not in page_of(shop, "rep", "/companies/?filter=owner = me")
    rep.post("/companies/views/first/", {"view": "mine"})
    assert '<tr class="group">' not in page_of(shop, "rep", "/companies/")
    with in_workspace(shop.cast.xishan.pk):
        assert Member.objects.get(pk=shop.cast.rep.pk).views["first"] == {"company": "mine"}
        assert Role.objects.get(pk=role).views["first"] == {"company": str(view.pk)}


def test_a_layout_arranges_pages_forms_lists_and_cards_of_its_role(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        sections = [{"label": {"en": "Business", "zh-hans": "生意"}, "fields": ["industry", "level"]}]
        parts = {"columns": ["name", "level", "phones"], "peek": ["phones"], "card": ["industry"]}
        set_layout("company", {"sections": sections, **parts}, role=cast.rep.role_id, by=admin)
        with pytest.raises(Refused):
            set_layout("company", parts, by=actor(cast.rep))
        with pytest.raises(InvalidValues):
            set_layout("company", {"columns": ["nothing"], "frills": []}, by=admin)
    listed = page_of(shop, "rep", "/companies/")
    assert 'data-column="phones"' in listed
    assert 'data-column="industry"' not in listed
    assert 'data-column="industry"' in page_of(shop, "observer", "/companies/")
    record = page_of(shop, "rep", f"/companies/{shop.company.pk}/")
    assert "生意" in record
    assert record.index("生意") < record.index('id="fact-industry"') < record.index('id="fact-phones"')
    peeked = page_of(shop, "rep", f"/companies/{shop.company.pk}/peek/")
    assert 'id="fact-phones"' in peeked
    assert 'id="fact-industry"' not in peeked
    form = page_of(shop, "rep", "/companies/new/")
    assert form.index("生意") < form.index('name="industry"') < form.index('name="name"')
    assert "food" in page_of(shop, "rep", "/companies/board/?by=role").split('class="deal-l">')[1][:40]
    assert "生意" not in page_of(shop, "observer", f"/companies/{shop.company.pk}/")
    with in_workspace(cast.xishan.pk):
        drop_layout("company", role=cast.rep.role_id, by=actor(cast.admin))
    assert "生意" not in page_of(shop, "rep", f"/companies/{shop.company.pk}/")


def test_the_editor_of_a_layout_is_for_administrators(shop: Shop):
    at = "/settings/objects/company/layout/"
    for who in ("rep", "observer"):
        browser = client_for(getattr(shop.cast, who))
        assert browser.get(at).status_code == 403
        assert browser.post(at, {"part": "columns", "at-name": "1", "on-name": "on"}).status_code == 403
    admin = client_for(shop.cast.admin)
    for part in ("sections", "columns", "peek", "card", "phone", "panels"):
        assert admin.get(at, {"part": part}).status_code == 200
    sent = {
        "part": "columns",
        "at-name": "2",
        "on-name": "on",
        "at-city": "1",
        "on-city": "on",
        "at-level": "3",
    }
    assert admin.post(at, sent).status_code == 302
    sent = {
        "part": "sections",
        "section-1": "Ort",
        "at-city": "2",
        "in-city": "1",
        "at-level": "1",
        "in-level": "1",
    }
    admin.post(at, sent)
    with in_workspace(shop.cast.xishan.pk):
        parts = OwnLayout.objects.get().parts
    assert parts["columns"] == ["city", "name"]
    assert [one["fields"] for one in parts["sections"]] == [["level", "city"]]
    other = client_for(shop.cast.outsider)
    assert "Ort" not in other.get(at).content.decode()
    admin.post(at, {"part": "columns", "do": "drop"})
    with in_workspace(shop.cast.xishan.pk):
        assert set(OwnLayout.objects.get().parts) == {"sections"}, "the other parts stay"
    admin.post(at, {"part": "sections", "do": "drop"})
    with in_workspace(shop.cast.xishan.pk):
        assert not OwnLayout.objects.exists()
        assert [one.verb for one in Fact.objects.filter(object="layout").order_by("id")] == [
            "created", "changed", "changed", "deleted",
        ]  # fmt: skip


def test_what_a_role_does_not_say_is_as_everybody_has_it(shop: Shop):
    role = str(shop.cast.rep.role_id)
    at, admin = "/settings/objects/company/layout/", client_for(shop.cast.admin)
    everybody = {"part": "sections", "section-1": "Ort", "at-city": "1", "in-city": "1"}
    assert admin.post(at, everybody).status_code == 302
    admin.post(at, {"part": "panels", "at-upcoming": "1", "at-timeline": "2", "on-timeline": "on"})
    phone = {"part": "phone", "role": role, "at-level": "1", "on-level": "on"}
    assert admin.post(at, phone).status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        rep, observer = actor(shop.cast.rep), actor(shop.cast.observer)
        mine, theirs = (layout_of(registry.get("company"), one) for one in (rep, observer))
        assert (mine.phone, theirs.phone) == (("level",), ())
        assert mine.sections == theirs.sections != ()
        assert mine.without == theirs.without == ("upcoming",)
    page = unescape(admin.get(at, {"part": "sections", "role": role}).content.decode())
    assert 'value="Ort"' in page, "an administrator begins with what the role has now"
    assert 'value="drop"' not in page, "and nothing of the role's own is there to be taken back"
    assert 'value="drop"' in unescape(admin.get(at, {"part": "phone", "role": role}).content.decode())
    admin.post(at, {"part": "panels", "role": role, "at-upcoming": "1", "on-upcoming": "on"})
    with in_workspace(shop.cast.xishan.pk):
        mine = layout_of(registry.get("company"), rep)
        assert (mine.panels, mine.without) == (("upcoming",), ()), "which panels stand there is one part"


def test_a_section_without_a_name_or_without_fields_is_said(shop: Shop):
    at, admin = "/settings/objects/company/layout/", client_for(shop.cast.admin)
    sent = {"part": "sections", "section-1": "", "at-city": "1", "in-city": "1", "section-2": "Später"}
    answer = admin.post(at, sent)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    for words in ('value="Später"', "分区 1 里有字段，但没有名称", "分区“Später”里还没有字段"):
        assert words in page, words
    assert 'value="1" selected' in page.split('name="in-city"')[1].split("</select>")[0]
    with in_workspace(shop.cast.xishan.pk):
        assert not OwnLayout.objects.exists()


def test_two_administrators_lay_one_object_out(shop: Shop):
    second = new_member(shop.cast.xishan, "second@xishan.example", "苏二", role="administrator", team=None)
    at, mine, hers = "/settings/objects/company/layout/", client_for(shop.cast.admin), client_for(second)

    def seen() -> str:
        page = mine.get(at, {"part": "card"}).content.decode()
        return str(re.findall(r'name="version" value="(\d+)"', page)[0])

    read = seen()
    card = {"part": "card", "version": read, "at-city": "1", "on-city": "on"}
    assert hers.post(at, card).status_code == 302
    late = mine.post(at, {"part": "card", "version": read, "at-level": "1", "on-level": "on"})
    page = unescape(late.content.decode())
    assert late.status_code == 409
    assert "苏二" in page
    boxes = {name: tag for tag, name in re.findall(r'(<input[^>]*name="on-(\w+)"[^>]*>)', page)}
    assert [name for name, tag in boxes.items() if " checked" in tag] == ["level"]
    other = mine.post(at, {"part": "phone", "version": read, "at-level": "1", "on-level": "on"})
    assert other.status_code == 302, "another part is not in the way"
    again = mine.post(at, {"part": "card", "version": seen(), "at-level": "1", "on-level": "on"})
    assert again.status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        assert OwnLayout.objects.get().parts == {"card": ["level"], "phone": ["level"]}


def test_a_layout_that_was_taken_away_just_now_is_made_anew(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    find = OwnLayout.objects.get_or_create

    def found_and_gone(**asked: Any) -> tuple[OwnLayout, bool]:
        monkeypatch.undo()
        found, new = find(**asked)
        OwnLayout.objects.filter(pk=found.pk).delete()  # as another transaction does before the lock
        return found, new

    by = actor(shop.cast.admin)
    with in_workspace(shop.cast.xishan.pk):
        set_layout("company", {"card": ["city"]}, by=by)
        monkeypatch.setattr(OwnLayout.objects, "get_or_create", found_and_gone)
        set_layout("company", {"phone": ["level"]}, by=by)
        assert OwnLayout.objects.get().parts == {"phone": ["level"]}


def test_two_programs_lay_one_object_out(shop: Shop):
    mine = Program(shop.cast.admin, ["*:read", "*:write"])
    first = mine("PUT", "/layouts/company", {"card": ["city"]}, if_match='"0"')
    assert first.status_code == 200, first.content
    read = mine("GET", "/layouts/company")["ETag"]
    assert mine("PUT", "/layouts/company", {"card": ["level"]}, if_match=read).status_code == 200
    late = mine("PUT", "/layouts/company", {"card": []}, if_match=read)
    told = late.json()
    assert (late.status_code, told["code"]) == (412, "stale")
    assert told["changes"] == {"card": {"read": ["city"], "now": ["level"]}}
    emptied = mine("PUT", "/layouts/company", {"card": []})
    assert (emptied.status_code, emptied.json()["parts"]) == (200, {})
    assert mine("GET", "/layouts/company").status_code == 404
    for who in ("rep", "observer"):
        theirs = Program(getattr(shop.cast, who), ["*:read", "*:write"])
        assert theirs("PUT", "/layouts/company", {"card": ["city"]}).status_code == 403


def test_a_view_keeps_what_its_columns_come_to(shop: Shop):
    view = made_view(shop, by="", aggregates="employees:median,city:sum,nothing:max", shared="team")
    with in_workspace(shop.cast.xishan.pk):
        assert view.aggregates == {"employees": "median"}
        files = write_shape(by=actor(shop.cast.admin))
    assert "median" not in files  # what a team keeps is no part of the workspace's shape
    rep = client_for(shop.cast.rep)
    whole = page_of(shop, "rep", f"/companies/?view={view.pk}")
    assert 'name="aggregates" value="employees:median"' in whole
    assert "aggregates=" not in whole.split("hx-get=")[1].split('"')[1]  # the view says it
    for who, there in (("manager", True), ("stranger", False)):
        page = page_of(shop, who, f"/companies/?view={view.pk}")
        assert ('value="employees:median"' in page) is there
    rep.post(f"/companies/views/{view.pk}/", {"filter": "", "sort": "name", "aggregates": "employees:max"})
    with in_workspace(shop.cast.xishan.pk):
        view.refresh_from_db()
        assert view.aggregates == {"employees": "max"}
        role = shop.cast.rep.role
        role.grants["company"] = {**role.grants["*"], "fields": {"employees": "hidden"}}
        role.save()
    assert 'name="aggregates" value=""' in page_of(shop, "rep", f"/companies/?view={view.pk}")


def test_files_and_the_api_say_what_columns_come_to(shop: Shop):
    admin = client_for(shop.cast.admin)

    def send(verb: str, at: str, **said: object):
        return getattr(admin, verb)(f"/api/v1/{at}", json.dumps(said), content_type="application/json")

    plain = {"object": "company", "name": "Sizes", "shared": "all"}
    made = send("post", "views", **plain, aggregates={"employees": "avg", "revenue": "none"})
    assert made.status_code == 201, made.content
    assert made.json()["aggregates"] == {"employees": "avg", "revenue": "none"}
    at = f"views/{made.json()['id']}"
    assert send("patch", at, name="Size").json()["aggregates"] == {"employees": "avg", "revenue": "none"}
    assert send("patch", at, aggregates={"employees": "max"}).json()["aggregates"] == {"employees": "max"}
    wrongs: list[object] = [{"city": "sum"}, {"nothing": "sum"}, {"employees": "mean"}, ["employees"]]
    for wrong in (*wrongs, {"employees": []}):
        refused = send("patch", at, aggregates=wrong)
        assert refused.status_code == 422, refused.content
        assert "aggregates" in refused.content.decode()
    with in_workspace(shop.cast.xishan.pk):
        by = actor(shop.cast.admin)
        text = write_shape(by=by)
        assert 'employees = "max"' in text
        assert not steps_to(read_shape(text), remove=True)
        apply_shape(read_shape(text.replace('employees = "max"', 'employees = "min"')), by=by)
        assert SavedView.objects.get().aggregates == {"employees": "min"}
        with pytest.raises(InvalidValues):
            apply_shape(read_shape(text.replace('employees = "max"', 'employees = "mean"')), by=by)


def test_files_hold_views_and_layouts(shop: Shop):
    made_view(shop, "admin", shared="all", columns="name,city")
    with in_workspace(shop.cast.xishan.pk):
        by = actor(shop.cast.admin)
        set_layout("company", {"card": ["city"]}, by=by)
        text = write_shape(by=by)
        assert "[objects.company.layouts.default]" in text
        assert not steps_to(read_shape(text), remove=True)
        changed = read_shape(
            text.replace('card = ["city"]', 'card = ["level"]').replace("industry is", "city is")
        )
        assert [str(one.name) for one in steps_to(changed)] == [
            "company.layouts.default",
            "company.views.按行业",
        ]
        apply_shape(changed, by=by)
        assert OwnLayout.objects.get().parts == {"card": ["level"]}
        assert SavedView.objects.get().filter == "city is not empty"
        gone: dict[str, Any] = {"objects": {"company": {}}}
        steps = steps_to(gone, remove=True)
        assert {one.what for one in steps} == {"archive"}
        assert {str(one.name) for one in steps} >= {"company.layouts.default", "company.views.按行业"}
        apply_shape(gone, by=by, remove=True)
        assert not OwnLayout.objects.exists()
        with pytest.raises(InvalidValues):
            apply_shape({"objects": {"company": {"views": {"x": {"sort": "nothing"}}}}}, by=by)
    with in_workspace(shop.cast.marlin.pk):
        apply_shape(read_shape(text), by=actor(shop.cast.outsider), remove=True)
        assert write_shape(by=actor(shop.cast.outsider)) == text


def test_views_and_layouts_by_api(shop: Shop):
    rep, other = client_for(shop.cast.rep), client_for(shop.cast.outsider)
    said = {
        "object": "deal",
        "name": "Big",
        "filter": "amount > 1000",
        "layout": "calendar",
        "by": "closed_on",
    }

    def send(browser, verb: str, at: str, body: object = None):
        return getattr(browser, verb)(
            f"/api/v1/{at}", json.dumps(body) if body is not None else "", content_type="application/json"
        )

    made = send(rep, "post", "views", said)
    assert made.status_code == 201, made.content
    view = made.json()["id"]
    names = [one["name"] for one in rep.get("/api/v1/views?object=deal").json()["data"]]
    assert "Big" in names
    assert send(client_for(shop.cast.manager), "patch", f"views/{view}", {"name": "x"}).status_code == 404
    assert send(other, "delete", f"views/{view}").status_code == 404
    assert send(rep, "patch", f"views/{view}", {"layout": "maze"}).status_code == 422
    assert send(rep, "patch", f"views/{view}", {"name": "Bigger"}).json()["name"] == "Bigger"
    assert send(rep, "delete", f"views/{view}").status_code == 204
    assert rep.get(f"/api/v1/views/{view}").status_code == 404
    assert send(rep, "post", f"views/{view}/restoration").json()["layout"] == "calendar"
    parts = {"columns": ["name", "amount"]}
    assert send(rep, "put", "layouts/deal", parts).status_code == 403
    admin = client_for(shop.cast.admin)
    assert send(admin, "put", "layouts/deal", parts).json()["parts"] == parts
    assert other.get("/api/v1/layouts/deal").status_code == 404
    assert send(admin, "delete", "layouts/deal").status_code == 204
