"""An email from the page of a record: begun with a template, sent, and kept on the timeline."""

from __future__ import annotations

import pytest
from django.core import mail

from guanxi.automation.email_templates.actions import add_template
from guanxi.collaboration.activities.models import Activity
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

HTMX = {"HX-Request": "true"}


@pytest.fixture
def contact(cast: Cast):
    with in_workspace(cast.xishan.pk):
        values = {"name": "王若溪", "emails": "wang@q.example", "language": "zh-hans"}
        return create_record(object="contact", values=values, by=actor(cast.rep))


@pytest.fixture
def template(cast: Cast):
    with in_workspace(cast.xishan.pk):
        texts = {"zh-hans": {"subject": "{name}：您好", "text": "{name}，您好。\n{sender}"}}
        return add_template(object="contact", title="问候", texts=texts, by=actor(cast.admin))


def test_a_template_fills_the_composer_in(cast, contact, template):
    client = client_for(cast.rep)
    empty = client.get(f"/contacts/{contact.pk}/letter/", headers=HTMX).content.decode()
    assert 'value="wang@q.example"' in empty
    assert "问候" in empty
    filled = client.get(
        f"/contacts/{contact.pk}/letter/?template={template.pk}&to=li@q.example", headers=HTMX
    )
    for words in ('value="li@q.example"', 'value="王若溪：您好"', "王若溪，您好。\n林知遥"):
        assert words in filled.content.decode()
    assert client.get(f"/contacts/{contact.pk}/letter/").status_code == 200, "also without JavaScript"


def test_it_is_sent_and_kept(cast, contact, django_capture_on_commit_callbacks):
    given = {
        "kind": "email",
        "to": "wang@q.example, li@q.example",
        "subject": "Fair",
        "body": "See you there",
    }
    with django_capture_on_commit_callbacks(execute=True):
        response = client_for(cast.rep).post(f"/contacts/{contact.pk}/activities/", given, headers=HTMX)
    assert response.status_code == 200
    with in_workspace(cast.xishan.pk):
        run_pending_jobs()
        kept = Activity.objects.get()
    assert (kept.kind, kept.subject, kept.body, kept.direction) == ("email", "Fair", "See you there", "out")
    sent = [one for one in mail.outbox if one.subject == "Fair"]
    assert sorted(one.to[0] for one in sent) == ["li@q.example", "wang@q.example"]
    assert {tuple(one.reply_to) for one in sent} == {(cast.rep.user.email,)}
    assert "Auto-Submitted" not in sent[0].extra_headers


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": ""},
        {"to": "no address"},
        {"subject": ""},
        {"body": ""},
        {"to": ",".join(f"{n}@q.example" for n in range(30))},
    ],
)
def test_nothing_is_sent_of_half_an_email(cast, contact, wrong):
    given = {"kind": "email", "to": "wang@q.example", "subject": "Fair", "body": "See you there", **wrong}
    response = client_for(cast.rep).post(f"/contacts/{contact.pk}/activities/", given, headers=HTMX)
    assert response.status_code == 422
    with in_workspace(cast.xishan.pk):
        run_pending_jobs()
        assert not Activity.objects.exists()
    assert not mail.outbox


def test_neither_the_stranger_nor_the_outsider_writes_it(cast, contact, template):
    given = {"kind": "email", "to": "wang@q.example", "subject": "Fair", "body": "See you there"}
    for who in (cast.stranger, cast.outsider):
        client = client_for(who)
        assert client.get(f"/contacts/{contact.pk}/letter/?template={template.pk}").status_code == 404
        assert client.post(f"/contacts/{contact.pk}/activities/", given).status_code == 404


def test_a_template_of_another_kind_is_none(cast, contact):
    with in_workspace(cast.xishan.pk):
        texts = {"en": {"subject": "{name}", "text": "x"}}
        other = add_template(object="company", title="Firm", texts=texts, by=actor(cast.admin))
    address = f"/contacts/{contact.pk}/letter/?template={other.pk}"
    assert client_for(cast.rep).get(address).status_code == 404
