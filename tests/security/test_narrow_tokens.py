"""Settings are for people, and a narrow token of an administrator administers nothing."""

from __future__ import annotations

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.identity.acting import actor_for_token
from guanxi.platform.identity.models import Team
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scopes", [["contact:read"], ["*:read"], ["*:read", "contact:write"]])
def test_a_narrow_token_of_an_administrator_administers_nothing(cast: Cast, scopes: list[str]):
    actor = actor_for_token(Program(cast.admin, scopes).secret)
    assert actor is not None
    assert not actor.administers


def test_a_token_that_may_write_everything_looks_after_the_workspace(cast: Cast):
    actor = actor_for_token(Program(cast.admin, ["*:write"]).secret)
    assert actor is not None
    assert actor.administers


@pytest.mark.parametrize("scopes", [["contact:read"], ["*:read", "*:write"]])
def test_settings_do_not_hear_tokens(cast: Cast, scopes: list[str]):
    client = Program(cast.admin, scopes).client
    for address in ("/settings/profile/", "/settings/security/sessions/", "/workspaces/new/", "/import/"):
        assert client.post(address).status_code == 401, address
    assert client.get("/settings/members/").status_code == 401
    assert client.post("/settings/teams/", {"name": "West", "parent": cast.top.pk}).status_code == 401
    with in_workspace(cast.xishan.pk):
        assert not Team.objects.filter(name="West").exists()
