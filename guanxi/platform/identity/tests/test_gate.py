"""Sign-in, reset, set-up, invitations, workspaces: through the HTTP door."""

import re
import stat
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from guanxi.platform.identity.actions.invitations import invite
from guanxi.platform.identity.models import Invitation, Member, Role, Session, Team, User, Workspace
from guanxi.platform.identity.sessions import KEPT, WORKSPACE
from guanxi.platform.identity.set_up_code import is_set_up_code, set_up_link
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import PASSWORD, actor, client_for, new_user

pytestmark = pytest.mark.django_db
EMAIL = "lin@xishan.example"


def sign_in(client: Client, password: str = PASSWORD, email: str = EMAIL, to: str = "", **more: Any):
    return client.post(f"/sign-in/?next={to}", {"email": email, "password": password, "keep": "1"}, **more)


# ── Sign-in ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_member_signs_in_and_lands_where_they_wanted(cast):
    client = Client()
    reply = sign_in(client, to="/settings/profile/?a=1")
    assert (reply.status_code, reply["Location"]) == (302, "/settings/profile/?a=1")
    assert client.get("/settings/profile/").status_code == 200


def test_a_wrong_password_says_how_many_tries_are_left(cast):
    client = Client()
    reply = sign_in(client, "wrong")
    assert reply.status_code == 422
    assert "Wrong password. 4 tries left." in reply.content.decode()
    assert "_auth_user_id" not in client.session


def test_too_many_say_for_how_long_also_with_the_right_one(cast):
    client = Client()
    for _try in range(5):
        sign_in(client, "wrong")
    reply = sign_in(client)
    assert reply.status_code == 429
    assert "Try again in 15 minutes" in reply.content.decode()


def test_unknown_people_get_the_same_answer(cast):
    known, unknown = sign_in(Client(), "wrong"), sign_in(Client(), "wrong", email="nobody@xishan.example")
    assert known.status_code == unknown.status_code
    assert "Wrong password. 4 tries left." in unknown.content.decode()


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_the_way_back_stays_on_this_site(cast, to):
    assert sign_in(Client(), to=to)["Location"] == "/"


def test_a_planted_session_is_not_taken_over(cast):
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "x"
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    planted = session.session_key
    sign_in(client)
    assert client.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_the_session_knows_whose_and_where(cast):
    sign_in(Client(), REMOTE_ADDR="192.0.2.9", HTTP_USER_AGENT="Firefox/140")
    row = Session.objects.get(user=cast.rep.user)
    assert (row.address, row.agent) == ("192.0.2.9", "Firefox/140")
    assert row.started_at is not None


def test_not_staying_signed_in_ends_with_the_browser(cast):
    client = Client()
    client.post("/sign-in/", {"email": EMAIL, "password": PASSWORD})
    assert client.cookies["sessionid"]["max-age"] == ""
    sign_in(client)
    assert client.cookies["sessionid"]["max-age"] == 30 * 24 * 3600


def test_who_left_everywhere_is_told_so(cast):
    with in_workspace(cast.xishan.pk):
        Member.objects.filter(pk=cast.rep.pk).update(left_at=timezone.now())
    reply = sign_in(Client())
    assert reply.status_code == 422
    assert "no workspace any more" in reply.content.decode()


def test_signing_out_needs_a_post_and_ends_the_session(cast):
    client = client_for(cast.rep)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/settings/profile/").status_code == 302
    assert not Session.objects.filter(user=cast.rep.user).exists()


def test_the_page_speaks_the_language_that_is_clicked_and_remembers_it(cast):
    client = Client()
    assert "登录" in client.get("/sign-in/?language=zh-hans").content.decode()
    assert "登入" in client.get("/sign-in/?language=zh-hant&next=/today/").content.decode()
    assert "登入" in client.get("/sign-in/").content.decode()
    assert client.get("/sign-in/?language=xx").status_code == 200


def test_csrf_is_asked_for(cast):
    reply = sign_in(Client(enforce_csrf_checks=True))
    assert reply.status_code == 403


def test_a_token_needs_no_csrf_and_no_cookie(cast):
    reply = Client(enforce_csrf_checks=True).get(
        "/settings/profile/", headers={"Authorization": "Bearer gx_1_nonsense"}
    )
    assert reply.status_code == 401


# ── A form that came too late ────────────────────────────────────────────────────────────────────────────


def test_a_form_that_came_too_late_is_offered_again(cast):
    client = client_for(cast.admin)
    Session.objects.all().delete()
    late = client.post("/settings/teams/", {"name": "West", "parent": ""})
    assert late["Location"].startswith("/sign-in/?next=")
    assert sign_in(client, email="gu@xishan.example")["Location"] == "/sign-in/kept/"
    page = client.get("/sign-in/kept/").content.decode()
    assert 'name="name" value="West"' in page
    again = client.post("/sign-in/kept/", {"name": "West", "parent": ""})
    assert (again.status_code, again["Location"]) == (307, "/settings/teams/")
    assert KEPT not in client.session
    client.post(again["Location"], {"name": "West", "parent": ""})
    with in_workspace(cast.xishan.pk):
        assert Team.objects.filter(name="West").count() == 1


def test_it_can_be_thrown_away(cast):
    client = client_for(cast.admin)
    Session.objects.all().delete()
    client.post(
        "/settings/teams/", {"name": "West"}, headers={"Referer": "http://testserver/settings/teams/?a=1"}
    )
    sign_in(client, email="gu@xishan.example")
    assert client.post("/sign-in/kept/?discard")["Location"] == "/settings/teams/?a=1"
    assert client.get("/sign-in/kept/")["Location"] == "/"


def test_after_an_hour_it_is_gone(cast):
    client = client_for(cast.admin)
    session = client.session
    session[KEPT] = {
        "at": (timezone.now() - timedelta(hours=2)).isoformat(),
        "to": "/x/",
        "from": "/",
        "typed": [["a", "b"]],
        "files": [],
    }
    session.save()
    assert client.get("/sign-in/kept/")["Location"] == "/"


# ── Password reset ───────────────────────────────────────────────────────────────────────────────────────


def mailed_link() -> str:
    run_pending_jobs()
    found = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def test_a_reset_leads_to_a_new_password_and_in(cast):
    Client().post("/sign-in/reset/", {"email": EMAIL.upper()})
    link, client = mailed_link(), Client()
    assert client.get(link).status_code == 200
    assert client.post(link, {"password": "short"}).status_code == 422
    assert client.post(link, {"password": "a-brand-new-bridge"})["Location"] == "/"
    assert client.get("/settings/profile/").status_code == 200
    assert Client().get(link).status_code == 410
    assert sign_in(Client()).status_code == 422
    assert sign_in(Client(), "a-brand-new-bridge").status_code == 302


def test_a_reset_unlocks(cast):
    for _try in range(5):
        sign_in(Client(), "wrong")
    Client().post("/sign-in/reset/", {"email": EMAIL})
    Client().post(mailed_link(), {"password": "a-brand-new-bridge"})
    assert sign_in(Client(), "a-brand-new-bridge").status_code == 302


def test_a_reset_for_nobody_answers_the_same_and_mails_nothing(cast):
    known = Client().post("/sign-in/reset/", {"email": EMAIL})
    nobody = Client().post("/sign-in/reset/", {"email": "lun@xishan.example"})
    assert nobody.content.decode().replace("lun@", "lin@").count("lin@") == known.content.decode().count(
        "lin@"
    )
    run_pending_jobs()
    assert [message.to for message in mail.outbox] == [[EMAIL]]


def test_resets_are_limited(cast):
    for _time in range(7):
        Client().post("/sign-in/reset/", {"email": EMAIL})
    run_pending_jobs()
    assert len(mail.outbox) == 5


@pytest.mark.parametrize(
    "link", ["/sign-in/reset/x/y/", "/sign-in/reset/MTIz/cx-abc/", "/sign-in/reset/%F0%9F/y/"]
)
def test_a_link_of_nonsense_is_over(db, link):
    assert Client().get(link).status_code == 410


# ── First set-up ─────────────────────────────────────────────────────────────────────────────────────────

SET_UP = {
    "person": "林知遥",
    "email": "Lin@Xishan.example",
    "password": PASSWORD,
    "name": "溪山仪器",
    "size": "team",
    "language": "zh-hans",
    "country": "CN",
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "delta": "cn",
    "begin": "empty",
}


@pytest.fixture
def door(db, settings, tmp_path) -> str:
    """The address that is printed for the first administrator."""
    settings.DATA_DIR = tmp_path
    return set_up_link("")


def test_the_link_names_where_it_is_served(door, settings, tmp_path, monkeypatch):
    def printed(**options: str) -> str:
        out = StringIO()
        call_command("set-up", stdout=out, **options)
        return out.getvalue()

    settings.SERVED_AT, settings.SITE_URL = tmp_path / "served-at", "http://127.0.0.1:8000"
    monkeypatch.delenv("GUANXI_URL", raising=False)
    assert "http://127.0.0.1:8000/set-up/" in printed()
    settings.SERVED_AT.write_text("http://127.0.0.1:9000")
    assert "http://127.0.0.1:9000/set-up/" in printed()
    assert "https://there.example/set-up/" in printed(at="https://there.example")
    monkeypatch.setenv("GUANXI_URL", settings.SITE_URL)
    assert "http://127.0.0.1:8000/set-up/" in printed()


def test_an_empty_installation_asks_to_be_set_up(door):
    client = Client()
    assert client.get("/sign-in/")["Location"] == "/set-up/"
    page = client.get(f"{door}&language=zh-hans").content.decode()
    assert '<option value="" selected>该国家的货币</option>' in page
    assert client.post(door, SET_UP)["Location"] == "/"
    workspace = Workspace.objects.get()
    assert (workspace.name, workspace.size, workspace.delta) == ("溪山仪器", "team", "cn")
    user = User.objects.get()
    assert (user.email, user.is_operator) == ("lin@xishan.example", True)
    assert "林知遥" in client.get("/settings/members/").content.decode()


@pytest.mark.parametrize("code", ["", "?code=", "?code=guess", "?code=ü%00"])
def test_a_stranger_without_the_code_sets_nothing_up(door, code):
    page = Client().get(f"/set-up/{code}")
    assert 'name="password"' not in page.content.decode()
    assert Client().post(f"/set-up/{code}", SET_UP).status_code == 403
    assert not Workspace.objects.exists()
    assert not User.objects.exists()


def test_the_code_is_its_owners_alone_and_gone_afterwards(door, tmp_path):
    kept = tmp_path / "set-up-code"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert door == f"/set-up/?code={kept.read_text()}"
    assert set_up_link("") == door
    Client().post(door, SET_UP)
    assert not kept.exists()
    assert Client().post(door, SET_UP)["Location"] == "/sign-in/"


def test_without_a_code_there_is_none_that_fits(db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert not is_set_up_code("")
    assert Client().post("/set-up/?code=", SET_UP).status_code == 403


def test_the_command_prints_the_link_until_it_is_used(door, capsys):
    call_command("set-up", "--at", "https://crm.example/")
    assert f"https://crm.example{door}" in capsys.readouterr().out
    Client().post(door, SET_UP)
    call_command("set-up", "--if-needed")
    assert capsys.readouterr().out == ""
    call_command("set-up")
    assert "already" in capsys.readouterr().out


@pytest.mark.parametrize(("country", "currency"), [("CN", "CNY"), ("SG", "SGD"), ("AQ", "USD")])
def test_the_currency_is_that_of_the_country_unless_another_is_chosen(door, country, currency):
    assert 'value="" selected' in Client().get(f"{door}&language=en").content.decode()
    assert Client().post(door, SET_UP | {"country": country, "currency": ""}).status_code == 302
    assert Workspace.objects.get().currency == currency


def test_it_can_be_done_once(cast):
    assert Client().get("/set-up/")["Location"] == "/sign-in/"
    Client().post("/set-up/", SET_UP)
    assert Workspace.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "password12"),
        ("email", "nobody"),
        ("name", " "),
        ("currency", "XXQ"),
        ("timezone", "Mars/Base"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(door, field, value):
    assert Client().post(door, SET_UP | {field: value}).status_code == 422
    assert not Workspace.objects.exists()
    assert not User.objects.exists()


# ── Invitations ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def link(cast) -> str:
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="member")
        _row, url = invite(email="new@xishan.example", role=role, team=cast.south, by=actor(cast.admin))
    return "/" + url.split("/", 3)[3]


def test_a_new_person_joins(cast, link):
    client = Client()
    assert "溪山仪器" in client.get(link).content.decode()
    assert client.post(link, {"name": "新人", "password": PASSWORD})["Location"] == "/"
    with in_workspace(cast.xishan.pk):
        member = Member.objects.get(user__email="new@xishan.example")
    assert (member.team_id, client.session[WORKSPACE]) == (cast.south.pk, cast.xishan.pk)
    assert Client().get(link).status_code == 410, "a link works once"


def test_a_known_person_shows_who_they_are(cast, link):
    new_user("new@xishan.example", "Known")
    client = Client()
    assert client.post(link, {"password": "wrong"}).status_code == 422
    assert client.post(link, {"password": PASSWORD}).status_code == 302


def test_someone_else_who_is_signed_in_does_not_join_in_their_place(cast, link):
    client_for(cast.outsider).post(link, {"name": "Rachel", "password": PASSWORD})
    with in_workspace(cast.xishan.pk):
        assert not Member.objects.filter(user=cast.outsider.user).exists()


def test_a_member_of_another_workspace_joins_with_a_click(cast):
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="reader")
        _row, url = invite(email="rachel@marlin.example", role=role, team=None, by=actor(cast.admin))
    client = client_for(cast.outsider)
    assert client.post("/" + url.split("/", 3)[3]).status_code == 302
    assert client.session[WORKSPACE] == cast.xishan.pk


@pytest.mark.parametrize("spoil", [{"expires_at": timezone.now()}, {"withdrawn_at": timezone.now()}])
def test_an_old_or_withdrawn_link_is_over(cast, link, spoil):
    with in_workspace(cast.xishan.pk):
        Invitation.objects.update(**spoil)
    assert Client().get(link).status_code == 410
    assert Client().post(link, {"name": "x", "password": PASSWORD}).status_code == 410


def test_a_weak_password_makes_nobody(cast, link):
    assert Client().post(link, {"name": "新人", "password": "1234567890"}).status_code == 422
    assert not User.objects.filter(email="new@xishan.example").exists()


# ── Several workspaces ───────────────────────────────────────────────────────────────────────────────────


def test_switching_between_workspaces(cast):
    with in_workspace(cast.marlin.pk):
        Member.objects.create(
            workspace=cast.marlin, user=cast.rep.user, role=cast.outsider.role, team=cast.outsider.team
        )
    client = client_for(cast.rep)
    assert "Marlin Aquaculture" in client.get("/workspaces/").content.decode()
    assert client.get("/workspaces/marlin/").status_code == 200
    assert client.session[WORKSPACE] == cast.xishan.pk, "a link does not switch"
    assert client.post("/workspaces/marlin/").status_code == 302
    assert client.session[WORKSPACE] == cast.marlin.pk
    assert "Rachel Tan" in client.get("/settings/members/").content.decode()
    client.post("/sign-out/")
    sign_in(client)
    assert client.session[WORKSPACE] == cast.marlin.pk, "the browser remembers where it worked last"


def test_an_operator_founds_another_workspace(cast):
    client = client_for(cast.admin)
    sent = {name: SET_UP[name] for name in ("size", "language", "country", "currency", "timezone", "delta")}
    assert client.post("/workspaces/new/", sent | {"name": "New"}).status_code == 403
    User.objects.filter(pk=cast.admin.user_id).update(is_operator=True)
    assert client.post("/workspaces/new/", sent | {"name": ""}).status_code == 422
    assert client.post("/workspaces/new/", sent | {"name": "New"}).status_code == 302
    made = Workspace.objects.get(name="New")
    assert made.slug != "new", "its address is taken by the page that founds workspaces"
    assert client.session[WORKSPACE] == made.pk
    assert "林知遥" not in client.get("/settings/members/").content.decode()


def test_nobody_switches_into_a_workspace_of_others(cast):
    client = client_for(cast.rep)
    assert client.post("/workspaces/marlin/").status_code == 404
    assert "Marlin" not in client.get("/workspaces/").content.decode()
