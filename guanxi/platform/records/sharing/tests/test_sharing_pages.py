"""The pages of sharing, as the owner, a stranger and another firm open them."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from guanxi.collaboration.notifications.models import Notification
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.identity.models import Member, Role
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.sharing.models import AccessRequest, HandOver, Share, ShareRule
from guanxi.platform.records.sharing.why import explain, gains_and_losses
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db


def told(shop: Shop, member: Member) -> list[str]:
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        drain_events()
        rows = Notification.objects.filter(member_id=member.pk).order_by("pk")
        return list(rows.values_list("kind", flat=True))


def test_sharing_by_the_page_opens_it_and_tells_who_gets_it(shop: Shop):
    cast, page = shop.cast, f"/companies/{shop.company.pk}/"
    assert told(shop, cast.stranger) == []  # notifications begin here
    rep, stranger = client_for(cast.rep), client_for(cast.stranger)
    form = {"to": f"member:{cast.stranger.pk}", "writes": "1", "until": "2099-01-31", "word": "售前"}
    assert stranger.post(f"{page}sharing/", form).status_code == 404
    assert client_for(cast.outsider).post(f"{page}sharing/", form).status_code == 404
    assert client_for(cast.observer).post(f"{page}sharing/", form).status_code == 403
    assert rep.post(f"{page}sharing/", {**form, "until": "2001-01-01"}).status_code == 422
    assert rep.post(f"{page}sharing/", {**form, "to": f"member:{cast.outsider.pk}"}).status_code == 422
    assert rep.post(f"{page}sharing/", form).status_code == 303
    assert "shared" in told(shop, cast.stranger)
    shown = rep.get(page).content.decode()
    assert "售前" in shown
    assert "何北" in shown
    assert stranger.get(page).status_code == 200
    assert stranger.get("/notifications/").status_code == 200
    assert stranger.get(f"{page}sharing/").status_code == 200
    with in_workspace(cast.xishan.pk), transaction.atomic():
        share = Share.objects.get()
    assert client_for(cast.observer).post(f"{page}sharing/{share.pk}/end/").status_code == 403
    assert rep.get(f"{page}changes/").status_code == 200
    assert rep.post(f"{page}sharing/{share.pk}/end/").status_code == 303
    assert stranger.get(page).status_code == 404


def test_asking_answers_the_same_whether_it_is_there_or_not(shop: Shop):
    cast = shop.cast
    assert told(shop, cast.rep) == []  # notifications begin here
    stranger = client_for(cast.stranger)
    answers = []
    for link in (
        f"http://crm.example/companies/{shop.company.pk}/", "/companies/12345/", f"/contacts/{2**62}/",
    ):  # fmt: skip
        answer = stranger.post("/access/", {"link": link, "reason": "展会"})
        answers.append((answer.status_code, answer["Location"], answer.cookies["toast"].value))
    assert len(set(answers)) == 1
    nowhere = (
        "/nothing/1/",
        "x",
        "",
        "/companies/",
        "/companies/0/",
        f"/companies/{2**63}/",
        "/companies/٣/",
    )
    for link in nowhere:
        wrong = stranger.post("/access/", {"link": link, "reason": "展会", "writes": "1"})
        assert wrong.status_code == 422, link
        assert "没有请求任何人" in wrong.content.decode()
        assert 'value="展会"' in wrong.content.decode()
    assert told(shop, cast.rep) == ["asked"]
    rep = client_for(cast.rep)
    assert rep.get("/access/").status_code == 200
    with in_workspace(cast.xishan.pk), transaction.atomic():
        asked = AccessRequest.objects.get(record_id=shop.company.pk)
    assert f'action="/access/{asked.pk}/"' in rep.get("/notifications/").content.decode()
    for other in (cast.stranger, cast.below, cast.observer, cast.outsider):
        assert client_for(other).get(f"/access/{asked.pk}/").status_code == 404
        assert client_for(other).post(f"/access/{asked.pk}/", {"granted": "1"}).status_code == 404
    assert rep.get(f"/access/{asked.pk}/").status_code == 200
    assert rep.post(f"/access/{asked.pk}/", {"granted": "1", "until": "2099-01-01"}).status_code == 303
    assert stranger.get(f"/companies/{shop.company.pk}/").status_code == 200
    assert stranger.post(f"/companies/{shop.company.pk}/access-request/").status_code == 303
    with in_workspace(cast.xishan.pk), transaction.atomic():
        again = AccessRequest.objects.get(record_id=shop.company.pk, decided_at=None)
        assert again.writes
    rep.post(f"/access/{again.pk}/", {"granted": "0", "answer": "我来联系"})
    assert "answered" in told(shop, cast.stranger)
    assert "我来联系" in stranger.get("/access/").content.decode()


def test_settings_of_rules_and_hand_over_are_for_administrators(shop: Shop):
    cast = shop.cast
    addresses = ("/settings/sharing/", f"/settings/members/{cast.rep.pk}/hand-over/")
    for one in (cast.manager, cast.rep, cast.observer):
        for address in addresses:
            assert client_for(one).get(address).status_code == 403
            assert client_for(one).post(address).status_code == 403
    outsider, admin = client_for(cast.outsider), client_for(cast.admin)
    assert outsider.get(addresses[1]).status_code == 404
    form = {"name": "Food", "object": "company", "filter": "industry = food", "to": f"team:{cast.north.pk}"}
    assert admin.post(addresses[0], {**form, "filter": "nonsense ="}).status_code == 422
    assert admin.post(addresses[0], form).status_code == 303
    assert admin.get(addresses[0]).status_code == 200
    with in_workspace(cast.xishan.pk), transaction.atomic():
        rule = ShareRule.objects.get()
        run_pending_jobs()
    assert client_for(cast.stranger).get(f"/companies/{shop.company.pk}/").status_code == 200
    assert outsider.post(f"/settings/sharing/{rule.pk}/removal/").status_code == 404
    page = admin.get(f"/settings/sharing/{rule.pk}/").content.decode()
    said = page.partition(f'href="/settings/sharing/{rule.pk}/"')[2].partition("</div>")[0]
    assert rule.filter not in said, "the list says a condition in words"
    assert f">{rule.filter}</textarea>" in page
    assert admin.post(f"/settings/sharing/{rule.pk}/removal/").status_code == 303
    assert "禾木" not in admin.get(addresses[1]).content.decode()
    assert admin.post(addresses[1], {"to": [str(cast.below.pk)]}).status_code == 303
    with in_workspace(cast.xishan.pk), transaction.atomic():
        run_pending_jobs()
        made = HandOver.objects.get()
    shown = admin.get(addresses[1])
    assert "陈小满" in shown.content.decode()
    assert outsider.post(f"{addresses[1]}{made.pk}/undo/").status_code == 404
    assert admin.post(f"{addresses[1]}{made.pk}/undo/").status_code == 303


def test_why_names_what_grants_and_what_blocks(shop: Shop):
    cast, company = shop.cast, registry.get("company")
    with in_workspace(cast.xishan.pk), transaction.atomic():
        kinds = {
            name: {one.access: (one.allowed, [why.kind for why in one.reasons]) for one in found}
            for name in ("admin", "rep", "below", "stranger", "observer")
            if (found := explain(company, shop.company, getattr(cast, name)))
        }
        assert kinds["admin"]["see"] == (True, ["scope"])
        assert kinds["rep"]["edit"] == (True, ["owner"])
        assert kinds["rep"]["export"] == (False, ["role"])
        assert kinds["stranger"]["see"] == (False, ["scope"])
        assert kinds["observer"]["edit"] == (False, ["role"])
        share_record(shop.company, to=To("team", cast.north.pk), by=actor(cast.rep))
        cast.stranger.workspace.refresh_from_db()
        [see, edit, *_rest] = explain(company, shop.company, cast.stranger)
        assert (see.allowed, [why.kind for why in see.reasons]) == (True, ["share"])
        assert not edit.allowed
    admin = client_for(cast.admin)
    page = f"/companies/{shop.company.pk}/sharing/?member={cast.stranger.pk}"
    assert "North" in admin.get(page).content.decode()
    assert 'class="rows why"' not in client_for(cast.stranger).get(page).content.decode()


def test_who_sees_as_another_reads_why_that_one_sees_it(shop: Shop):
    cast, address = shop.cast, f"/companies/{shop.company.pk}/"
    rep = client_for(cast.rep)
    assert "林知遥 为什么能看到" not in rep.get(address).content.decode()
    browser = client_for(cast.admin)
    browser.post(f"/standing/as/{cast.rep.pk}/")
    assert f'href="{address}sharing/#why">林知遥 为什么能看到' in browser.get(address).content.decode()
    page = browser.get(f"{address}sharing/?member={cast.admin.pk}").content.decode()
    assert "林知遥 为什么能看到" in page
    assert "负责人是林知遥。" in page
    assert 'name="member"' not in page


def test_a_role_is_weighed_before_it_is_saved(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk), transaction.atomic():
        role = Role.objects.get(system="member")
        grants = {**role.grants, "company": {"verbs": ["*"], "see": "all", "edit": "none", "export": "all"}}
        found = {(one.member, one.object): one for one in gains_and_losses(role, grants)}
        rep = found["林知遥", "company"]
        assert (rep.sees, rep.no_longer_sees, rep.edits, rep.no_longer_edits) == (1, 0, 0, 1)
        assert (rep.deletes, rep.no_longer_deletes, rep.exports, rep.no_longer_exports) == (0, 1, 2, 0)
        assert {name for _member, name in found} == {"company"}
        assert Role.objects.get(pk=role.pk).grants == role.grants
    form = {"name": "", "see:*": "all", "edit:*": "none"}
    admin = client_for(cast.admin)
    page = admin.post(f"/settings/roles/{role.pk}/preview/", form).content.decode()
    assert '<input type="hidden" name="edit:*" value="none">' in page
    again = admin.post(f"/settings/roles/{role.pk}/", {**form, "again": "1"}).content.decode()
    assert re.search(r'name="edit:\*".*?<option value="none" selected', again, re.DOTALL)
    with in_workspace(cast.xishan.pk):
        assert Role.objects.get(pk=role.pk).grants == role.grants, "neither saves anything"
    assert client_for(cast.manager).post(f"/settings/roles/{role.pk}/preview/", form).status_code == 403
    assert client_for(cast.outsider).post(f"/settings/roles/{role.pk}/preview/", form).status_code == 404


def test_shares_by_the_api(shop: Shop):
    cast = shop.cast
    rep, stranger = client_for(cast.rep), client_for(cast.stranger)
    body = {"object": "company", "id": str(shop.company.pk), "to": f"member:{cast.stranger.pk}"}

    def post(client: Client, **more: object) -> int:
        given = {**body, **more}
        return client.post("/api/v1/shares", given, content_type="application/json").status_code

    assert post(stranger) == 404
    assert post(client_for(cast.outsider)) == 404
    assert post(client_for(cast.observer)) == 403
    assert post(rep, to="member:1") == 422
    assert post(rep, until="tomorrow") == 422
    assert post(rep, writes="yes") == 422
    assert post(rep, object="nothing") == 400
    assert post(rep, until="2099-01-01T00:00:00Z") == 201
    query = f"/api/v1/shares?object=company&id={shop.company.pk}"
    [share] = rep.get(query).json()["data"]
    assert share["to"]["name"] == "何北"
    assert stranger.get(f"/api/v1/shares/{share['id']}").status_code == 200
    assert client_for(cast.outsider).get(f"/api/v1/shares/{share['id']}").status_code == 404
    assert client_for(cast.observer).delete(f"/api/v1/shares/{share['id']}").status_code == 403
    assert rep.delete(f"/api/v1/shares/{share['id']}").status_code == 204
    assert stranger.get(query).status_code == 404


def test_hand_over_by_the_command(shop: Shop):
    cast, out = shop.cast, io.StringIO()
    given = ["--workspace", "xishan", "--from", "lin@xishan.example", "--to", "chen@xishan.example"]
    call_command("hand-over", *given, stdout=out)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        made = HandOver.objects.get()
        assert registry.get("deal").rows().get(pk=shop.deal.pk).owner_id == cast.below.pk
    assert str(made.pk) in out.getvalue()
    call_command("hand-over", "--workspace", "xishan", "--undo", str(made.pk), stdout=out)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        assert registry.get("deal").rows().get(pk=shop.deal.pk).owner_id == cast.rep.pk
