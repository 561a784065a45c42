"""Session → member, workspace, language: through the HTTP door, in two queries."""

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone, translation

from guanxi.platform.identity.doors import administrator_required, member_required
from guanxi.platform.identity.models import Member, Team, User
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.sessions import KEPT, WORKSPACE
from guanxi.platform.tenancy.context import current_workspace_id, in_workspace
from tests.cast import client_for


@member_required
def who(request: MemberRequest) -> HttpResponse:
    actor = request.actor
    return HttpResponse(
        "|".join(
            [
                actor.name,
                str(current_workspace_id()),
                translation.get_language(),
                timezone.get_current_timezone_name(),
                str(len(actor.below_ids)),
            ]
        )
    )


@member_required
def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(f"{team.name}\n" for team in Team.objects.order_by("path"))


@member_required
def rename_team(request: HttpRequest) -> HttpResponse:
    Team.objects.filter(parent=None).update(name="renamed")
    if request.POST.get("how") == "raise":
        raise ValueError("on purpose")
    return HttpResponse(status=int(request.POST.get("how", 500)))


@administrator_required
def settings(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


def sign_in(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sign in")


urlpatterns = [
    path("who/", who),
    path("stream/", stream),
    path("fail/", rename_team),
    path("administer/", settings),
    path("sign-in/", sign_in, name="sign_in"),
]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


def test_a_member_is_recognised_in_two_queries(cast, django_assert_num_queries):
    client = client_for(cast.manager)
    first = client.get("/who/")
    assert first.content.decode() == f"周砚|{cast.xishan.pk}|zh-hans|Asia/Shanghai|2"
    with django_assert_num_queries(
        2 if connection.vendor == "sqlite" else 4
    ):  # with the savepoint of the test
        client.get("/who/")


def test_nothing_leaks_out_of_a_request(cast):
    client_for(cast.manager).get("/who/")
    assert current_workspace_id() is None
    assert translation.get_language() == "en"


def test_own_language_and_zone_come_before_the_workspaces(cast):
    User.objects.filter(pk=cast.rep.user_id).update(language="zh-hant", timezone="Asia/Taipei")
    assert "|zh-hant|Asia/Taipei|" in client_for(cast.rep).get("/who/").content.decode()


def test_guests_are_sent_to_sign_in_and_back(cast):
    assert Client().get("/who/?a=1").headers["Location"] == "/sign-in/?next=/who/%3Fa%3D1"


def test_a_fragment_asks_htmx_to_go_there(cast):
    reply = Client().get(
        "/who/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/list/?q=a"}
    )
    assert reply.status_code == 401
    assert reply.headers["HX-Redirect"] == "/sign-in/?next=/list/%3Fq%3Da"


def test_a_page_on_another_site_is_no_way_back(cast):
    reply = Client().get("/who/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/x"})
    assert reply.headers["HX-Redirect"] == "/sign-in/?next=/"


def test_a_form_sent_too_late_is_kept_without_its_passwords(cast):
    client = Client()
    client.post("/fail/?x=1", {"note": "两个小时的拜访", "password": "secret"})
    kept = client.session[KEPT]
    assert kept["to"] == "/fail/?x=1"
    assert kept["typed"] == [["note", "两个小时的拜访"]]


def test_leaving_takes_effect_with_the_next_request(cast):
    client = client_for(cast.rep)
    assert client.get("/who/").status_code == 200
    with in_workspace(cast.xishan.pk):
        Member.objects.filter(pk=cast.rep.pk).update(left_at=timezone.now())
    assert client.get("/who/").status_code == 302


def test_a_deactivated_user_is_out(cast):
    client = client_for(cast.rep)
    User.objects.filter(pk=cast.rep.user_id).update(deactivated_at=timezone.now())
    assert client.get("/who/").status_code == 302


def test_a_closed_workspace_lets_nobody_in(cast):
    cast.xishan.closed_at = timezone.now()
    cast.xishan.save()
    assert client_for(cast.rep).get("/who/").status_code == 302


def test_who_left_one_workspace_works_in_the_other(cast):
    with in_workspace(cast.marlin.pk):
        Member.objects.create(
            workspace=cast.marlin, user=cast.rep.user, role=cast.outsider.role, team=cast.outsider.team
        )
    client = client_for(cast.rep)
    with in_workspace(cast.xishan.pk):
        Member.objects.filter(pk=cast.rep.pk).update(left_at=timezone.now())
    assert f"|{cast.marlin.pk}|" in client.get("/who/").content.decode()
    assert client.session[WORKSPACE] == cast.marlin.pk


def test_a_session_can_not_name_a_workspace_of_others(cast):
    client = client_for(cast.rep)
    session = client.session
    session[WORKSPACE] = cast.marlin.pk
    session.save()
    assert f"|{cast.xishan.pk}|" in client.get("/who/").content.decode()


def test_a_new_password_ends_other_sessions(cast):
    client = client_for(cast.rep)
    cast.rep.user.set_password("another-bridge-43")
    cast.rep.user.save()
    assert client.get("/who/").status_code == 302


def test_only_administrators_administer(cast):
    assert client_for(cast.admin).get("/administer/").status_code == 200
    assert client_for(cast.manager).get("/administer/").status_code == 403


def test_a_stream_reads_in_its_workspace(cast):
    body = client_for(cast.rep).get("/stream/").getvalue().decode()
    assert body.split("\n")[:2] == ["溪山仪器", "South"]


@pytest.mark.parametrize("how", ["500", "raise"])
def test_a_failed_request_leaves_nothing_behind(cast, how):
    client = client_for(cast.rep)
    client.raise_request_exception = False
    assert client.post("/fail/", {"how": how}).status_code == 500
    with in_workspace(cast.xishan.pk):
        assert not Team.objects.filter(name="renamed").exists()


def test_an_answer_below_500_is_kept(cast):
    assert client_for(cast.rep).post("/fail/", {"how": "422"}).status_code == 422
    with in_workspace(cast.xishan.pk):
        assert Team.objects.filter(name="renamed").exists()


def test_guests_get_the_language_their_browser_asks_for(cast):
    reply = Client().get("/sign-in/", headers={"Accept-Language": "zh-TW,zh;q=0.9"})
    assert reply.headers["Content-Language"] == "zh-hant"
