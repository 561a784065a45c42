"""guanxi user: from the command line of the server."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from guanxi.platform.identity.models import Member, User
from guanxi.platform.identity.sign_in import check_password
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import client_for

pytestmark = pytest.mark.django_db


def run(monkeypatch, *args: str, password: str = "a-brand-new-bridge") -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    out = io.StringIO()
    call_command("user", *args, stdout=out)
    return out.getvalue()


def test_a_user_is_added_with_a_role(cast, monkeypatch):
    run(monkeypatch, "add", "New@x.example", "--workspace", "xishan", "--role", "manager", "--password-stdin")
    with in_workspace(cast.xishan.pk):
        assert Member.objects.get(user__email="new@x.example").role.system == "manager"
    outcome = check_password(email="new@x.example", password="a-brand-new-bridge", address="192.0.2.1")
    assert outcome.user is not None


def test_somebody_who_is_known_joins_without_a_password(cast, monkeypatch):
    run(monkeypatch, "add", "lin@xishan.example", "--workspace", "marlin")
    with in_workspace(cast.marlin.pk):
        assert Member.objects.filter(user=cast.rep.user).exists()


def test_a_reset_unlocks_and_ends_sessions(cast, monkeypatch):
    for _try in range(5):
        check_password(email="lin@xishan.example", password="wrong", address="192.0.2.1")
    run(monkeypatch, "reset", "LIN@xishan.example", "--password-stdin")
    outcome = check_password(email="lin@xishan.example", password="a-brand-new-bridge", address="192.0.2.1")
    assert outcome.user == cast.rep.user


def test_who_is_deactivated_is_out(cast, monkeypatch):
    client = client_for(cast.rep)
    run(monkeypatch, "deactivate", "lin@xishan.example")
    assert client.get("/settings/profile/").status_code == 302
    assert "(deactivated)" in run(monkeypatch, "list")


def test_the_list_says_who_works_where(cast, monkeypatch):
    assert "rachel@marlin.example\tRachel Tan\tmarlin" in run(monkeypatch, "list")


@pytest.mark.parametrize(
    ("args", "password"),
    [
        (["add", "a@x.example", "--password-stdin"], "a-brand-new-bridge"),  # which workspace?
        (["add", "a@x.example", "--workspace", "nowhere", "--password-stdin"], "a-brand-new-bridge"),
        (["add", "a@x.example", "--workspace", "xishan", "--password-stdin"], "short"),
        (["add", "a@x.example", "--workspace", "xishan"], "a-brand-new-bridge"),  # no terminal
        (["add", "lin@xishan.example", "--workspace", "xishan", "--password-stdin"], "a-brand-new-bridge"),
        (["reset", "nobody@x.example", "--password-stdin"], "a-brand-new-bridge"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(cast, monkeypatch, args, password):
    with pytest.raises(CommandError):
        run(monkeypatch, *args, password=password)
    assert not User.objects.filter(email="a@x.example").exists()
