"""A full disk and a lost database: said in the member's language, and nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from guanxi.people.contacts.models import Contact
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.secrets import new_secret
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {"name": "王若溪", "phones-sent": "1", "emails-sent": "1", "addresses-sent": "1", "tags-sent": "1"}


@pytest.fixture
def browser(cast: Cast) -> Client:
    """The sales person's, who reads Simplified Chinese."""
    browser = client_for(cast.rep)
    browser.raise_request_exception = False
    return browser


def written(cast: Cast) -> tuple[int, int]:
    with in_workspace(cast.xishan.pk):
        return Contact.objects.count(), Fact.objects.count()


@pytest.fixture
def full_disk() -> Iterator[None]:
    if connection.vendor != "sqlite":
        pytest.skip("needs a disk of its own; how its error is told is in guanxi/web/tests/test_faults.py")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # pages that other tests have freed would be room
        cursor.execute("PRAGMA page_count")
        [pages] = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")


def test_a_full_disk_is_said_and_nothing_is_kept(cast: Cast, browser: Client, full_disk: None) -> None:
    before = written(cast)
    made = 0
    # What is left on the last pages takes a few rows; then there is no room.
    while (answer := browser.post("/contacts/new/", {**FORM, "name": "王若溪" * 60})).status_code == 302:
        made += 1
        assert made < 500
    assert answer.status_code == 507
    assert "磁盘满了" in answer.content.decode()
    assert written(cast) == (before[0] + made, before[1] + made), "a contact and its fact, or neither"


@pytest.fixture
def lost_database() -> Iterator[None]:
    kept = dict(connection.settings_dict)
    connection.close()
    if connection.vendor == "sqlite":
        connection.settings_dict["NAME"] = "/nowhere/at-all.sqlite3"
    else:
        connection.settings_dict["PORT"] = "1"
    yield
    connection.close()
    connection.settings_dict.update(kept)


def test_a_lost_database_is_said_on_every_door(cast: Cast, browser: Client, lost_database: None) -> None:
    for address in ("/today/", "/contacts/", "/search/?q=x"):
        answer = browser.get(address, headers={"accept-language": "zh-TW"})
        assert (answer.status_code, answer["Retry-After"]) == (503, "10"), address
        assert answer["Content-Language"] == "zh-hant"
    token = new_secret("gx", cast.xishan.pk)
    answer = browser.get("/api/v1/contacts", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 503
    assert answer.json()["status"] == 503
    assert browser.post("/contacts/new/", FORM).status_code == 503


def test_work_goes_on_when_it_is_back(cast: Cast, browser: Client) -> None:
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(NAME="/nowhere/at-all.sqlite3", PORT="1")
    assert browser.get("/contacts/").status_code == 503
    connection.settings_dict.update(kept)
    assert browser.get("/contacts/").status_code == 200
