"""Guessing passwords: counted in the database, for all processes together."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from guanxi.platform.identity.models import SignInTries
from guanxi.platform.identity.sign_in import (
    ACCOUNT_TRIES,
    ADDRESS_TRIES,
    LOCKED_FOR,
    account_key,
    address_key,
    check_password,
    take_try,
)
from tests.cast import PASSWORD, new_user

EMAIL = "lin@xishan.example"


@pytest.fixture
def user(db):
    return new_user(EMAIL, "林知遥")


def guess(password: str, *, email: str = EMAIL, address: str = "192.0.2.1"):
    return check_password(email=email, password=password, address=address)


def test_the_right_password_in_any_case_of_the_email(user):
    assert guess(PASSWORD, email="LIN@Xishan.example ").user == user


def test_each_wrong_one_leaves_one_less_until_it_locks(user):
    assert [guess("wrong").tries_left for _try in range(ACCOUNT_TRIES)] == [4, 3, 2, 1, 0]
    locked = guess(PASSWORD)
    assert locked.user is None
    assert 14 <= locked.locked_minutes <= 15


def test_an_unknown_email_answers_the_same(user):
    assert guess("wrong", email="nobody@xishan.example") == guess("wrong")


def test_an_unknown_email_costs_a_hash_too(user, monkeypatch):
    made = []
    monkeypatch.setattr(
        "guanxi.platform.identity.models.User.set_password", lambda self, raw: made.append(raw)
    )
    guess("wrong", email="nobody@xishan.example")
    assert made == ["wrong"]


def test_the_right_password_wipes_the_slate(user):
    for _try in range(ACCOUNT_TRIES - 1):
        guess("wrong")
    assert guess(PASSWORD).user == user
    assert guess("wrong").tries_left == ACCOUNT_TRIES - 1


def test_the_lock_ends(user):
    for _try in range(ACCOUNT_TRIES):
        guess("wrong")
    SignInTries.objects.update(since=timezone.now() - LOCKED_FOR - timedelta(seconds=1))
    assert guess(PASSWORD).user == user


def test_an_address_can_not_try_one_account_after_the_other(db):
    for number in range(ADDRESS_TRIES):
        take_try({f"account:{number}": ACCOUNT_TRIES, address_key("192.0.2.1"): ADDRESS_TRIES})
    assert guess("wrong", email="one-more@xishan.example").locked_minutes > 0
    assert guess("wrong", email="one-more@xishan.example", address="192.0.2.2").locked_minutes == 0


def test_signing_in_rightly_does_not_reset_what_the_address_has_tried(user):
    for number in range(ADDRESS_TRIES - 1):
        take_try({f"account:{number}": ACCOUNT_TRIES, address_key("192.0.2.1"): ADDRESS_TRIES})
    guess(PASSWORD)
    guess("wrong", email="a@xishan.example")
    assert guess("wrong", email="b@xishan.example").locked_minutes > 0


def test_a_deactivated_user_is_nobody(user):
    user.deactivated_at = timezone.now()
    user.save()
    assert guess(PASSWORD).user is None


def test_no_email_is_kept_in_the_table():
    assert "lin" not in account_key(EMAIL)


def test_a_household_of_ipv6_is_one_address():
    assert address_key("2001:db8::1") == address_key("2001:db8::ffff:2")
    assert address_key("2001:db8::1") != address_key("2001:db8:0:1::1")
    assert address_key("not an address") == "address:not an address"


@pytest.mark.django_db(transaction=True)
def test_many_connections_together_get_no_more_tries_than_one():
    results: list[tuple[int, int]] = []

    def hammer() -> None:
        try:
            results.extend(take_try({"account:x": ACCOUNT_TRIES}) for _try in range(5))
        finally:
            connection.close()

    threads = [threading.Thread(target=hammer) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [result for result in results if result[1] == 0]
    assert len(results) == 20
    assert sorted(left for left, _minutes in taken) == [0, 1, 2, 3, 4]
