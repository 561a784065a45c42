"""Search: every script finds the same record, rights hold, the index follows the facts."""

from __future__ import annotations

import json
from io import StringIO
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.i18n.folding import likely_tokens
from guanxi.platform.identity.actors import Actor
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.jobs import index_where_old
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.search import find_records, forget_all
from guanxi.platform.records.search.store import narrowed
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace, nowhere
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def titles(text: str, by: Actor) -> list[str]:
    return [hit.ref.title for hit in find_records(text, by=by)]


@pytest.fixture
def people(cast: Cast) -> Cast:
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        company = create_record(
            object="company", values={"name": "溪山软件有限公司", "industry": "水务"}, by=rep
        )
        create_record(
            object="contact",
            values={
                "name": "王若溪",
                "company": company.pk,
                "phones": "138 5710 4426",
                "emails": "ruoxi@qinghe-water.example",
                "title": "采购经理",
            },
            by=rep,
        )
        create_record(object="contact", values={"name": "Zoë Müller", "about": "wants 50% off"}, by=rep)
        drain_events()
    return cast


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("软件", "溪山软件有限公司"),
        ("軟件", "溪山软件有限公司"),
        ("ruanjian", "溪山软件有限公司"),
        ("xs", "溪山软件有限公司"),
        ("若溪", "王若溪"),
        ("wangruo", "王若溪"),
        ("wrx", "王若溪"),
        ("5710 4426", "王若溪"),
        ("13857104426", "王若溪"),
        ("ruoxi@qinghe", "王若溪"),
        ("采购", "王若溪"),
        ("zoe", "Zoë Müller"),
        ("mull", "Zoë Müller"),
        ("50%", "Zoë Müller"),
    ],
)
def test_every_way_of_typing_it(people: Cast, text: str, first: str):
    with in_workspace(people.xishan.pk):
        assert titles(text, actor(people.rep))[:1] == [first]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("mullr", "Zoë Müller"),
        ("muelelr", None),
        ("mulelr", "Zoë Müller"),
        ("zoe mxller", "Zoë Müller"),
        ("ruanjain", "溪山软件有限公司"),
        ("西山软件", "溪山软件有限公司"),
        ("若西", "王若溪"),
        ("ruoxi@qinghee", "王若溪"),
        ("zeo", None),
    ],
)
def test_what_is_almost_written_so_is_found_where_nothing_else_is(people: Cast, text: str, first: str | None):
    with in_workspace(people.xishan.pk):
        assert titles(text, actor(people.rep))[:1] == ([first] if first else [])
        assert titles(text, actor(people.stranger)) == []


def test_the_nearest_comes_first_and_what_is_meant_before_it(people: Cast):
    rep = actor(people.rep)
    with in_workspace(people.xishan.pk):
        for name in ("Mulder & Sons", "Muller Works", "Mullet Bar"):
            create_record(object="company", values={"name": name}, by=rep)
        drain_events()
        assert titles("mullerr", rep)[:2] == ["Muller Works", "Zoë Müller"]
        assert titles("mullet", rep) == ["Mullet Bar"]


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="PostgreSQL would read every record for all of them"
)
def test_of_hundreds_of_words_that_may_be_meant_those_are_asked_that_some_record_has(people: Cast):
    with in_workspace(people.xishan.pk), reading():
        (meant,) = narrowed(likely_tokens("mullr"), people.xishan.pk)
        (elsewhere,) = narrowed(likely_tokens("mullr"), people.marlin.pk)
    assert meant.others == ("mull", "mulle", "muller")
    assert elsewhere.others == ()


@pytest.mark.parametrize("text", ["", "   ", "%", "' OR 1=1 --", '"*', "nobody here", "):*"])
def test_nothing_found_is_no_error(people: Cast, text: str):
    with in_workspace(people.xishan.pk):
        assert titles(text, actor(people.rep)) == []


def test_the_stranger_and_the_other_firm_find_nothing(people: Cast):
    with in_workspace(people.xishan.pk):
        assert titles("软件", actor(people.stranger)) == []
        assert titles("软件", actor(people.manager)) == ["溪山软件有限公司"]
    outsider = actor(people.outsider)
    with in_workspace(people.marlin.pk):
        assert titles("软件", outsider) == []


def test_the_index_follows(people: Cast):
    rep = actor(people.rep)
    with in_workspace(people.xishan.pk):
        contact = create_record(object="contact", values={"name": "Old Name"}, by=rep)
        drain_events()
        assert titles("old name", rep) == ["Old Name"]
        change_record(contact, {"name": "New Name"}, by=rep)
        # Before the worker has heard of it, the old words still lead there, under the new name.
        assert titles("old name", rep) == ["New Name"]
        drain_events()
        assert titles("old name", rep) == []
        assert titles("new na", rep) == ["New Name"]
        archive_record(contact, by=rep)
        drain_events()
        assert titles("new na", rep) == []


def test_what_an_older_release_knew_of_records_is_written_anew_by_itself(people: Cast):
    rep = actor(people.rep)
    with in_workspace(people.xishan.pk):
        gone = create_record(object="company", values={"name": "Archived Ltd."}, by=rep)
        archive_record(gone, by=rep)
        forget_all()
        assert titles("王若溪", rep) == []
    with nowhere():
        index_where_old.call()
        index_where_old.call()  # while it waits, there is no second one
        assert run_pending_jobs() == len(Workspace.objects.all())
    with in_workspace(people.xishan.pk):
        assert titles("王若溪", rep) == ["王若溪"]
        assert titles("archived ltd", rep) == []
        forget_all()
    with nowhere():
        index_where_old.call()
        assert run_pending_jobs() == 0
    with in_workspace(people.xishan.pk):
        assert titles("王若溪", rep) == []  # once was enough


def test_a_record_that_was_handed_over_is_gone_at_once(people: Cast):
    manager, rep = actor(people.manager), actor(people.rep)
    with in_workspace(people.xishan.pk):
        company = create_record(
            object="company", values={"name": "Handed", "owner": people.rep.pk}, by=manager
        )
        drain_events()
        change_record(company, {"owner": people.stranger.pk}, by=actor(people.admin))
        assert titles("handed", rep) == []


def test_words_narrow_a_list(people: Cast):
    with in_workspace(people.xishan.pk):
        contact = registry.get("contact")
        page = list_records(ListQuery(obj=contact, columns=("name",), search="wang"), by=actor(people.rep))
        assert [row.values["name"] for row in page.rows] == ["王若溪"]


def test_the_page_and_the_palette(people: Cast):
    browser = client_for(people.rep)
    page = browser.get("/search/", {"q": "ruanjian"})
    assert "溪山软件有限公司" in page.text
    assert "<html" in page.text
    piece = browser.get(
        "/search/", {"q": "ruanjian"}, headers={"HX-Request": "true", "HX-Target": "palette-list"}
    )
    assert "溪山软件有限公司" in piece.text
    assert "<html" not in piece.text
    assert "王若溪" in browser.get("/search/", {"q": "@wrx"}).text
    assert "溪山软件" not in browser.get("/search/", {"q": "@ruanjian"}).text
    assert "溪山软件" not in client_for(people.stranger).get("/search/", {"q": "ruanjian"}).text
    assert "溪山软件" not in client_for(people.outsider).get("/search/", {"q": "ruanjian"}).text
    assert Client().get("/search/", {"q": "ruanjian"}).status_code == 302


def test_a_number_beside_the_title_is_as_good_as_a_title(people: Cast):
    """Many know a quote by its number only; digits of amounts and phones are found as well, but later."""
    rep = actor(people.rep)
    with in_workspace(people.xishan.pk):
        one, other = (
            create_record(
                object="contact", values={"name": f"Ada {end}", "title": title, "about": about}, by=rep
            )
            for end, title, about in (("A", "K-2026-0002", ""), ("B", "K-2026-0013", "K 2026 90002"))
        )
        drain_events()
        found = [hit.ref.id for hit in find_records("K-2026-0002", by=rep)]
    assert found[0] == one.pk
    assert other.pk in found


@pytest.mark.parametrize("text", ["wangwei", "wang wei", "ww", "WangW", "wang", "王偉"])
def test_who_is_called_so_by_sound_comes_before_who_mentions_them(cast: Cast, text: str):
    """王伟 is typed wangwei or ww; whoever names him in a text is found as well, but later."""
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        for name, title in (
            ("王伟", ""),
            ("小王伟", ""),
            ("李青", "王伟的助理"),
            ("Ada", "as wangwei"),
            ("Bob", "to wang wei, ww"),
        ):
            create_record(object="contact", values={"name": name, "title": title}, by=rep)
        drain_events()
        found = titles(text, rep)
    assert found[:2] == ["王伟", "小王伟"]


def test_programs_and_the_command_line_search_as_the_page_does(people: Cast):
    rep = Program(people.rep, ["*:read"])
    for text in ("軟件", "ruanjian", "rj"):
        [first, *_rest] = rep("GET", f"/search?q={quote(text)}").json()["data"]
        assert (first["object"], first["title"], first["mine"]) == ("company", "溪山软件有限公司", True)
        assert first["url"] == f"/companies/{first['id']}/"
    phone = f"/search?q={quote('+86 138 5710 4426')}"
    assert [one["title"] for one in rep("GET", phone).json()["data"]] == ["王若溪"]
    assert rep("GET", f"{phone}&objects=company").json()["data"] == []
    assert rep("GET", f"{phone}&objects=nothing").status_code == 422
    assert rep("GET", f"{phone}&limit=0").status_code == 400
    assert rep("GET", "/search").json()["data"] == []
    narrow = Program(people.rep, ["company:read"])
    assert narrow("GET", phone).json()["data"] == []
    assert narrow("GET", f"{phone}&objects=contact").status_code == 422
    for who in (people.stranger, people.outsider):
        assert Program(who, ["*:read"])("GET", phone).json()["data"] == []
    out = StringIO()
    asked = ("find", "q=rj", "objects=company")
    call_command("ask", *asked, workspace="xishan", by=people.rep.user.email, stdout=out)
    assert [one["title"] for one in json.loads(out.getvalue())["data"]] == ["溪山软件有限公司"]
