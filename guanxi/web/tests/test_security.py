"""The headers of every answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p>" + "page " * 200)


urlpatterns = [path("page/", page)]
here = override_settings(ROOT_URLCONF=__name__)


@here
def test_scripts_and_styles_come_from_our_own_files(client: Client, db: None) -> None:
    answer = client.get("/page/")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "connect-src 'self';" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


@here
@override_settings(EVENTS_PORT=8124)
def test_the_browser_may_listen_to_the_events_process_of_the_same_host(client: Client, db: None) -> None:
    policy = client.get("/page/", headers={"host": "crm.lan:8123"})["Content-Security-Policy"]
    assert "connect-src 'self' http://crm.lan:8124;" in policy


@here
def test_pages_are_compressed(client: Client, db: None) -> None:
    assert client.get("/page/", headers={"accept-encoding": "gzip"})["Content-Encoding"] == "gzip"
