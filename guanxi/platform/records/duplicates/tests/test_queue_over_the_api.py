"""Pairs and sweeps by a program: with the rights of the page, and no more of them than the token has."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from guanxi.api.tests.test_rest import Program
from guanxi.people.companies.models import Company
from guanxi.platform.records.duplicates import resources
from guanxi.platform.records.duplicates.models import DuplicatePair, Sweep
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
NUMBER = "91330100MA27XG1K"


def kept(cast: Cast, low: Company, high: Company, **more: object) -> str:
    pair = DuplicatePair(workspace=cast.xishan, object="company", low_id=low.pk, high_id=high.pk, **more)
    pair.save()
    return str(pair.pk)


@pytest.fixture
def rows(cast: Cast) -> list[Company]:
    """Three companies of the rep's and one of the stranger's."""
    with in_workspace(cast.xishan.pk), transaction.atomic():
        return [
            create_record(
                object="company", values={"name": f"青禾 {at}", "tax_no": f"{NUMBER}{at}H"}, by=actor(owner)
            )
            for at, owner in enumerate((cast.rep, cast.rep, cast.rep, cast.stranger))
        ]


@pytest.fixture
def pairs(cast: Cast, rows: list[Company]) -> list[str]:
    """Three of the rep's, the second the most probable; the fourth reaches into the north."""
    with in_workspace(cast.xishan.pk), transaction.atomic():
        signs = {"title": "near", "f_tax_no": "other"}
        return [
            kept(cast, rows[low], rows[high], permille=permille, evidence=signs)
            for low, high, permille in ((0, 1, 700), (0, 2, 900), (1, 2, 300), (2, 3, 990))
        ]


def test_pairs_are_read_in_order_and_decided(
    cast: Cast, rows: list[Company], pairs: list[str], monkeypatch: pytest.MonkeyPatch
):
    rep = Program(cast.rep, EVERYTHING)
    page = rep("GET", "/duplicate-pairs?object=company").json()
    assert [one["id"] for one in page["data"]] == [pairs[1], pairs[0], pairs[2]]
    first = page["data"][0]
    assert first["records"] == [{"id": str(rows[at].pk), "title": f"青禾 {at}"} for at in (0, 2)]
    assert (first["permille"], first["agreement"]) == (900, {"name": "near", "tax_no": "other"})
    monkeypatch.setattr(resources, "PER_PAGE", 2)
    page = rep("GET", "/duplicate-pairs?object=company").json()
    assert [one["id"] for one in page["data"]] == [pairs[1], pairs[0]]
    page = rep("GET", f"/duplicate-pairs?object=company&before={page['next']}").json()
    assert ([one["id"] for one in page["data"]], page["next"]) == ([pairs[2]], None)

    whole = rep("GET", f"/duplicate-pairs/{pairs[1]}").json()
    assert [one["tax_no"] for one in whole["values"]] == [f"{NUMBER}{at}H" for at in (0, 2)]
    here = f"/duplicate-pairs/{pairs[1]}/decision"
    done = rep("POST", here, {"said": "different"})
    assert (done.status_code, done.json()["state"]) == (200, "different"), done.content
    assert done.json()["decided_by"] == str(cast.rep.pk)
    assert rep("POST", f"/duplicate-pairs/{pairs[0]}/decision", {"said": "later"}).status_code == 200
    for state, at in (("open", 2), ("later", 0), ("different", 1)):
        found = rep("GET", f"/duplicate-pairs?object=company&state={state}").json()["data"]
        assert [one["id"] for one in found] == [pairs[at]], state
    assert rep("POST", here, {"said": "merged"}).status_code == 422
    assert rep("POST", here, {}).status_code == 422

    # Who merges the two has decided, and nobody says otherwise afterwards.
    merged = rep("POST", f"/companies/{rows[0].pk}/merger", {"others": [str(rows[2].pk)]})
    assert merged.status_code == 200, merged.content
    again = rep("POST", f"/companies/{rows[1].pk}/merger", {"others": [str(rows[0].pk)]})
    assert again.status_code == 200, again.content
    late = rep("POST", f"/duplicate-pairs/{pairs[0]}/decision", {"said": "different"})
    assert late.status_code == 422
    with in_workspace(cast.xishan.pk):
        assert DuplicatePair.objects.get(pk=pairs[0]).state == "merged"


def test_a_pair_is_nothing_to_who_does_not_reach_both(cast: Cast, pairs: list[str]):
    for member in (cast.stranger, cast.below, cast.outsider):
        other = Program(member, EVERYTHING)
        assert other("GET", "/duplicate-pairs?object=company").json()["data"] == []
        for one in pairs:
            path = f"/duplicate-pairs/{one}"
            assert other("GET", path).status_code == 404
            assert other("POST", f"{path}/decision", {"said": "different"}).status_code == 404
            assert other("GET", f"/duplicate-pairs?object=company&before={one}").status_code == 404
    rep = Program(cast.rep, EVERYTHING)
    assert rep("GET", f"/duplicate-pairs/{pairs[3]}").status_code == 404, "one of the two is the stranger's"
    observer = Program(cast.observer, EVERYTHING)
    assert observer("GET", "/duplicate-pairs?object=company").status_code == 403
    assert observer("GET", f"/duplicate-pairs/{pairs[0]}").status_code == 403
    with in_workspace(cast.xishan.pk):
        assert set(DuplicatePair.objects.values_list("state", flat=True)) == {"open"}


def test_a_token_reaches_no_pair_that_it_may_not_write(cast: Cast, pairs: list[str]):
    path = f"/duplicate-pairs/{pairs[0]}"
    for scopes, status in ((["company:read"], 403), (["deal:read", "deal:write"], 404)):
        narrow = Program(cast.rep, scopes)
        assert narrow("GET", path).status_code == status
        assert narrow("GET", "/duplicate-pairs?object=company").status_code == status
        assert narrow("POST", f"{path}/decision", {"said": "later"}).status_code == status
        assert narrow("GET", "/duplicate-sweeps?object=company").status_code == status
    assert Program(cast.rep, ["company:read", "company:write"])("GET", path).status_code == 200


@pytest.mark.parametrize("right", ["hidden", "masked3"])
def test_what_a_role_hides_is_not_told_by_a_pair(
    cast: Cast, rows: list[Company], pairs: list[str], right: str
):
    fields = {"fields": {"tax_no": right}}
    give_role(cast.rep, {"*": {"verbs": ["*"], "see": "all", "edit": "all"}, "company": fields})
    with in_workspace(cast.xishan.pk), transaction.atomic():
        DuplicatePair.objects.filter(pk=pairs[1]).update(evidence={"title": "other", "f_tax_no": "same"})
    rep = Program(cast.rep, EVERYTHING)
    listed = rep("GET", "/duplicate-pairs?object=company")
    assert [one["id"] for one in listed.json()["data"]] == [pairs[3], pairs[0], pairs[2]]
    for answer in (listed, rep("GET", f"/duplicate-pairs/{pairs[0]}")):
        assert NUMBER not in answer.content.decode()
    whole = rep("GET", f"/duplicate-pairs/{pairs[0]}").json()
    assert (whole["permille"], whole["agreement"]) == (None, {"name": "near"})
    assert rep("GET", f"/duplicate-pairs/{pairs[1]}").status_code == 404
    assert rep("GET", f"/duplicate-pairs?object=company&before={pairs[1]}").status_code == 404
    assert rep("POST", f"/duplicate-pairs/{pairs[1]}/decision", {"said": "later"}).status_code == 404


def test_administrators_begin_a_sweep_and_see_how_far_it_is(cast: Cast):
    admin, rep = Program(cast.admin, EVERYTHING), Program(cast.rep, EVERYTHING)
    begun = admin("POST", "/duplicate-sweeps", {"object": "company"})
    assert (begun.status_code, begun.json()["state"]) == (202, "waiting"), begun.content
    made = begun.json()["id"]
    assert admin("POST", "/duplicate-sweeps", {"object": "company"}).json()["id"] == made
    for program in (admin, rep):
        assert program("GET", f"/duplicate-sweeps/{made}").json()["object"] == "company"
        found = program("GET", "/duplicate-sweeps?object=company").json()["data"]
        assert [one["id"] for one in found] == [made]
    for program in (rep, Program(cast.admin, ["company:read", "company:write"])):
        assert program("POST", "/duplicate-sweeps", {"object": "company"}).status_code == 403
    assert Program(cast.observer, EVERYTHING)("GET", f"/duplicate-sweeps/{made}").status_code == 403
    outsider = Program(cast.outsider, EVERYTHING)
    assert outsider("GET", f"/duplicate-sweeps/{made}").status_code == 404
    assert outsider("GET", "/duplicate-sweeps?object=company").json()["data"] == []
    with in_workspace(cast.xishan.pk):
        assert Sweep.objects.count() == 1


def test_what_makes_no_sense_is_said(cast: Cast, pairs: list[str]):
    rep = Program(cast.rep, EVERYTHING)
    for path, status in (
        ("/duplicate-pairs", 422),
        ("/duplicate-sweeps", 422),
        ("/duplicate-pairs?object=nothing", 404),
        ("/duplicate-pairs?object=company&state=merged", 400),
        ("/duplicate-pairs?object=company&before=x", 400),
        ("/duplicate-pairs?object=company&page=2", 400),
        (f"/duplicate-pairs/{2**70}", 404),
        ("/duplicate-sweeps/1", 404),
    ):
        assert rep("GET", path).status_code == status, path
    assert rep("POST", "/duplicate-sweeps", {"object": "nothing"}).status_code == 404


def test_figures_of_all_records_are_for_who_sees_all(cast: Cast):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        sweep = Sweep(object="company", state="done", records=7_341, looked_at=8_452, found=963)
        sweep.finished_at = timezone.now()
        sweep.save(force_insert=True)
    path, figures = f"/duplicate-sweeps/{sweep.pk}", ("records", "looked_at", "found")
    told = [Program(one, EVERYTHING)("GET", path).json() for one in (cast.admin, cast.rep)]
    assert [[one[name] for name in figures] for one in told] == [[7_341, 8_452, 963], [None] * 3]
    mine = client_for(cast.rep).get("/companies/duplicates/").content.decode()
    assert "上次比对" in mine
    assert not [one for one in ("7,341", "7341", "8,452", "963") if one in mine]
    assert "963" in client_for(cast.admin).get("/companies/duplicates/").content.decode()
