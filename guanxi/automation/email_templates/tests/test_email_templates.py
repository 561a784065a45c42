"""Email templates: written by administrators, filled in with what who sends them sees."""

from __future__ import annotations

import pytest
from django.core import mail

from guanxi.api.tests.test_rest import Program
from guanxi.automation.email_templates.actions import add_template, archive_template, change_template
from guanxi.automation.email_templates.filling import fill
from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.email_templates.texts import set_template_as_text, templates_as_text
from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Run, RunStep
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db
PAGE = "/settings/email-templates/"
THREE = {
    "en": {"subject": "Hello {name}", "text": "Dear {name} of {company.name},\n{sender}, {firm}"},
    "zh-hans": {"subject": "{name}：您好", "text": "{name}，您好。{company.name}"},
    "zh-hant": {"subject": "{name}：您好", "text": "{name}，您好。{company.name}"},
}  # fmt: skip


def written(cast, **more):
    return add_template(object="contact", title="Hello", texts=THREE, by=actor(cast.admin), **more)


def person(cast, **values):
    by = actor(cast.rep)
    company = create_record(object="company", values={"name": "青禾"}, by=by)
    values = {"name": "Wang {url}", "company": company.pk, "emails": "wang@q.example", **values}
    return create_record(object="contact", values=values, by=by)


def test_it_is_filled_in_in_the_language_of_who_gets_it(cast):
    with in_workspace(cast.xishan.pk):
        row = written(cast)
        english = fill(row, person(cast, language="en").pk, by=actor(cast.rep))
        assert english.subject == "Hello Wang {url}", "what stands in a field is no hole"
        assert english.text.startswith("Dear Wang {url} of 青禾,\n")
        assert fill(row, person(cast, name="王").pk, by=actor(cast.rep)).language == "zh-hans"
        only = change_template(row.pk, texts={"zh-hant": THREE["zh-hant"]}, by=actor(cast.admin))
        assert fill(only, person(cast, name="李").pk, by=actor(cast.rep)).language == "zh-hant"


def test_who_does_not_see_the_record_fills_in_nothing(cast):
    with in_workspace(cast.xishan.pk):
        row, record = written(cast), person(cast)
        with pytest.raises(NotFound):
            fill(row, record.pk, by=actor(cast.stranger))


@pytest.mark.parametrize(
    ("texts", "where"),
    [
        ({}, "texts"),
        ({"fr": {"subject": "Bonjour", "text": "…"}}, "texts.fr"),
        ({"en": {"subject": "", "text": "no subject"}}, "texts.en.subject"),
        ({"en": {"subject": "no text", "text": ""}}, "texts.en.text"),
        ({"en": {"subject": "x", "text": "{no_such_field}"}}, "texts.en.text"),
        ({"en": {"subject": "{company.no_such}", "text": "x"}}, "texts.en.subject"),
        (["en"], "texts"),
    ],
)
def test_what_makes_no_sense_is_named(cast, texts, where):
    with in_workspace(cast.xishan.pk):
        with pytest.raises(InvalidValues) as problem:
            add_template(object="contact", title="x", texts=texts, by=actor(cast.admin))
        assert list(problem.value.errors) == [where]
        assert not EmailTemplate.objects.exists()


def test_only_administrators_write_them(cast):
    with in_workspace(cast.xishan.pk):
        row = written(cast)
        for who in (cast.rep, cast.stranger):
            with pytest.raises(Refused):
                change_template(row.pk, title="mine", by=actor(who))
    assert client_for(cast.rep).get("/settings/email-templates/").status_code == 403
    assert (
        client_for(cast.rep).post(f"/settings/email-templates/{row.pk}/", {"do": "archive"}).status_code
        == 403
    )


def test_an_administrator_makes_one_in_forms_and_reads_it_for_a_record(cast):
    with in_workspace(cast.xishan.pk):
        record = person(cast, language="en")
    client = client_for(cast.admin)
    here = client.post(PAGE, {"object": "contact", "title": "After the fair"})["Location"]
    typed = {f"{part}-{language}": said[part] for language, said in THREE.items() for part in said}
    assert client.post(here, {"do": "save", "title": "After the fair", **typed}).status_code == 302
    page = client.get(f"{here}?record={record.pk}").content.decode()
    assert "Hello Wang {url}" in page
    typed = {"do": "save", "title": "x", "subject-en": "{nothing}", "text-en": "kept words"}
    wrong = client.post(here, typed)
    assert (wrong.status_code, "kept words" in wrong.content.decode()) == (422, True)
    assert client.post(here, {"do": "archive"}).status_code == 302
    assert f'href="{here}"' not in client.get(PAGE).content.decode()
    assert f'href="{here}"' in client.get(f"{PAGE}?archived").content.decode()
    assert client.post(here, {"do": "restore"}).status_code == 302
    assert f'href="{here}"' in client.get(PAGE).content.decode()


def test_a_workflow_sends_it_to_each_in_their_language(cast):
    with in_workspace(cast.xishan.pk):
        row = written(cast, name="hello")
        settle()
        cast.admin.user.language = "zh-hant"
        cast.admin.user.save()
        step = {"do": "email", "template": "hello", "to": ["admins", "{emails}"]}
        recipe = {"when": {"kind": "fact", "verb": "created"}, "steps": [step]}
        add_workflow(object="contact", title="Hello", recipe=recipe, by=actor(cast.admin), on=True)
        person(cast, name="Wang", language="en")
        settle()
        sent = {one.to[0]: one for one in mail.outbox if "Wang" in one.subject}
        assert sent["wang@q.example"].subject == "Hello Wang"
        assert sent[cast.admin.user.email].subject == "Wang：您好"
        assert RunStep.objects.get(kind="email").result["template"] == "hello"
        archive_template(row.pk, by=actor(cast.admin))
        person(cast, name="Li")
        settle()
        assert Run.objects.order_by("-pk").first().state == "failed"


def test_a_step_has_a_template_or_words_of_its_own(cast):
    with in_workspace(cast.xishan.pk):
        for parts in ({}, {"subject": "x"}, {"template": "hello", "subject": "x", "text": "y"}):
            recipe = {
                "when": {"kind": "fact", "verb": "created"},
                "steps": [{"do": "email", "to": ["owner"], **parts}],
            }
            with pytest.raises(InvalidValues):
                add_workflow(object="contact", title="x", recipe=recipe, by=actor(cast.admin))


def test_they_come_and_go_as_text(cast):
    with in_workspace(cast.xishan.pk):
        written(cast, name="hello")
        kept = templates_as_text()
        assert kept == {"contact": {"hello": {"title": "Hello", **THREE}}}
        set_template_as_text("contact", "hello", None, actor(cast.admin))
        assert templates_as_text() == {}
        set_template_as_text("contact", "hello", kept["contact"]["hello"], actor(cast.admin))
        assert templates_as_text() == kept
        with pytest.raises(InvalidValues):
            set_template_as_text("company", "hello", kept["contact"]["hello"], actor(cast.admin))


def test_one_template_stands_in_for_a_mail(cast):
    with in_workspace(cast.xishan.pk):
        texts = {"en": {"subject": "{number}", "text": "{link} {note}"}}
        one, two = (
            add_template(object="quote", title=name, texts=texts, used_for="send", by=actor(cast.admin))
            for name in ("One", "Two")
        )
        one.refresh_from_db()
        assert (one.used_for, two.used_for) == ("", "send")
        with pytest.raises(InvalidValues):
            add_template(object="contact", title="x", texts=THREE, used_for="send", by=actor(cast.admin))


def test_templates_over_the_api(cast):
    with in_workspace(cast.xishan.pk):
        record = person(cast, language="en")
    admin, rep = Program(cast.admin, ["*:read", "*:write"]), Program(cast.rep, ["*:read", "*:write"])
    sent = {"object": "contact", "title": "Hello", "name": "hello", "texts": THREE}
    assert rep("POST", "/email-templates", sent).status_code == 403
    made = admin("POST", "/email-templates", sent)
    assert made.status_code == 201
    here = f"/email-templates/{made.json()['id']}"
    assert [one["name"] for one in rep("GET", "/email-templates").json()["data"]] == ["hello"]
    read = rep("GET", f"{here}/preview?record={record.pk}").json()
    assert (read["subject"], read["language"]) == ("Hello Wang {url}", "en")
    assert rep("PATCH", here, {"title": "Mine"}).status_code == 403
    assert admin("PATCH", here, {"title": "Ours"}).json()["title"] == "Ours"
    stranger = Program(cast.stranger, ["*:read", "*:write"])
    assert stranger("GET", f"{here}/preview?record={record.pk}").status_code == 404
    outsider = Program(cast.outsider, ["*:read", "*:write"])
    assert outsider("GET", here).status_code == 404
    assert outsider("GET", "/email-templates").json()["data"] == []
    assert admin("POST", f"{here}/archiving", {}).json()["archived_at"]
    assert rep("GET", here).status_code == 404, "archived ones are for administrators"
    assert admin("POST", f"{here}/restoration", {}).json()["archived_at"] is None
