"""The settings pages: for each member what they may see and do, through the HTTP door."""

import json
import re
from typing import Any

import pytest
from django.core import mail

from guanxi.platform.identity.models import Invitation, Member, Role, Session, Team, Token, User
from guanxi.platform.identity.permissions import parse_grants
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import PASSWORD, client_for

pytestmark = pytest.mark.django_db

FOR_ALL = ["", "profile/", "shortcuts/", "security/", "members/", "tokens/"]
FOR_ADMINISTRATORS = ["workspace/", "teams/", "roles/", "roles/new/"]


@pytest.mark.parametrize("page", FOR_ALL + FOR_ADMINISTRATORS)
def test_pages_are_there_for_those_they_are_for(cast, page):
    assert client_for(cast.admin).get(f"/settings/{page}").status_code == 200
    assert client_for(cast.rep).get(f"/settings/{page}").status_code == (200 if page in FOR_ALL else 403)


def test_the_list_names_no_page_that_would_be_refused(cast):
    page = client_for(cast.rep).get("/settings/").content.decode()
    assert "/settings/profile/" in page
    assert "/settings/roles/" not in page


def test_members_are_those_of_this_workspace(cast):
    page = client_for(cast.rep).get("/settings/members/").content.decode()
    assert "何北" in page
    assert "Rachel" not in page


def test_inviting_mails_a_link_and_shows_it(cast):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="member")
    client = client_for(cast.manager)
    reply = client.post(
        "/settings/members/new/", {"email": "New@x.example", "role": role.pk, "team": cast.south.pk}
    )
    assert reply.status_code == 201
    run_pending_jobs()
    assert mail.outbox[0].to == ["new@x.example"]
    assert mail.outbox[0].subject == "周砚邀请你加入溪山仪器"
    link = re.search(r"/join/\S+/", str(mail.outbox[0].body))
    assert link is not None
    assert link[0] in reply.content.decode()


def test_a_manager_invites_nobody_with_more_than_they_have(cast):
    with in_workspace(cast.xishan.pk):
        administrator, reader = Role.objects.get(system="administrator"), Role.objects.get(system="reader")
        sales = Role.objects.get(system="member")
    client = client_for(cast.manager)
    for role, team in ((administrator, cast.south), (reader, cast.south), (sales, cast.north)):
        reply = client.post(
            "/settings/members/new/", {"email": "a@x.example", "role": role.pk, "team": team.pk}
        )
        assert reply.status_code == 422
    with in_workspace(cast.xishan.pk):
        assert not Invitation.objects.exists()


def test_who_may_not_invite_is_told_so(cast):
    assert client_for(cast.rep).get("/settings/members/new/").status_code == 403


def test_an_administrator_changes_a_member(cast):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="manager")
    sent = {"name": "", "title": "Key accounts", "role": role.pk, "team": cast.north.pk}
    assert client_for(cast.admin).post(f"/settings/members/{cast.rep.pk}/", sent).status_code == 303
    with in_workspace(cast.xishan.pk):
        member = Member.objects.get(pk=cast.rep.pk)
    assert (member.title, member.role_id, member.team_id) == ("Key accounts", role.pk, cast.north.pk)


def test_a_member_of_another_workspace_is_not_there(cast):
    client = client_for(cast.admin)
    for address in ("", "departure/", "return/"):
        assert client.post(f"/settings/members/{cast.outsider.pk}/{address}").status_code == 404
    assert client_for(cast.rep).get(f"/settings/members/{cast.below.pk}/").status_code == 403


def test_shutting_out_and_letting_come_back(cast):
    theirs = client_for(cast.rep)
    client = client_for(cast.admin)
    client.post(f"/settings/members/{cast.rep.pk}/departure/")
    assert theirs.get("/settings/profile/").status_code == 302
    client.post(f"/settings/members/{cast.rep.pk}/return/")
    assert theirs.get("/settings/profile/").status_code == 200


def test_the_last_administrator_stays(cast):
    client = client_for(cast.admin)
    client.post(f"/settings/members/{cast.admin.pk}/departure/")
    assert client.get("/settings/teams/").status_code == 200


def test_withdrawing_an_invitation(cast):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="member")
    client = client_for(cast.admin)
    client.post("/settings/members/new/", {"email": "a@x.example", "role": role.pk, "team": ""})
    with in_workspace(cast.xishan.pk):
        invitation = Invitation.objects.get()
    address = f"/settings/invitations/{invitation.pk}/withdrawal/"
    assert client_for(cast.outsider).post(address).status_code == 404
    assert client_for(cast.rep).post(address).status_code == 403
    assert client.post(address).status_code == 303
    assert "a@x.example" not in client.get("/settings/members/").content.decode()


def test_a_team_is_added_renamed_moved_and_removed(cast):
    client = client_for(cast.admin)
    client.post("/settings/teams/", {"name": "East", "parent": cast.south.pk})
    with in_workspace(cast.xishan.pk):
        east = Team.objects.get(name="East")
    assert client.post(f"/settings/teams/{east.pk}/", {"name": "Far East", "parent": ""}).status_code == 303
    with in_workspace(cast.xishan.pk):
        assert Team.objects.get(pk=east.pk).path == f"/{east.pk}/"
    client.post(f"/settings/teams/{east.pk}/removal/")
    assert client.get(f"/settings/teams/{east.pk}/").status_code == 404


def test_a_team_of_another_workspace_is_no_parent(cast):
    client = client_for(cast.admin)
    assert client.get(f"/settings/teams/{cast.outsider.team_id}/").status_code == 404
    sent = {"name": "x", "parent": cast.outsider.team_id}
    assert client.post("/settings/teams/", sent).status_code == 422
    assert client.post("/settings/teams/", {"name": "x", "parent": "nonsense"}).status_code == 422


def test_half_a_change_of_a_team_is_none(cast):
    """The new name is fine, the new place is not: neither happens."""
    sent = {"name": "Renamed", "parent": cast.shenzhen.pk}
    with in_workspace(cast.xishan.pk):
        Team.objects.filter(pk=cast.south.pk).update(head_id=cast.manager.pk)
    refused = client_for(cast.admin).post(f"/settings/teams/{cast.south.pk}/", sent)
    assert refused.status_code == 422
    assert f'<option value="{cast.manager.pk}" selected' in refused.content.decode()  # and its head is kept
    with in_workspace(cast.xishan.pk):
        assert Team.objects.get(pk=cast.south.pk).name == "South"


def grid(client, role_id: int) -> dict[str, list[str]]:
    """What a browser would send if the form were saved as it came."""
    page = client.get(f"/settings/roles/{role_id}/").content.decode()
    sent: dict[str, list[str]] = {"name": [""]}
    for name, body in re.findall(r'<select [^>]*?name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        sent[name] = [chosen[1] if chosen else ""]
    for tag in re.findall(r'<input type="checkbox"[^>]*>', page):
        if " checked" in tag:
            found = re.search(r'name="([^"]+)" value="([^"]+)"', tag)
            assert found is not None
            sent.setdefault(found[1], []).append(found[2])
    return sent


@pytest.mark.parametrize("system", ["manager", "member", "reader"])
def test_saving_a_role_as_it_came_changes_nothing(cast, system):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system=system)
    client = client_for(cast.admin)
    assert client.post(f"/settings/roles/{role.pk}/", grid(client, role.pk)).status_code == 303
    with in_workspace(cast.xishan.pk):
        assert parse_grants(Role.objects.get(pk=role.pk).grants) == parse_grants(role.grants)


def test_one_object_can_differ_from_the_rest(cast):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="member")
    client = client_for(cast.admin)
    sent = grid(client, role.pk) | {
        "see:member": ["team"],
        "edit:member": ["team"],
        "verb:member": ["invite"],
    }
    client.post(f"/settings/roles/{role.pk}/", sent)
    with in_workspace(cast.xishan.pk):
        grants = Role.objects.get(pk=role.pk).grants
    assert grants["member"] == {"verbs": ["invite"], "see": "team", "edit": "team"}
    assert grants["*"] == role.grants["*"]


def test_a_role_is_copied_and_removed(cast):
    client = client_for(cast.admin)
    with in_workspace(cast.xishan.pk):
        source = Role.objects.get(system="manager")
    sent = grid(client, source.pk) | {"name": ["Regional"]}
    assert client.post(f"/settings/roles/new/?from={source.pk}", sent).status_code == 303
    with in_workspace(cast.xishan.pk):
        made = Role.objects.get(name="Regional")
    assert parse_grants(made.grants) == parse_grants(source.grants)
    assert client.post(f"/settings/roles/{made.pk}/removal/").status_code == 303
    with in_workspace(cast.xishan.pk):
        assert not Role.objects.filter(name="Regional").exists()
    assert client_for(cast.rep).post("/settings/roles/new/", sent).status_code == 403


def test_a_role_of_another_workspace_is_not_there(cast):
    assert client_for(cast.admin).get(f"/settings/roles/{cast.outsider.role_id}/").status_code == 404


def test_the_profile_changes_language_at_once(cast):
    client = client_for(cast.rep)
    sent = {"name": "Lin", "language": "en", "timezone": "Asia/Taipei", "theme": "dark", "density": "compact"}
    assert client.post("/settings/profile/", sent).status_code == 303
    page = client.get("/settings/profile/").content.decode()
    assert '<html lang="en" data-theme="dark" data-density="compact"' in page
    assert User.objects.get(pk=cast.rep.user_id).timezone == "Asia/Taipei"
    assert client.post("/settings/profile/", sent | {"theme": "pink"}).status_code == 422


def test_keys_are_remapped_and_switched_off(cast):
    client = client_for(cast.rep)
    assert client.post("/settings/shortcuts/", {"next": "w"}).status_code == 303
    user = User.objects.get(pk=cast.rep.user_id)
    assert (user.shortcuts, user.single_keys) == ({"next": "W"}, False)
    reply = client.post("/settings/shortcuts/", {"next": "k", "single_keys": "1"})
    assert reply.status_code == 422
    assert client.post("/settings/shortcuts/", {"next": "汉"}).status_code == 422


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(cast):
    client, other = client_for(cast.rep), client_for(cast.rep)
    assert client.post("/settings/security/", {"current": "wrong", "password": "x" * 12}).status_code == 422
    assert client.post("/settings/security/", {"current": PASSWORD, "password": "short"}).status_code == 422
    sent = {"current": PASSWORD, "password": "another-bridge-43"}
    assert client.post("/settings/security/", sent).status_code == 303
    assert client.get("/settings/profile/").status_code == 200
    assert other.get("/settings/profile/").status_code == 302


def test_other_sessions_are_ended_and_nobody_elses(cast):
    client, other, stranger = client_for(cast.rep), client_for(cast.rep), client_for(cast.stranger)
    client.post("/settings/security/sessions/")
    assert client.get("/settings/profile/").status_code == 200
    assert other.get("/settings/profile/").status_code == 302
    assert stranger.get("/settings/profile/").status_code == 200
    assert Session.objects.filter(user=cast.rep.user).count() == 1


def test_a_token_is_shown_once_and_revoked(cast):
    client = client_for(cast.rep)
    reply = client.post("/settings/tokens/", {"name": "ERP", "days": "30", "scopes": ["*:read"]})
    assert reply.status_code == 201
    secret = re.search(r"gx_\w+", reply.content.decode())
    assert secret is not None
    assert secret[0] not in client.get("/settings/tokens/").content.decode()
    with in_workspace(cast.xishan.pk):
        token = Token.objects.get()
    assert client_for(cast.stranger).post(f"/settings/tokens/{token.pk}/revocation/").status_code == 403
    assert client_for(cast.outsider).post(f"/settings/tokens/{token.pk}/revocation/").status_code == 404
    assert "ERP" not in client_for(cast.stranger).get("/settings/tokens/").content.decode()
    assert "ERP" in client_for(cast.admin).get("/settings/tokens/").content.decode()
    assert client.post(f"/settings/tokens/{token.pk}/revocation/").status_code == 303
    assert "ERP" not in client.get("/settings/tokens/").content.decode()


def test_a_token_without_a_scope_is_refused(cast):
    reply = client_for(cast.rep).post("/settings/tokens/", {"name": "ERP", "days": ""})
    assert reply.status_code == 422
    assert "scopes-error" in reply.content.decode()


def test_the_workspace_is_changed(cast):
    client = client_for(cast.admin)
    sent = {
        "name": "溪山仪器股份",
        "language": "zh-hant",
        "country": "TW",
        "currency": "TWD",
        "timezone": "Asia/Taipei",
        "delta": "intl",
        "size": "large",
        "fiscal_month": "4",
    }
    assert client.post("/settings/workspace/", sent).status_code == 303
    cast.xishan.refresh_from_db()
    assert cast.xishan.fiscal_month == 4
    assert (cast.xishan.name, cast.xishan.currency, cast.xishan.delta) == ("溪山仪器股份", "TWD", "intl")
    for wrong in ({"currency": "???"}, {"fiscal_month": "13"}):
        assert client.post("/settings/workspace/", sent | wrong).status_code == 422
    assert client_for(cast.rep).post("/settings/workspace/", sent).status_code == 403


def test_scopes_fields_and_teams_of_a_role_are_chosen(cast):
    client = client_for(cast.admin)
    with in_workspace(cast.xishan.pk):
        made = Role(name="Inside", grants={"*": {"verbs": ["*"], "see": "all", "edit": "own"}})
        made.save(force_insert=True)
    here = f"/settings/roles/{made.pk}/"

    def as_it_is() -> dict[str, list[str]]:
        return grid(client, made.pk) | {"name": ["Inside"]}

    def kept() -> dict[str, Any]:
        with in_workspace(cast.xishan.pk):
            grants: dict[str, Any] = Role.objects.get(pk=made.pk).grants
            return grants

    client.post(here, as_it_is() | {"delete:*": "none", "see:deal": "chosen", "export:deal": "none"})
    general = {"verbs": ["*"], "see": "all", "edit": "own", "delete": "none"}
    assert kept()["*"] == general
    assert kept()["deal"] == {"verbs": ["*"], "see": [], "edit": "own", "delete": "none", "export": "none"}
    teams = [str(cast.north.pk), str(cast.south.pk)]
    client.post(f"{here}of/deal/", {"team": teams, "field:amount": "masked1", "field:about": "see"})
    assert kept()["deal"]["see"] == sorted(teams)
    assert kept()["deal"]["fields"] == {"amount": "masked1", "about": "see"}
    page = client.get(f"{here}of/deal/").content.decode()
    assert page.count("checked") == 2
    # An object whose fields alone are limited still follows the general row.
    client.post(f"{here}of/contact/", {"field:phones": "hidden", "field:name": "hidden"})
    assert kept()["contact"] == {"fields": {"phones": "hidden", "name": "hidden"}}
    client.post(here, as_it_is())
    assert kept()["contact"] == {"fields": {"phones": "hidden", "name": "hidden"}}
    assert kept()["*"] == general
    # To look behind masks is ticked by itself.
    sent = as_it_is()
    client.post(here, sent | {"verb:*": [*sent["verb:*"], "reveal"]})
    assert "reveal" in kept()["*"]["verbs"]
    assert client.post(f"{here}of/deal/", {"field:amount": "wrong"}).status_code == 422
    assert client.get(f"{here}of/nothing/").status_code == 404
    for somebody in (cast.rep, cast.manager):
        assert client_for(somebody).get(f"{here}of/deal/").status_code == 403
    assert client_for(cast.outsider).get(f"{here}of/deal/").status_code == 404


def test_roles_are_read_and_written_by_the_api(cast):
    admin = client_for(cast.admin)
    grants = {"*": {"verbs": ["*"], "see": "team"}, "deal": {"fields": {"amount": "hidden"}}}

    def send(method: str, address: str, **values: Any) -> Any:
        return getattr(admin, method)(address, json.dumps(values), content_type="application/json")

    made = send("post", "/api/v1/roles", name="Inside", grants=grants)
    assert made.status_code == 201
    here = made["Location"]
    assert admin.get(here).json()["grants"] == grants
    assert send("patch", here, name="Field").json()["name"] == "Field"
    wrong = send("patch", here, grants={"deal": {"fields": {"amount": "peek"}}})
    assert wrong.status_code == 422
    assert send("patch", here, administers=True).status_code == 422
    with in_workspace(cast.xishan.pk):
        locked = Role.objects.get(system="administrator")
    assert send("patch", f"/api/v1/roles/{locked.pk}", grants=grants).status_code == 403
    for somebody, status in ((cast.manager, 403), (cast.outsider, 404)):
        assert client_for(somebody).get(here).status_code == status
    assert admin.delete(here).status_code == 204
    assert len(admin.get("/api/v1/roles").json()["data"]) == 4
