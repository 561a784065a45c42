"""The explorer through its door: figures, the records behind them, files, what is kept; to each their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from guanxi.analytics.cube.models import SavedCube
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
QUERY = (
    "object=company&rows=team%3A2&rows=industry&columns=next_step_on%3Amonth"
    "&measures=count&measures=sum%3Aemployees"
)


@pytest.fixture
def firms(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        for member, count in ((cast.rep, 2), (cast.stranger, 1)):
            for number in range(count):
                values = {"name": f"=客户 {member.pk} {number}", "industry": "=水务", "employees": 10}
                create_record(
                    object="company", values=values | {"next_step_on": "2026-05-04"}, by=actor(member)
                )
        fed()


@pytest.mark.slow
def test_a_cube_is_shown_taken_apart_and_leads_to_its_records(cast: Cast, firms: None) -> None:
    admin = client_for(cast.admin)
    page = admin.get(f"/analytics/cube/?{QUERY}")
    html = page.content.decode()
    assert page.status_code == 200
    assert "=水务" in html
    assert "South" in html
    links = {
        unescape(href): text
        for href, text in re.findall(r'<a href="(/companies/\?[^"]+)"[^>]*>([\d,]+)<', html)
    }
    assert len(links) > 3
    for href, text in list(links.items())[-4:]:
        listed = admin.get(href).content.decode()
        wanted = {"30": 3, "20": 2, "10": 1}.get(text) or int(text)
        assert len(set(re.findall(r'href="/companies/(\d+)/"', listed))) == wanted, href
    own = sorted({unescape(one) for one in re.findall(r'href="(/analytics/cube/\?[^"]+)"', html)})
    for href in own[::3]:
        assert admin.get(href).status_code == 200, href
    for more in (
        "show=share",
        "show=running",
        "show=difference",
        "show=share_row",
        "compare=yoy",
        "top=1",
        "sort=-2",
    ):
        assert admin.get(f"/analytics/cube/?{QUERY}&{more}").status_code == 200
    said = admin.get("/analytics/cube/?object=company&rows=nonsense").content.decode()
    assert "callout" in said
    assert admin.get("/analytics/cube/").status_code == 200
    assert "30" in admin.get(f"/analytics/cube/export.csv?{QUERY}").content.decode()
    assert "'=水务" in admin.get(f"/analytics/cube/export.csv?{QUERY}").content.decode()
    assert admin.get(f"/analytics/cube/export.xlsx?{QUERY}").content[:2] == b"PK"
    rep = client_for(cast.rep).get(f"/analytics/cube/?{QUERY}").content.decode()
    assert "North" not in rep
    other = client_for(cast.outsider).get(f"/analytics/cube/?{QUERY}").content.decode()
    assert "水务" not in other
    whole = {"verbs": ["*", "-export"], "see": "all", "edit": "all", "fields": {"industry": "hidden"}}
    give_role(cast.stranger, {"company": whole, "contact": whole})
    stranger = client_for(cast.stranger)
    assert "水务" not in stranger.get(f"/analytics/cube/?{QUERY}").content.decode()
    assert stranger.get("/analytics/cube/export.csv?object=company").status_code == 403
    assert stranger.get("/analytics/cube/?object=deal").status_code == 403


def test_the_api_gives_the_same_figures_by_the_same_rights(cast: Cast, firms: None) -> None:
    asked = "object=company&rows=industry&measures=sum:employees"
    admin, rep = client_for(cast.admin), client_for(cast.rep)
    said = admin.get(f"/api/v1/cube?{asked}").json()
    totals = {}
    for client in (admin, rep):
        rows = client.get(f"/api/v1/cube?{asked}").json()["data"]
        totals[client] = next(row for row in rows if row["industry"] == "*")
    assert said["measures"][0]["name"] == "sum:employees"
    assert [totals[one]["sum:employees"] for one in (admin, rep)] == [30, 20]
    assert "new_companies" in {one["name"] for one in admin.get("/api/v1/metrics").json()["data"]}
    assert admin.get(f"/api/v1/cube.parquet?{asked}").content[:4] == b"PAR1"
    assert "'=水务" in admin.get(f"/api/v1/cube.csv?{asked}").content.decode()
    assert admin.get(f"/api/v1/cube.exe?{asked}").status_code == 404
    assert "水务" not in client_for(cast.outsider).get(f"/api/v1/cube?{asked}").content.decode()
    hidden = {"verbs": ["*", "-export"], "see": "all", "edit": "all", "fields": {"industry": "hidden"}}
    give_role(cast.stranger, {"company": hidden})
    stranger = client_for(cast.stranger)
    for tried in (
        asked,
        "object=company&measures=count&filter=industry is not empty",
        "object=company&rows=owner&measures=distinct:industry",
        "object=contact&rows=company.industry",
    ):
        assert stranger.get(f"/api/v1/cube?{tried}").status_code in (400, 403, 422), tried
    assert stranger.get("/api/v1/cube.csv?object=company").status_code == 403
    assert stranger.get("/api/v1/cube?object=deal").status_code == 403
    assert admin.get("/api/v1/cube?object=nonsense").status_code in (400, 403, 404, 422)


def test_a_cube_is_kept_for_oneself_the_team_or_everybody(cast: Cast, firms: None) -> None:
    rep, stranger, admin = client_for(cast.rep), client_for(cast.stranger), client_for(cast.admin)
    keep = "/analytics/cube/saved/"
    for name, shared in (("Mine", ""), ("Ours", "team")):
        assert rep.post(keep, {"query": QUERY, "name": name, "shared": shared}).status_code in (302, 303)
    assert rep.post(keep, {"query": QUERY, "name": "All", "shared": "all"}).status_code == 403
    assert rep.post(keep, {"query": "object=company&rows=nonsense", "name": "x"}).status_code == 422
    assert admin.post(keep, {"query": QUERY, "name": "Whole", "shared": "all"}).status_code in (302, 303)
    seen = {client: client.get("/analytics/cube/").content.decode() for client in (rep, stranger)}
    assert all(name in seen[rep] for name in ("Mine", "Ours", "Whole"))
    assert "Whole" in seen[stranger]
    assert "Mine" not in seen[stranger]
    assert "Ours" not in seen[stranger]
    with in_workspace(cast.xishan.pk):
        ids = dict(SavedCube.objects.values_list("name", "pk"))
    assert stranger.post(f"{keep}{ids['Ours']}/deletion/").status_code == 404
    assert stranger.post(f"{keep}{ids['Whole']}/deletion/").status_code == 404
    assert client_for(cast.outsider).post(f"{keep}{ids['Whole']}/deletion/").status_code == 404
    assert rep.post(f"{keep}{ids['Mine']}/deletion/").status_code in (302, 303)
    with in_workspace(cast.xishan.pk):
        assert set(SavedCube.objects.values_list("name", flat=True)) == {"Ours", "Whole"}


def test_a_kept_cube_that_somebody_loses_says_so_and_shows_nothing_of_it(cast: Cast, firms: None) -> None:
    query = "object=company&rows=industry&measures=sum%3Aemployees"
    rep, kept = client_for(cast.rep), "Ours by trade"
    rep.post("/analytics/cube/saved/", {"query": query, "name": kept, "shared": "team"})
    below = client_for(cast.below)
    assert kept in below.get("/analytics/cube/?object=company").content.decode()
    assert kept not in client_for(cast.stranger).get("/analytics/cube/?object=company").content.decode()
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(cast.rep, {"company": whole | {"fields": {"industry": "hidden"}}, "contact": whole})
    said = rep.get(f"/analytics/cube/?{query}").content.decode()
    assert "或者你无权查看" in said
    assert "水务" not in said
    assert rep.get(f"/analytics/cube/export.csv?{query}").status_code == 400
    give_role(cast.rep, {"contact": whole})
    assert rep.get(f"/analytics/cube/?{query}").status_code == 403
    with in_workspace(cast.xishan.pk):
        cast.rep.left_at = cast.rep.workspace.created_at
        cast.rep.save(update_fields=["left_at"])
    # Who keeps a cube of the team goes, the cube stays, with the figures of whoever opens it.
    assert kept in below.get("/analytics/cube/?object=company").content.decode()
    with in_workspace(cast.xishan.pk):
        row = SavedCube.objects.get(name=kept)
    assert below.post(f"/analytics/cube/saved/{row.pk}/deletion/").status_code == 404
    assert client_for(cast.admin).post(f"/analytics/cube/saved/{row.pk}/deletion/").status_code in (302, 404)
