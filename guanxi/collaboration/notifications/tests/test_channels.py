"""By which channels a member is told, and when: quiet hours, urgent kinds, digests, browsers, a robot."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core import mail
from django.test import Client
from django.utils import timezone

from guanxi.automation.workflows.tests.standin import standin
from guanxi.collaboration.notifications.actions import MOST_BROWSERS, add_browser
from guanxi.collaboration.notifications.choices import Wishes, choose
from guanxi.collaboration.notifications.consumers import notify
from guanxi.collaboration.notifications.models import Browser, Notification, NotificationChoice, Sending
from guanxi.collaboration.notifications.sending import send_when_due
from guanxi.platform.calls.calling import CallFailed
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact, Subscription
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import PASSWORD, Cast, actor, client_for

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NIGHT = (time(22), time(7))
PAGE = "/settings/notifications/"


@pytest.fixture
def at_work(cast: Cast):
    Subscription.objects.create(consumer="notifications", since=0)
    with in_workspace(cast.xishan.pk):
        yield cast


def hand_over(cast: Cast, *names: str) -> None:
    for name in names:
        contact = create_record(object="contact", values={"name": name}, by=actor(cast.admin))
        change_record(contact, {"owner": cast.manager.pk}, by=actor(cast.admin))
        drain_events()


def wait_is_over(member) -> None:
    Sending.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    send_when_due(member.pk)
    run_pending_jobs()


@pytest.mark.parametrize(
    ("wishes", "kind", "channel", "now", "due"),
    [
        # 23:30 in Shanghai waits for 07:00 there; what is urgent does not, and noon is loud
        (Wishes(quiet=NIGHT), "assigned", "push", "22T15:30", "22T23:00"),
        (Wishes(quiet=NIGHT), "reminder", "push", "22T15:30", "22T15:30"),
        (Wishes(quiet=NIGHT), "assigned", "push", "22T04:00", "22T04:00"),
        (Wishes(quiet=NIGHT, marks={"assigned": ["urgent"]}), "assigned", "email", "22T15:30", "22T15:30"),
        (Wishes(quiet=NIGHT, marks={"reminder": []}), "reminder", "email", "22T15:30", "22T23:00"),
        # the end itself is loud; a span within one day; from noon to noon is none
        (Wishes(quiet=NIGHT), "assigned", "push", "22T23:00", "22T23:00"),
        (Wishes(quiet=(time(12), time(14))), "assigned", "push", "22T05:00", "22T06:00"),
        (Wishes(quiet=(time(12), time(12))), "assigned", "push", "22T04:00", "22T04:00"),
        # mail waits for the digest, and the digest for the end of quiet hours; browsers know no digest
        (Wishes(digest="daily"), "assigned", "email", "22T04:00", "23T00:00"),
        (Wishes(digest="daily"), "assigned", "push", "22T04:00", "22T04:00"),
        (Wishes(digest="weekly", digest_day=4), "assigned", "email", "22T04:00", "27T00:00"),
        (Wishes(digest="daily", quiet=(time(22), time(9))), "assigned", "email", "22T04:00", "23T01:00"),
    ],
)
def test_when_it_goes(wishes, kind, channel, now, due):
    assert wishes.due(kind, channel, _november(now), SHANGHAI) == _november(due)


def test_quiet_hours_end_once_when_clocks_change():
    wishes = Wishes(quiet=(time(23), time(2, 30)))
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30; there is no 02:30 in that night
    assert wishes.due("assigned", "push", spring, BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    autumn = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15 for the second time
    assert wishes.due("assigned", "push", autumn, BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_what_waits_is_one_mail_and_nothing_goes_twice(at_work):
    choose({"marks": {"assigned": ["email"]}, "digest": "daily"}, by=actor(at_work.manager))
    hand_over(at_work, "王若溪", "何静", "陆远")
    run_pending_jobs()
    assert mail.outbox == []
    assert Sending.objects.count() == 3
    notify(list(Fact.objects.order_by("position")))  # heard once more
    assert Sending.objects.count() == 3
    read = Notification.objects.order_by("pk").first()
    Notification.objects.filter(pk=read.pk).update(read_at=timezone.now())
    wait_is_over(at_work.manager)
    wait_is_over(at_work.manager)
    (sent,) = mail.outbox
    assert sent.to == ["zhou@xishan.example"]
    assert "2" in sent.subject
    assert "何静" in sent.body
    assert "陆远" in sent.body
    assert "王若溪" not in sent.body
    assert sent.extra_headers["Message-ID"].startswith("<")
    assert not Sending.objects.exists()


def test_rights_are_asked_when_it_goes(at_work):
    quiet = {"quiet_from": "00:00", "quiet_until": "23:59"}
    choose({"marks": {"assigned": ["email"]}, **quiet}, by=actor(at_work.manager))
    hand_over(at_work, "王若溪")
    contact = registry.get("contact").model_class.objects.get(pk=Notification.objects.get().record_id)
    elsewhere = {"owner": at_work.stranger.pk, "team": at_work.north.pk}
    change_record(contact, elsewhere, by=actor(at_work.admin))
    wait_is_over(at_work.manager)
    assert mail.outbox == []


def test_who_chooses_anew_is_not_left_waiting(at_work):
    choose({"marks": {"assigned": ["email"]}, "digest": "weekly"}, by=actor(at_work.manager))
    hand_over(at_work, "王若溪")
    choose({"digest": ""}, by=actor(at_work.manager))
    run_pending_jobs()
    assert len(mail.outbox) == 1
    choose({"digest": "weekly"}, by=actor(at_work.manager))
    hand_over(at_work, "何静")
    choose({"marks": {"assigned": []}}, by=actor(at_work.manager))
    assert not Sending.objects.exists()


def test_what_is_only_sent_stands_as_read(at_work):
    choose({"kinds": {"assigned": False}, "marks": {"assigned": ["email"]}}, by=actor(at_work.manager))
    hand_over(at_work, "王若溪")
    run_pending_jobs()
    assert len(mail.outbox) == 1
    assert "王若溪" in mail.outbox[0].subject
    assert Notification.objects.get().read_at is not None


def test_a_browser_gets_what_only_it_can_read_and_a_gone_one_is_forgotten(at_work, settings):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    private = ec.generate_private_key(ec.SECP256R1())
    client_for(at_work.manager)  # signed in somewhere
    choose({"marks": {"assigned": ["push"]}}, by=actor(at_work.manager))
    with standin() as service:
        given = _subscribed(f"{service.url}/send/1", private)
        browser = add_browser(**given, name="Firefox", by=actor(at_work.manager))
        hand_over(at_work, "王若溪")
        run_pending_jobs()
        (call,) = service.calls
        assert call["headers"]["Content-Encoding"] == "aes128gcm"
        said = json.loads(_opened(call["body"], private, b"a" * 16))
        assert "王若溪" in said["body"]
        assert said["url"].endswith(f"/notifications/{Notification.objects.get().pk}/")
        service.answer(503)
        hand_over(at_work, "何静")
        with pytest.raises(CallFailed):
            run_pending_jobs()
        assert Browser.objects.filter(pk=browser.pk).exists()  # it is tried again
        service.answer(410)
        hand_over(at_work, "陆远")
        run_pending_jobs()
        assert not Browser.objects.exists()


def test_a_browser_is_told_until_its_session_ends(at_work, settings):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    choose({"marks": {"assigned": ["push"]}}, by=actor(at_work.manager))
    clients = [Client(), Client(), Client()]
    with standin() as service:
        for at, client in enumerate(clients):
            signed = client.post("/sign-in/", {"email": "zhou@xishan.example", "password": PASSWORD})
            assert signed.status_code in (302, 303)
            given = _subscribed(f"{service.url}/{at}", ec.generate_private_key(ec.SECP256R1()))
            assert client.post(f"{PAGE}browsers/", given).status_code in (302, 303)
        new = {"current": PASSWORD, "password": "another-bridge-42", "again": "another-bridge-42"}
        assert clients[0].post("/settings/security/", new).status_code in (302, 303)
        hand_over(at_work, "王若溪")
        run_pending_jobs()
        # A new password ends the others; the browser in which it was set goes on under another key.
        assert [one["path"] for one in service.calls] == ["/0"]
        assert Browser.objects.count() == 1
        assert clients[0].get(PAGE).content.count(b'name="remove"') == 1
        clients[0].post("/sign-out/")
        again = client_for(at_work.manager)  # signed in elsewhere, the first browser stays silent
        hand_over(at_work, "何静")
        run_pending_jobs()
        assert len(service.calls) == 1
        assert again.get(PAGE).content.count(b'name="remove"') == 0


def test_a_robot_says_it_in_the_group(at_work, settings):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    with standin() as chat:
        robot = {"robot": "feishu", "robot_url": f"{chat.url}/hook", "robot_secret": "s"}
        choose({"marks": {"assigned": ["robot"]}, **robot}, by=actor(at_work.manager))
        hand_over(at_work, "王若溪")
        run_pending_jobs()
        body = json.loads(chat.calls[0]["body"])
        assert "王若溪" in body["content"]["text"]
        assert body["sign"]


def test_the_page_keeps_what_is_chosen_and_says_what_is_wrong(at_work):
    client = client_for(at_work.manager)
    sent = {
        "app:assigned": "1", "email:assigned": "1", "urgent:assigned": "1", "quiet_from": "22:00",
        "quiet_until": "07:00", "digest": "weekly", "digest_hour": "9", "digest_day": "4", "robot": "wecom",
        "robot_url": "https://robots.example/x", "robot_secret": "hush-hush",
    }  # fmt: skip
    assert client.post(PAGE, sent).status_code == 303
    row = NotificationChoice.objects.get()
    assert (row.channels["assigned"], row.kinds["reminder"]) == (["email", "urgent"], False)
    assert (row.quiet_from, row.digest, row.digest_hour, row.digest_day) == (time(22), "weekly", 9, 4)
    page = client.get(PAGE).content.decode()
    assert "robots.example" not in page
    assert "hush-hush" not in page
    assert client.post(PAGE, {**sent, "quiet_until": ""}).status_code == 422
    assert client.post(PAGE, {**sent, "robot_url": "file:///etc/passwd"}).status_code == 422
    assert (
        client.post(PAGE, {**sent, "digest_hour": "99", "robot_url": "", "robot_secret": ""}).status_code
        == 303
    )
    row.refresh_from_db()
    assert (row.robot_url, row.robot_secret) == ("https://robots.example/x", "hush-hush")
    assert row.digest_hour == 23
    other = {**sent, "robot": "feishu", "robot_url": "", "robot_secret": ""}
    assert client.post(PAGE, other).status_code == 422, "another robot has another address"
    assert "robots.example" not in client_for(at_work.rep).get(PAGE).content.decode()


def test_browsers_are_their_members_own(at_work):
    good = _subscribed("https://push.example/1", ec.generate_private_key(ec.SECP256R1()))
    client, other = client_for(at_work.manager), client_for(at_work.rep)
    client.post(f"{PAGE}browsers/", {**good, "key": "x"})
    assert not Browser.objects.exists()
    for _twice in range(2):
        assert client.post(f"{PAGE}browsers/", good).status_code in (302, 303)
    row = Browser.objects.get()
    assert row.member_id == at_work.manager.pk
    assert other.post(f"{PAGE}browsers/", {"remove": str(row.pk)}).status_code == 404
    assert client.post(f"{PAGE}browsers/", {"remove": str(row.pk)}).status_code == 302
    for at in range(MOST_BROWSERS + 2):
        add_browser(**{**good, "endpoint": f"https://push.example/{at}"}, name="", by=actor(at_work.rep))
    assert Browser.objects.count() == MOST_BROWSERS
    assert b"showNotification" in client.get("/push-worker.js").content


def _november(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def _subscribed(endpoint: str, private: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    return {"endpoint": endpoint, "key": _text(_point(private)), "auth": _text(b"a" * 16)}


def _opened(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What a browser does with it: RFC 8291 from the other side."""
    salt, theirs, sealed = body[:16], body[21:86], body[86:]
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    secret = _derived(shared, auth, b"WebPush: info\0" + _point(private) + theirs, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    return AESGCM(key).decrypt(nonce, sealed, None).removesuffix(b"\x02")


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _point(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
