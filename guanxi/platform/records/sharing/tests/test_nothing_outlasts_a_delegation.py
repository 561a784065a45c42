"""Who acts for another opens nothing of theirs to themself that would go on when the time is over."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from guanxi.platform.identity.actions.delegations import delegate
from guanxi.platform.identity.models import Delegation
from guanxi.platform.metadata import registry
from guanxi.platform.records.models import AccessRequest, Share
from guanxi.platform.records.sharing.requests import ask_access
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(cast: Cast) -> Any:
    """One of the rep's, which the stranger does not reach; the stranger acts for the rep until tomorrow."""
    begins = timezone.now() - timedelta(hours=1)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        made = create_record(object="company", values={"name": "禾木"}, by=actor(cast.rep))
        ends, by = begins + timedelta(days=1), actor(cast.rep)
        delegate(member=cast.rep, to=cast.stranger, starts_at=begins, ends_at=ends, by=by)
    return made


def standing(cast: Cast) -> Client:
    """The stranger's browser, acting for the rep."""
    browser = client_for(cast.stranger)
    with in_workspace(cast.xishan.pk):
        lent = Delegation.objects.get()
    assert browser.post(f"/standing/for/{lent.pk}/").status_code == 303
    return browser


def api(browser: Client, verb: str, path: str, **said: Any) -> Any:
    send = getattr(browser, verb)
    return send(f"/api/v1/{path}", json.dumps(said), content_type="application/json")


def is_closed(cast: Cast, company: Any) -> bool:
    return client_for(cast.stranger).get(f"/companies/{company.pk}/").status_code == 404


def test_a_share_with_oneself_ones_team_or_ones_role_is_refused(cast: Cast, company: Any):
    browser = standing(cast)
    mine = (f"member:{cast.stranger.pk}", f"team:{cast.stranger.team_id}", f"role:{cast.stranger.role_id}")
    for to in mine:
        for until in ("", (timezone.localdate() + timedelta(days=30)).isoformat()):
            page = browser.post(
                f"/companies/{company.pk}/sharing/", {"to": to, "writes": "1", "until": until}
            )
            assert page.status_code == 403, page.content
        told = api(browser, "post", "shares", object="company", id=str(company.pk), to=to, writes=True)
        assert told.status_code == 403, told.content
    team = browser.post(
        f"/companies/{company.pk}/sharing/", {"to": f"member:{cast.stranger.pk}", "word": "presales"}
    )
    assert team.status_code == 403
    with in_workspace(cast.xishan.pk):
        assert not Share.objects.exists()
    assert is_closed(cast, company)


def test_others_are_shared_with_as_the_giver_would(cast: Cast, company: Any):
    told = api(
        standing(cast), "post", "shares", object="company", id=str(company.pk), to=f"member:{cast.below.pk}"
    )
    assert told.status_code == 201, told.content
    assert is_closed(cast, company)


def test_ones_own_request_is_not_decided_by_oneself(cast: Cast, company: Any):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        ask_access(registry.get("company"), company.pk, by=actor(cast.stranger), reason="mine")
        asked = AccessRequest.objects.get()
    browser = standing(cast)
    assert browser.get(f"/access/{asked.pk}/").status_code == 404
    assert browser.post(f"/access/{asked.pk}/", {"granted": "1", "writes": "1"}).status_code == 404
    with in_workspace(cast.xishan.pk):
        asked.refresh_from_db()
        assert asked.decided_at is None
    assert is_closed(cast, company)


def test_records_are_not_given_to_oneself_nor_to_ones_team(cast: Cast, company: Any):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        role = cast.rep.role
        role.grants = {**role.grants, "*": {**role.grants["*"], "verbs": ["*"]}}
        role.save()
    browser = standing(cast)
    for values in (
        {"owner": str(cast.stranger.pk)},
        {"team": str(cast.stranger.team_id)},
        {"owner": str(cast.stranger.pk), "name": "x"},
    ):
        told = browser.patch(
            f"/api/v1/companies/{company.pk}",
            json.dumps(values),
            content_type="application/json",
            headers={"If-Match": "*"},
        )
        assert told.status_code == 403, (values, told.content)
    cell = browser.patch(
        f"/companies/{company.pk}/fields/owner/",
        f"value={cast.stranger.pk}&version=1",
        headers={"HX-Request": "true"},
    )
    assert cell.status_code == 403, cell.content
    browser.post("/companies/bulk/assign/", {"id": [str(company.pk)], "to": str(cast.stranger.pk)})
    with in_workspace(cast.xishan.pk):
        company.refresh_from_db()
    assert company.owner_id == cast.rep.pk
    assert is_closed(cast, company)
    given = browser.patch(
        f"/api/v1/companies/{company.pk}",
        json.dumps({"owner": str(cast.below.pk)}),
        content_type="application/json",
        headers={"If-Match": "*"},
    )
    assert given.status_code == 200, given.content


def test_records_are_not_merged_into_ones_own(cast: Cast, company: Any):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        mine = create_record(object="company", values={"name": "禾木食品"}, by=actor(cast.stranger))
        role = cast.rep.role
        role.grants = {**role.grants, "*": {**role.grants["*"], "see": "all", "edit": "all", "delete": "all"}}
        role.save()
    told = api(standing(cast), "post", f"companies/{mine.pk}/merge", others=[str(company.pk)])
    assert told.status_code in (403, 404), told.content
    with in_workspace(cast.xishan.pk):
        company.refresh_from_db()
    assert company.archived_at is None
