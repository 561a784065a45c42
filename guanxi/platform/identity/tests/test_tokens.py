"""Tokens: made once, hashed, limited, ended at once."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from guanxi.platform.identity.acting import actor_for_token
from guanxi.platform.identity.actions.members import end_membership
from guanxi.platform.identity.actions.tokens import create_token, revoke_token
from guanxi.platform.identity.models import Token
from guanxi.platform.identity.secrets import workspace_of
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db


def make(cast, *scopes: str, **more) -> tuple[Token, str]:
    with in_workspace(cast.xishan.pk), transaction.atomic():
        return create_token(
            member=cast.rep, name="ERP", scopes=scopes or ("*:read",), by=actor(cast.rep), **more
        )


def test_a_token_works_as_its_member_within_its_scopes(cast):
    _token, raw = make(cast, "contact:read", "deal:write")
    found = actor_for_token(raw)
    assert found is not None
    assert (found.kind, found.member_id, found.workspace_id) == ("token", cast.rep.pk, cast.xishan.pk)
    assert found.may("see", "contact")
    assert not found.may("change", "contact")


def test_it_is_found_in_one_query(cast, django_assert_max_num_queries):
    _token, raw = make(cast)
    actor_for_token(raw)  # notes when it was used, and reads the tree of teams
    with django_assert_max_num_queries(1):
        actor_for_token(raw)


def test_the_secret_is_nowhere_kept(cast):
    token, raw = make(cast)
    with in_workspace(cast.xishan.pk):
        kept = Token.objects.filter(pk=token.pk).values().get()
    assert not any(raw in str(value) for value in kept.values())


def test_revoked_expired_and_left_are_refused(cast):
    token, raw = make(cast)
    _old, expired = make(cast, expires_at=timezone.now() - timedelta(seconds=1))
    assert actor_for_token(expired) is None
    with in_workspace(cast.xishan.pk):
        revoke_token(token=token, by=actor(cast.rep))
    assert actor_for_token(raw) is None
    _other, third = make(cast)
    with in_workspace(cast.xishan.pk):
        end_membership(member=cast.rep, by=actor(cast.admin))
    assert actor_for_token(third) is None


@pytest.mark.parametrize(
    "raw", ["", "gx", "gx__x", "gx_" + "z" * 13 + "_a", "gx_1_" + "a" * 32, "gx_é_a", "a_-1_b"]
)
def test_nonsense_is_refused(raw, db):
    assert actor_for_token(raw) is None


def test_a_secret_moved_to_another_workspace_is_refused(cast):
    _token, raw = make(cast)
    kind, _workspace, random = raw.split("_")
    by = actor(cast.outsider)
    with in_workspace(cast.marlin.pk):
        _outsiders, other = create_token(member=cast.outsider, name="x", scopes=["*:read"], by=by)
    assert workspace_of(other) == cast.marlin.pk
    assert actor_for_token(f"{kind}_{other.split('_')[1]}_{random}") is None


def test_nobody_makes_a_token_for_another(cast):
    with in_workspace(cast.xishan.pk), pytest.raises(PermissionDenied):
        create_token(member=cast.rep, name="x", scopes=["*:read"], by=actor(cast.admin))


def test_a_token_makes_no_tokens(cast):
    _token, raw = make(cast, "*:read", "*:write")
    by = actor_for_token(raw)
    assert by is not None
    with in_workspace(cast.xishan.pk), pytest.raises(PermissionDenied):
        create_token(member=cast.rep, name="x", scopes=["*:read"], by=by)


@pytest.mark.parametrize("scopes", [[], ["contact"], ["contact:all"], [":read"]])
def test_scopes_are_spelt_right(cast, scopes):
    with in_workspace(cast.xishan.pk), pytest.raises(ValidationError):
        create_token(member=cast.rep, name="x", scopes=scopes, by=actor(cast.rep))


def test_the_stranger_can_not_revoke_it(cast):
    token, _raw = make(cast)
    with in_workspace(cast.xishan.pk), pytest.raises(PermissionDenied):
        revoke_token(token=token, by=actor(cast.stranger))


def test_the_command_creates_lists_and_revokes(cast):
    def run(*args: str) -> str:
        out = StringIO()
        call_command("token", *args, workspace="xishan", stdout=out)
        return out.getvalue()

    raw = run("create", "lin@xishan.example", "--scope", "contact:read").strip()
    assert actor_for_token(raw) is not None
    prefix = raw.split("_")[2][:6]
    assert prefix in run("list")
    run("revoke", prefix)
    assert actor_for_token(raw) is None
    with pytest.raises(CommandError):
        run("revoke", prefix)
    with pytest.raises(CommandError):
        run("create", "rachel@marlin.example")
