"""What is told of records that are here already: while typing, by the API, in imports, and to whom."""

from __future__ import annotations

import json

import pytest
from django.db import transaction

from guanxi.people.contacts.models import Contact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.duplicates.finding import find_alike, find_twins
from guanxi.platform.records.duplicates.keeping import fill_keys, fill_some
from guanxi.platform.records.duplicates.models import KeysFilled, MatchKey
from guanxi.platform.records.duplicates.rules import set_rule
from guanxi.platform.records.writing import archive_record, change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for, give_role

pytestmark = pytest.mark.django_db


def make(member, object: str, **values):
    with in_workspace(member.workspace_id), transaction.atomic():
        return create_record(object=object, values=values, by=actor(member))


def rule(member, object: str, action: str = "warn", others: str = "exists", kinds: tuple[str, ...] = ()):
    by = actor(member)
    with in_workspace(member.workspace_id), transaction.atomic():
        obj = registry.get(object)
        set_rule(obj, action=action, kinds=kinds or ("phone", "email"), others=others, by=by)


def alike(member, object: str, **values):
    with in_workspace(member.workspace_id), transaction.atomic():
        return find_alike(registry.get(object), values, by=actor(member))


def typed(member, object: str, **query: str) -> str:
    return client_for(member).get(f"/{object}/alike/", query).content.decode()


def test_a_company_is_found_by_its_core_in_either_script(cast):
    made = make(cast.rep, "company", name="杭州青禾水务集团有限公司", website="https://www.qinghe.example/a")
    for name in ("青禾水務", "青禾水务股份有限公司", "Qinghe Shuiwu Co., Ltd."):
        assert [one.ref.id for one in alike(cast.rep, "company", name=name)] == [made.pk], name
    assert not alike(cast.rep, "company", name="清和水务有限公司")  # sounds so, and is another one
    found = alike(cast.rep, "company", name="Other", emails=[{"email": "info@qinghe.example"}])
    assert [one.ref.id for one in found] == [made.pk]


def test_a_person_is_found_by_number_mailbox_and_name_at_the_same_company(cast):
    company = make(cast.rep, "company", name="Firm")
    made = make(cast.rep, "contact", name="王若溪", company=company.pk, phones="138 5710 4426")
    by_phone = [{"number": "+8613857104426"}]
    assert [one.ref.id for one in alike(cast.rep, "contact", name="x", phones=by_phone)] == [made.pk]
    assert [one.ref.id for one in alike(cast.rep, "contact", name="王若溪", company=company.pk)] == [made.pk]
    assert not alike(cast.rep, "contact", name="王若溪")  # many are called so


def test_keys_follow_every_write(cast):
    made = make(cast.rep, "contact", name="A", phones="138 5710 4426")
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        change_record(made, {"phones": "139 0000 1111"}, by=by)
        assert set(MatchKey.objects.filter(kind="phone").values_list("key", flat=True)) == {"+8613900001111"}
        change_record(made, {"name": "王若溪"}, by=by)
        assert MatchKey.objects.filter(kind="sound", key="han wangruoxi").exists()
        create_records(object="contact", rows=[{"name": "B", "wechat": "wx-77"}], by=by)
        assert MatchKey.objects.filter(kind="id", key="wechat wx77").exists()
    before = alike(cast.rep, "contact", name="x", phones=[{"number": "+8613900001111"}])
    assert before
    with in_workspace(cast.xishan.pk), transaction.atomic():
        archive_record(Contact.objects.get(pk=made.pk), by=by)
    assert not alike(cast.rep, "contact", name="x", phones=[{"number": "+8613900001111"}])


def test_older_records_get_their_keys_by_a_job_that_goes_on_where_it_stopped(cast, monkeypatch):
    monkeypatch.setattr("guanxi.platform.records.duplicates.keeping.AT_ONCE", 2)
    for number in range(5):
        make(cast.rep, "contact", name=f"C{number}", phones=f"138 5710 440{number}")
    with in_workspace(cast.xishan.pk):
        with transaction.atomic():
            MatchKey.objects.all().delete()
            fill_some(registry.get("contact"), "another scheme")
        assert MatchKey.objects.filter(kind="phone").count() == 2
        fill_keys.call(object="contact")
        assert MatchKey.objects.filter(kind="phone").count() == 5
        assert KeysFilled.objects.get(object="contact").done


def test_what_may_not_be_seen_is_told_as_the_rule_says_and_never_shown(cast):
    make(cast.stranger, "contact", name="Secret Person", phones="138 5710 4426", emails="secret@x.example")
    sent = {"name": "x", "phones-sent": "1", "phones-0-typed": "+86 138 5710 4426"}
    for others, named in (("exists", False), ("owner", True)):
        rule(cast.admin, "contact", others=others)
        page = typed(cast.rep, "contacts", **sent)
        assert "#eye-off" in page
        assert ("何北" in page) is named
        assert "Secret" not in page
        assert "secret@" not in page
    rule(cast.admin, "contact", others="nothing")
    assert typed(cast.rep, "contacts", **sent).strip() == ""
    assert typed(cast.outsider, "contacts", **sent).strip() == ""  # another workspace
    rule(cast.admin, "contact", others="owner")
    assert typed(cast.outsider, "contacts", **sent).strip() == ""
    assert client_for(cast.observer).get("/contacts/alike/", sent).status_code == 403  # may add nothing


def test_what_one_field_hides_is_not_guessed_by_typing_it_into_another(cast):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        add_field(object="contact", type="phones", label="Private", name="private", by=actor(cast.admin))
    make(
        cast.rep,
        "company",
        name="海川水务",
        emails="boss@haichuan.example",
        website="https://haichuan.example",
    )
    make(cast.rep, "company", name="Plain", emails="boss@hidden.example")
    make(cast.rep, "contact", name="Mei", phones="138 5710 4426", private="139 0000 1111")
    asked = (
        ("company", {"website": "https://haichuan.example"}, True),
        ("company", {"website": "https://hidden.example"}, False),
        ("contact", {"phones": [{"number": "+8613857104426"}]}, True),
        ("contact", {"phones": [{"number": "+8613900001111"}]}, False),
    )
    for object, values, _there in asked:
        assert alike(cast.rep, object, name="x", **values)
    hidden = {"company": {"fields": {"emails": "hidden"}}, "contact": {"fields": {"private": "masked2"}}}
    for reach in ("all", "own"):
        give_role(cast.rep, {"*": {"verbs": ["*"], "see": reach, "edit": reach}, **hidden})
        give_role(cast.stranger, {"*": {"verbs": ["*"], "see": reach, "edit": reach}, **hidden})
        for object, values, there in asked:
            for member in (cast.rep, cast.stranger):
                assert bool(alike(member, object, name="x", **values)) is there, (object, values, reach)
                with in_workspace(cast.xishan.pk), transaction.atomic():
                    (twin,) = find_twins(registry.get(object), [{"name": "x", **values}], by=actor(member))
                assert (twin is not None) is there
    rule(cast.admin, "contact", "refuse")
    make(cast.rep, "contact", name="Bo", phones="139 0000 1111")
    with pytest.raises(InvalidValues):
        make(cast.rep, "contact", name="Bo", phones="138 5710 4426")


def test_the_form_asks_while_somebody_types(cast):
    make(cast.rep, "contact", name="Mei", phones="138 5710 4426")
    form = client_for(cast.rep).get("/contacts/new/").content.decode()
    assert 'hx-get="/contacts/alike/"' in form
    page = typed(cast.rep, "contacts", **{"name": "x", "phones-sent": "1", "phones-0-typed": "13857104426"})
    assert "Mei" in page
    assert typed(cast.rep, "contacts", **{"phones-sent": "1", "phones-0-typed": "nonsense"}).strip() == ""
    rule(cast.admin, "contact", "off")
    assert 'hx-get="/contacts/alike/' not in client_for(cast.rep).get("/contacts/new/").content.decode()


def test_a_rule_that_refuses_holds_at_every_door(cast):
    first = make(cast.rep, "contact", name="Mei", phones="138 5710 4426")
    rule(cast.admin, "contact", "refuse")
    with pytest.raises(InvalidValues) as told:
        make(cast.rep, "contact", name="x", phones="+8613857104426")
    assert "Mei" in told.value.errors["phones"][0].message
    with pytest.raises(InvalidValues) as told:
        make(cast.stranger, "contact", name="x", phones="+8613857104426")
    assert "Mei" not in told.value.errors["phones"][0].message
    other = make(cast.rep, "contact", name="y")
    browser = client_for(cast.rep)
    for answer in (
        browser.post(
            "/api/v1/contacts", json.dumps({"name": "x", "phones": "13857104426"}), "application/json"
        ),
        browser.patch(
            f"/api/v1/contacts/{other.pk}", json.dumps({"phones": "13857104426"}), "application/json"
        ),
    ):
        assert answer.status_code == 422, answer.content
        assert answer.json()["fields"]["phones"][0]["code"] == "duplicate"
    sent = {"name": "x", "phones-sent": "1", "phones-0-typed": "13857104426", "anyway": "1"}
    refused = browser.post("/contacts/new/", sent)
    assert refused.status_code == 422
    assert 'hx-trigger="load, input' in refused.content.decode()  # what is there already is led to at once
    assert 'hx-trigger="load' not in browser.get("/contacts/new/").content.decode()
    changed = browser.patch(f"/api/v1/contacts/{first.pk}", json.dumps({"name": "Mei 2"}), "application/json")
    assert changed.status_code == 200  # it is not the double of itself


def test_the_api_says_what_is_alike(cast):
    first = make(cast.rep, "contact", name="Mei", phones="138 5710 4426")
    make(cast.stranger, "contact", name="Hidden", emails="a@x.example")
    browser = client_for(cast.rep)
    said = json.dumps({"name": "x", "phones": "13857104426", "emails": "a@x.example"})
    answer = browser.post("/api/v1/contacts", said, "application/json")
    assert answer.status_code == 201
    told = answer.json()["alike"]
    assert {one["id"] for one in told} == {str(first.pk), None}
    assert "Hidden" not in answer.content.decode()
    fine = browser.post("/api/v1/contacts", json.dumps({"name": "z"}), "application/json")
    assert "alike" not in fine.json()


def test_only_administrators_choose_rules(cast):
    with pytest.raises(Refused):
        rule(cast.rep, "contact", "off")
    assert client_for(cast.rep).get("/settings/duplicates/").status_code == 403
    browser = client_for(cast.admin)
    page = browser.get("/settings/duplicates/").content.decode()
    assert "Contacts" in page or "联系人" in page
    sent = {"object": "company", "action": "refuse", "kinds": ["name"], "others": "owner"}
    assert browser.post("/settings/duplicates/", sent).status_code == 302
    make(cast.rep, "company", name="Acme Ltd")
    with pytest.raises(InvalidValues):
        make(cast.rep, "company", name="ACME Inc.")
    assert browser.post("/settings/duplicates/", {**sent, "kinds": ["shoe"]}).status_code == 422
