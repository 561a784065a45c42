"""Browsers hear of facts: what they may, at once, and nothing twice after a reconnect."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import transaction

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import state_fact
from guanxi.platform.events.relay import run_relay_once
from guanxi.platform.events.sse import Happened, _behind, _is_ours, fact_message
from guanxi.platform.events.tests.hearing import hearing
from guanxi.platform.identity.actors import Actor, Grant, Reach
from guanxi.platform.identity.models import Member
from guanxi.platform.jobs.tests.processes import start, wait_until
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, make_cast


def reaching(**reaches: Reach) -> Actor:
    return Actor(1, "member", "x", grants={name: Grant(see=reach) for name, reach in reaches.items()})


def told(message: bytes):
    lines = dict(line.split(": ", 1) for line in message.decode().strip().splitlines())
    return int(lines["id"]), json.loads(lines["data"])


def test_ids_are_told_only_to_who_sees_all_rows():
    happened = [Happened(3, "deal", "won", 7), Happened(5, "contact", "created", 8)]
    message = fact_message(reaching(deal=Reach.ALL, contact=Reach.TEAM), happened)
    assert told(message) == (5, [{"object": "deal", "verb": "won", "id": "7"}, {"object": "contact"}])


def test_nothing_is_told_of_objects_that_a_member_does_not_see():
    assert fact_message(reaching(deal=Reach.NONE), [Happened(3, "deal", "won", 7)]) == b""


def test_many_facts_of_an_object_are_told_as_one():
    many = [Happened(n, "contact", "created", n) for n in range(1, 1000)]
    assert told(fact_message(reaching(contact=Reach.ALL), many)) == (999, [{"object": "contact"}])


def test_other_sites_are_refused():
    assert _is_ours("http://crm.example:8000", "crm.example:8001")
    assert _is_ours(settings.SITE_URL, "elsewhere:1")
    assert not _is_ours("https://evil.example", "crm.example:8001")
    assert not _is_ours("null", "crm.example:8001")


def test_facts_are_told_when_the_consumers_have_passed_them(state, firm):
    state()
    run_relay_once()
    with hearing("timeline"):
        assert _behind({firm.id: 0}) == {firm.id: (1, 1)}
        drain_events()
        state()
        run_relay_once()
        assert _behind({firm.id: 1}) == {firm.id: (2, 1)}
        drain_events()
        assert _behind({firm.id: 1}) == {firm.id: (2, 2)}
        assert _behind({firm.id: 2}) == {}


# --- the real process ---

served = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Browser:
    """An EventSource: collects (id, event, data) in a thread."""

    def __init__(self, port: int, cookie: str, last_event_id: str = "") -> None:
        self.heard: list[tuple[int, str, list[dict[str, str]]]] = []
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{port - 1}"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self.connection.request("GET", "/events/", headers=headers)
        self.response = self.connection.getresponse()
        if self.response.status == 200:
            threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        fields: dict[str, str] = {}
        try:
            while raw := self.response.readline():
                line = raw.decode().rstrip("\n")
                if not line and "event" in fields:
                    self.heard.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
                    fields = {}
                elif ": " in line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
        except (OSError, ValueError, AttributeError):
            return  # closed

    def facts(self) -> list[dict[str, str]]:
        """What it was told of deals; the cast's own facts (members, teams) are told too."""
        told = [one for _, event, data in self.heard if event == "fact" for one in data]
        return [one for one in told if one["object"] == "deal"]

    def close(self) -> None:
        if self.connection.sock:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()


@contextmanager
def events_process():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(
        *("-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)),
        *(
            "--http",
            "1",
            "--no-ws",
            "--log-level",
            "warning",
            "--workers-kill-timeout",
            "1",
            "guanxi.config.asgi:application",
        ),
    )

    def answers() -> bool:
        try:
            return Browser(port, "").response.status == 401
        except OSError:
            return False

    try:
        wait_until(answers, seconds=120)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def cookie_of(member: Member) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={client_for(member).cookies[settings.SESSION_COOKIE_NAME].value}"


def change(member: Member, object: str, record_id: int) -> None:
    with in_workspace(member.workspace_id), transaction.atomic():
        state_fact(object, "changed", record_id, by=actor(member))


@pytest.fixture
def people() -> Cast:
    return make_cast()


class TestServed:
    pytestmark = served

    def test_a_fact_reaches_the_browsers_that_may_know(self, people):
        worker = start("manage.py", "worker")
        try:
            with events_process() as port:
                browsers = [Browser(port, cookie_of(m)) for m in (people.admin, people.rep, people.outsider)]
                wait_until(lambda: all(browser.heard for browser in browsers))
                change(people.admin, "deal", 1)  # the worker may still be starting
                wait_until(lambda: browsers[0].facts(), seconds=40)
                for number in range(42, 47):
                    change(people.admin, "deal", number)
                    told = {"object": "deal", "verb": "changed", "id": str(number)}
                    wait_until(lambda told=told: told in browsers[0].facts())  # type: ignore[misc]
                wait_until(lambda: browsers[1].facts() == [{"object": "deal"}] * 6)
                assert browsers[2].facts() == []
        finally:
            worker.kill()
            worker.wait()

    def test_after_a_reconnect_nothing_is_missing_and_nothing_comes_twice(self, people):
        with events_process() as port:
            cookie = cookie_of(people.admin)
            run_relay_once()
            browser = Browser(port, cookie)
            wait_until(lambda: browser.heard)
            change(people.admin, "deal", 1)
            run_relay_once()
            wait_until(browser.facts)
            last_id = str(browser.heard[-1][0])
            browser.close()
            for number in (2, 3):
                change(people.admin, "deal", number)
            run_relay_once()
            again = Browser(port, cookie, last_id)
            wait_until(again.facts)
            change(people.admin, "deal", 4)
            run_relay_once()
            wait_until(lambda: len(again.facts()) >= 3)
            assert [fact["id"] for fact in again.facts()] == ["2", "3", "4"]

    def test_who_is_signed_out_or_foreign_gets_nothing(self, people):
        with events_process() as port:
            assert Browser(port, "").response.status == 401
            assert Browser(port, f"{settings.SESSION_COOKIE_NAME}=made-up").response.status == 401
            evil = http.client.HTTPConnection("127.0.0.1", port)
            evil.request(
                "GET",
                "/events/",
                headers={"Cookie": cookie_of(people.admin), "Origin": "https://evil.example"},
            )
            assert evil.getresponse().status == 403

    def test_who_leaves_is_told_goodbye(self, people):
        with events_process() as port:
            browser = Browser(port, cookie_of(people.rep))
            wait_until(lambda: browser.heard)
            with in_workspace(people.xishan.pk), transaction.atomic():
                Member.objects.filter(pk=people.rep.pk).update(left_at="2026-01-01T00:00:00Z")
            change(people.admin, "member", people.rep.pk)
            run_relay_once()
            wait_until(lambda: browser.heard[-1][1] == "bye")
