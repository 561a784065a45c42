"""The pages and API answers for what broke: status, language, and no trust in the database."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from guanxi.web.faults import fault_of
from tests.cast import Cast, client_for, give_role


class DriverError(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def wrapped(sqlstate: str) -> OperationalError:
    error = OperationalError("server said so")
    error.__cause__ = DriverError(sqlstate)
    return error


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (OperationalError("connection refused"), 503, True),
        (InterfaceError("connection already closed"), 503, True),
        (OperationalError("database is locked"), 503, True),
        (wrapped("53300"), 503, True),
        (OperationalError("database or disk is full"), 507, False),
        (wrapped("53100"), 507, False),
        (OSError(errno.ENOSPC, "No space left on device"), 507, False),
        (OSError(errno.EACCES, "Permission denied"), 500, False),
        (IntegrityError("duplicate key"), 500, False),
        (ValueError("ours"), 500, False),
        (None, 500, False),
    ],
)
def test_each_error_has_its_words(error: Exception | None, status: int, retry: bool) -> None:
    fault = fault_of(error)
    assert (fault.status, fault.retry) == (status, retry)
    assert len(str(fault.text)) > 20


def breaks_with(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


urlpatterns = [
    path("lost/", breaks_with(OperationalError("could not connect to server"))),
    path("api/v1/lost", breaks_with(OperationalError("could not connect to server"))),
    path("mistake/", breaks_with(ValueError("secret detail"))),
]
handler500 = "guanxi.web.faults.server_error"
handler404 = "guanxi.web.faults.not_found"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


# Only what stands before any use of the database: a page of fault has to work without one.
here = override_settings(
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["guanxi.web.security.ContentSecurityPolicy"],
    ALLOWED_HOSTS=["testserver"],
)


@here
def test_a_lost_database_is_a_503_page_without_the_database(client: Client) -> None:
    answer = client.get("/lost/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert answer["Cache-Control"] == "no-store"
    assert "Nothing was saved" in answer.content.decode()
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@here
def test_the_api_gets_a_problem_document(client: Client) -> None:
    answer = client.get("/api/v1/lost")
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code == 503
    assert problem["reference"]


@here
def test_a_mistake_of_ours_shows_a_reference_and_no_detail(client: Client) -> None:
    answer = client.get("/mistake/")
    assert answer.status_code == 500
    assert "Reference: " in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


@here
def test_nothing_here_is_a_page_in_the_language_of_the_browser(client: Client) -> None:
    answer = client.get("/nowhere/", headers={"accept-language": "zh-TW,zh;q=0.9"})
    assert answer.status_code == 404
    assert answer["Content-Language"] == "zh-hant"
    assert '<html lang="zh-Hant">' in answer.content.decode()


OFFERED = {
    "contract": "/contracts/",
    "contact": "/contacts/",
    "compnies": "/companies/",
    "leeds": "/leads/",
    "CONTATCS": "/contacts/",
    "formulas": "",
    "machines": "",
    "heads": "",
    "xyz": "",
}


@pytest.mark.django_db
@pytest.mark.parametrize("asked", OFFERED)
def test_a_wrong_address_offers_what_was_meant_or_nothing(cast: Cast, asked: str) -> None:
    answer = client_for(cast.rep).get(f"/{asked}/")
    assert answer.status_code == 404
    body = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    offered = [one.partition("?")[0] for one in re.findall(r'<a [^>]*href="([^"]+)"', body)]
    assert [one for one in offered if one != "/"] == [one for one in [OFFERED[asked]] if one]
    guest = Client().get(f"/{asked}/").content.decode()
    assert not OFFERED[asked] or f'href="{OFFERED[asked]}' not in guest, "a guest learns nothing"


@pytest.mark.django_db
def test_what_was_meant_is_not_offered_to_who_may_not_see_it_nor_another_in_its_place(cast: Cast) -> None:
    give_role(cast.rep, {"contact": {"see": "all"}})
    body = client_for(cast.rep).get("/contract/").content.decode()
    assert 'href="/contracts/' not in body.partition("<main")[2]
    assert 'href="/contacts/' not in body.partition("<main")[2]
