"""Acting for another for a time, and seeing what another sees: as far as it reaches, and not longer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actions.delegations import delegate, end_delegation
from guanxi.platform.identity.actions.members import end_membership
from guanxi.platform.identity.models import Delegation, Member, Token
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def lend(cast: Cast, member: Member, to: Member, **more: Any) -> Delegation:
    now = timezone.now()
    times = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=3), **more}
    with in_workspace(cast.xishan.pk), transaction.atomic():
        return delegate(member=member, to=to, by=actor(member), **times)


def company_of(cast: Cast, member: Member) -> str:
    with in_workspace(cast.xishan.pk), transaction.atomic():
        made = create_record(object="company", values={"name": "禾木"}, by=actor(member))
    return f"/companies/{made.pk}/"


def test_who_acts_for_another_reaches_what_they_reach_under_both_names(cast: Cast):
    page = company_of(cast, cast.rep)
    lent = lend(cast, cast.rep, cast.stranger)
    browser = client_for(cast.stranger)
    assert browser.get(page).status_code == 404
    assert browser.post(f"/standing/for/{lent.pk}/").status_code == 303
    shown = browser.get(page)
    assert shown.status_code == 200
    assert "林知遥" in shown.content.decode()
    assert 'class="standing"' in shown.content.decode()
    edited = browser.patch(f"{page}fields/next_step/", "value=x&version=1", headers={"HX-Request": "true"})
    assert edited.status_code == 200
    with in_workspace(cast.xishan.pk), transaction.atomic():
        fact = Fact.objects.filter(object="company", verb="changed").get()
    assert fact.actor_id == cast.stranger.pk
    assert "何北" in fact.actor_name
    assert "林知遥" in fact.actor_name
    assert browser.post("/standing/end/").status_code == 303
    assert browser.get(page).status_code == 404


def test_it_ends_by_itself_by_hand_and_with_either_who_leaves(cast: Cast):
    page = company_of(cast, cast.rep)
    browser = client_for(cast.stranger)

    def acts(lent: Delegation) -> bool:
        begun = browser.post(f"/standing/for/{lent.pk}/").status_code
        return begun == 303 and browser.get(page).status_code == 200

    def change(**values: object) -> None:
        with in_workspace(cast.xishan.pk), transaction.atomic():
            Delegation.objects.filter(pk=lent.pk).update(**values)

    lent = lend(cast, cast.rep, cast.stranger)
    assert acts(lent)
    change(ends_at=timezone.now() - timedelta(seconds=1))
    assert browser.get(page).status_code == 404
    lent = lend(cast, cast.rep, cast.stranger, starts_at=timezone.now() + timedelta(days=1))
    assert not acts(lent)
    lent = lend(cast, cast.rep, cast.stranger)
    assert acts(lent)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        with pytest.raises(PermissionDenied):
            end_delegation(delegation=lent, by=actor(cast.below))
        end_delegation(delegation=lent, by=actor(cast.rep))
    assert browser.get(page).status_code == 404
    lent = lend(cast, cast.rep, cast.stranger)
    assert acts(lent)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        end_membership(member=cast.rep, by=actor(cast.admin))
    assert browser.get(page).status_code == 404


def test_only_whose_it_is_acts_and_only_the_member_or_an_administrator_lends(cast: Cast):
    lent = lend(cast, cast.rep, cast.stranger)
    for other in (cast.below, cast.admin, cast.outsider):
        assert client_for(other).post(f"/standing/for/{lent.pk}/").status_code == 404
    now = timezone.now()
    times: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(days=1)}
    with in_workspace(cast.xishan.pk), transaction.atomic():
        with pytest.raises(PermissionDenied):
            delegate(member=cast.rep, to=cast.below, by=actor(cast.manager), **times)
        delegate(member=cast.rep, to=cast.below, by=actor(cast.admin), **times)
        for wrong in ({"ends_at": now - timedelta(days=1)}, {"ends_at": now + timedelta(days=400)}):
            with pytest.raises(ValidationError):
                delegate(member=cast.rep, to=cast.below, by=actor(cast.rep), **{**times, **wrong})
        with pytest.raises(ValidationError):
            delegate(member=cast.rep, to=cast.rep, by=actor(cast.rep), **times)


def test_nothing_is_begun_in_anothers_name_that_outlives_the_time(cast: Cast):
    lent = lend(cast, cast.manager, cast.stranger)
    browser, own = client_for(cast.stranger), client_for(cast.manager)
    browser.post(f"/standing/for/{lent.pk}/")
    for address in (
        "/api/v1/imports", "/api/v1/imports/1/run", "/api/v1/import-schedules", "/import/",
        "/api/v1/hand-overs",
        "/api/v1/delegations",
    ):  # fmt: skip
        assert own.post(address, "{}", content_type="application/json").status_code != 403, address
        assert browser.post(address, "{}", content_type="application/json").status_code == 403, address
    made = browser.post("/api/v1/companies", '{"name": "禾木"}', content_type="application/json")
    assert made.status_code == 201


def test_who_acts_for_an_administrator_looks_after_nothing(cast: Cast):
    lent = lend(cast, cast.admin, cast.stranger)
    browser = client_for(cast.stranger)
    browser.post(f"/standing/for/{lent.pk}/")
    assert browser.get("/settings/roles/").status_code == 403
    for address, form in (
        ("/settings/tokens/", {"name": "x", "scopes": "*:write", "days": "90"}),
        ("/settings/delegation/", {"to": str(cast.below.pk), "from": "2026-01-01", "until": "2099-01-01"}),
        (f"/standing/as/{cast.rep.pk}/", {}),
    ):
        assert browser.post(address, form).status_code == 403
    with in_workspace(cast.xishan.pk), transaction.atomic():
        assert not Token.objects.exists()
        assert Delegation.objects.count() == 1


def test_an_administrator_sees_what_another_sees_and_changes_nothing(cast: Cast):
    page = company_of(cast, cast.rep)
    browser = client_for(cast.admin)
    assert browser.get(page).status_code == 200
    assert browser.post(f"/standing/as/{cast.stranger.pk}/").status_code == 303
    assert browser.get(page).status_code == 404
    assert 'class="standing"' in browser.get("/companies/").content.decode()
    assert browser.get("/settings/roles/").status_code == 403
    assert browser.post("/companies/new/", {"name": "x"}).status_code == 403
    assert browser.get("/notifications/").status_code == 200
    assert browser.post("/standing/end/").status_code == 303
    assert browser.get(page).status_code == 200
    with in_workspace(cast.xishan.pk), transaction.atomic():
        fact = Fact.objects.get(object="member", verb="seen_as")
        assert (fact.record_id, fact.actor_id) == (cast.stranger.pk, cast.admin.pk)


@pytest.mark.parametrize("who", ["manager", "rep", "stranger", "observer", "outsider"])
def test_nobody_else_sees_as_another(cast: Cast, who: str):
    answer = client_for(getattr(cast, who)).post(f"/standing/as/{cast.below.pk}/")
    assert answer.status_code == (404 if who == "outsider" else 403)


def test_who_no_longer_administers_sees_as_themselves(cast: Cast):
    browser = client_for(cast.admin)
    browser.post(f"/standing/as/{cast.stranger.pk}/")
    with in_workspace(cast.xishan.pk), transaction.atomic():
        Member.objects.filter(pk=cast.admin.pk).update(role=cast.observer.role)
    assert 'class="standing"' not in browser.get("/companies/").content.decode()
