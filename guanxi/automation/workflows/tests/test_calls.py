import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from guanxi.automation.workflows import robots
from guanxi.automation.workflows.actions import add_workflow, retry_run
from guanxi.automation.workflows.jobs import look_at_the_clock
from guanxi.automation.workflows.models import Run, RunStep, Workflow
from guanxi.automation.workflows.tests.settling import settle
from guanxi.automation.workflows.tests.standin import standin
from guanxi.platform.calls.calling import CallFailed, call, sign
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor


@pytest.fixture
def other(settings):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    with standin() as found:
        yield found


def begin(cast, *steps):
    Workflow.objects.all().delete()
    settle()
    recipe = {"when": {"kind": "fact", "verb": "created"}, "steps": list(steps)}
    row = add_workflow(object="company", title="Call", recipe=recipe, by=actor(cast.admin), on=True)
    create_record(object="company", values={"name": "青禾"}, by=actor(cast.rep))
    settle()
    return row


def test_a_call_is_signed_and_carries_its_key(cast, other):
    with in_workspace(cast.xishan.pk):
        row = begin(
            cast, {"do": "call", "url": f"{other.url}/in?x=1", "body": {"firm": "{name}", "level": "{level}"}}
        )
        (sent,) = other.calls
        assert (sent["path"], json.loads(sent["body"])) == ("/in?x=1", {"firm": "青禾", "level": None})
        at = int(sent["headers"]["Guanxi-Signature"].split(",")[0][2:])
        assert sent["headers"]["Guanxi-Signature"] == sign(sent["body"], row.signing_key, at=at)
        step = RunStep.objects.get()
        assert sent["headers"]["Idempotency-Key"] == step.key
        assert (step.state, step.result["status"], Run.objects.get().state) == ("done", 200, "done")


def test_500_is_tried_again_with_longer_pauses_then_parked_and_shown(cast, other):
    other.answer(500, "down")
    with in_workspace(cast.xishan.pk):
        begin(cast, {"do": "call", "url": other.url})
        waited = timedelta()
        while (run := Run.objects.get()).state == "waiting":
            waited += run.next_at - timezone.now()
            Run.objects.update(next_at=timezone.now())
            look_at_the_clock.call()
            settle()
        assert (run.state, len(other.calls)) == ("parked", 6)
        assert timedelta(minutes=59) < waited < timedelta(minutes=65)
        assert run.error == "对方系统答复 500。", "in the language of the workspace"
        assert len({one["headers"]["Idempotency-Key"] for one in other.calls}) == 1
        other.answer(204)
        retry_run(run.pk, by=actor(cast.admin))
        settle()
        assert Run.objects.get().state == "done"
        assert len({one["headers"]["Idempotency-Key"] for one in other.calls}) == 1


def test_addresses_inside_are_refused_also_after_a_redirect(cast, settings, monkeypatch):
    settings.CALLS_ALLOWED = []
    for url in (
        "http://127.0.0.1:1/", "http://localhost:1/", "http://10.0.0.1/", "http://169.254.169.254/latest/",
        "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://0.0.0.0/", "http://2130706433/",
    ):  # fmt: skip
        with pytest.raises(CallFailed) as refused:
            call("POST", url, headers={}, body=b"")
        assert not refused.value.passing, url
    with standin() as first:
        settings.CALLS_ALLOWED = ["front.example"]
        port = first.url.rpartition(":")[2]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more)
        )
        first.answer(302, Location=f"http://inside.example:{port}/secret")
        with pytest.raises(CallFailed) as refused:
            call("POST", f"http://front.example:{port}/", headers={"Authorization": "Bearer x"}, body=b"{}")
        assert not refused.value.passing
        assert len(first.calls) == 1


def test_the_address_that_was_looked_at_is_the_one_that_is_called(settings, monkeypatch):
    """DNS rebinding: the second answer for the same name is another one; nobody asks for it."""
    settings.CALLS_ALLOWED = []
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))]]
    connected = []

    def look(host, *rest, **more):
        return answers.pop(0)  # a second look would raise

    def connect(address, timeout):
        connected.append(address)
        raise OSError("stop here")

    monkeypatch.setattr(socket, "getaddrinfo", look)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(CallFailed):
        call("GET", "http://rebind.example/", headers={}, body=None)
    assert connected == [("93.184.216.34", 80)]


def test_a_target_that_hangs_is_cut(other):
    other.hangs = 2.0
    with pytest.raises(CallFailed) as cut:
        call("POST", other.url, headers={}, body=b"{}", seconds=0.3)
    assert cut.value.passing


def test_robots_are_spoken_to_as_their_makers_document_it(cast, other):
    with in_workspace(cast.xishan.pk):
        secret = "SEC1"
        begin(
            cast,
            *(
                {
                    "do": "robot",
                    "robot": name,
                    "url": f"{other.url}/{name}?key=1",
                    "secret": secret,
                    "text": "{name} 到了",
                }
                for name in ("wecom", "dingtalk", "feishu")
            ),
        )
        wecom, dingtalk, feishu = other.calls
        assert json.loads(wecom["body"]) == {"msgtype": "text", "text": {"content": "青禾 到了"}}
        assert json.loads(dingtalk["body"]) == {"msgtype": "text", "text": {"content": "青禾 到了"}}
        assert "&timestamp=" in dingtalk["path"]
        assert "&sign=" in dingtalk["path"]
        body = json.loads(feishu["body"])
        assert (body["msg_type"], body["content"]) == ("text", {"text": "青禾 到了"})
        mac = hmac.new(f"{body['timestamp']}\n{secret}".encode(), b"", hashlib.sha256).digest()
        assert body["sign"] == base64.b64encode(mac).decode()
        assert Run.objects.get().state == "done"
        assert secret not in json.dumps(list(RunStep.objects.values_list("input", flat=True)))


def test_a_robot_that_refuses_with_200_has_not_taken_the_message(cast, other):
    other.answer(200, '{"errcode": 93000, "errmsg": "invalid webhook url"}')
    with in_workspace(cast.xishan.pk):
        begin(cast, {"do": "robot", "robot": "wecom", "url": other.url, "text": "x"})
        run = Run.objects.get()
        assert run.state == "failed"
        assert "invalid webhook url" in run.error
    refused = robots.refused("dingtalk", '{"errcode": 130101, "errmsg": "send too fast"}')
    assert refused is not None
    assert refused[1]
