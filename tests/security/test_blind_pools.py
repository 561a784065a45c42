"""Nobody learns how a customer of a blind pool is reached before they claim it: by no door of the product.

Generated as test_doors.py is: every address of the product is opened by a member of the pool who has a role
with every right, and what tells records apart is asked of every field that says how somebody is reached.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.test import Client

from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.workflows.actions import add_workflow, change_workflow, switch_off
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
from guanxi.automation.workflows.tests.standin import standin
from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.models import Notification
from guanxi.collaboration.notifications.sending import _lines, _message
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.rights import says_contact
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.access import Refused
from guanxi.platform.records.privacy.actions import export_person
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.pools.actions import return_record
from guanxi.sales.pools.members import add_to_pool
from tests.cast import Cast, actor, client_for, give_role
from tests.security.doors import Theirs, doors_of, plant

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EVERYTHING = {"*": {"verbs": ["*"], "see": "all", "edit": "all"}}
BEFORE, NOW = "1387310", "1397311"
# What stands in no address, name or text but in the data by which somebody is reached.
MARKS = (
    f"{BEFORE}4426", f"{NOW}4427", "zqxmail", "zqxstreet", "zqxwechat", "zqxnewwechat", "31.2304", "121.4737",
    "zqxown", "13873104428",
)  # fmt: skip


GUESSES = {"phones": "4427", "own_phones": "4428", "position": "31.2304"}


@dataclass
class Sea:
    """The ids of what is in the pool, of a deal about it, and what stands in the gaps of all doors."""

    company: int
    contact: int
    lead: int
    deal: int
    pools: dict[str, int]
    theirs: Theirs

    def where(self, name: str) -> str:
        """A filter that names them: lists leave out what is in a pool."""
        pool = self.pools.get(name, self.pools["company"])
        return 'name = "Plain deal"' if name == "deal" else f"pool = {pool}"


@pytest.fixture
def sea(cast: Cast, tmp_path: Path) -> Sea:
    """A customer with a contact and a lead, in a blind pool of the south; changed before they went there."""
    with in_workspace(cast.xishan.pk):
        theirs = plant(cast, tmp_path)
        admin, rep = actor(cast.admin), actor(cast.rep)
        _own_fields(admin)
        pools = {
            holds: create_record(object="pool", values={"name": f"Sea of {holds}", "holds": holds}, by=admin)
            for holds in ("company", "lead")
        }
        for pool in pools.values():
            add_to_pool(pool, "team", cast.south.pk, by=admin)
        company = create_record(object="company", values={"name": "Plain", **_reach("company")}, by=rep)
        person = {"name": "Plain person", "company": company.pk, **_reach("contact")}
        contact = create_record(object="contact", values=person, by=rep)
        lead = create_record(object="lead", values={"name": "Plain lead", **_reach("lead")}, by=rep)
        for record in (company, contact, lead):
            change_record(record, _later(record.object_name), by=rep)
        deal = {
            "name": "Plain deal",
            "company": company.pk,
            "contact": contact.pk,
            "stage": theirs.records["stage"],
        }
        made = create_record(object="deal", values=deal, by=rep)
        for record, pool in ((company, pools["company"]), (lead, pools["lead"])):
            return_record(record, by=rep, pool=str(pool.pk), pool_reason="No time")
    drain_events()
    run_pending_jobs()
    found = {"company": company.pk, "contact": contact.pk, "lead": lead.pk, "deal": made.pk}
    theirs = replace(theirs, records=theirs.records | found)
    return Sea(**found, pools={name: pool.pk for name, pool in pools.items()}, theirs=theirs)


def _reach(name: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "phones": [{"typed": f"+86 {BEFORE} 4426"}],
        "emails": [{"email": "azqxmail@plain.example"}],
        "addresses": [{"city": "Wuxi", "street": "zqxstreet 7"}],
    }
    if name == "company":
        values |= {"position": "31.2304,121.4737", "own_place": {"city": "Wuxi", "street": "1 zqxown road"}}
        values["own_phones"] = [{"typed": "+86 138 7310 4428"}]
    else:
        values["wechat"] = "azqxwechatb"
    return values


def _later(name: str) -> dict[str, Any]:
    values: dict[str, Any] = {"phones": [{"typed": f"+86 {NOW} 4427"}]}
    return values if name == "company" else {**values, "wechat": "azqxnewwechatb"}


def _own_fields(by: Any) -> None:
    """Fields of the workspace's own that say it, too, or follow from one that does."""
    add_field(object="company", type="address", label="Own place", name="own_place", by=by)
    add_field(object="company", type="phones", label="Own phones", name="own_phones", by=by)
    formula = {"formula": "upper(wechat)"}
    add_field(
        object="contact", type="formula", label="Own wechat", name="own_wechat", settings=formula, by=by
    )
    for object, link, field in (("deal", "contact", "wechat"), ("contact", "company", "position")):
        settings = {"link": link, "field": field}
        add_field(
            object=object, type="lookup", label=f"Own {field}", name=f"own_{field}", settings=settings, by=by
        )


def body_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            content = b" ".join(file.read(name) for name in file.namelist())
    said = content.decode("utf-8", "replace").replace("%20", "")
    return re.sub(r"(?<=\d)[ \-\u00a0\u202f](?=\d)", "", said).casefold()


def told_in(said: str) -> list[str]:
    return [mark for mark in MARKS if mark in said]


def member_of_the_pool(cast: Cast) -> Client:
    give_role(cast.below, EVERYTHING)
    browser = client_for(cast.below)
    browser.raise_request_exception = False
    return browser


def every_door(sea: Sea) -> list[str]:
    """Each address of the product for what is in the pool, and the lists and files asked for the pool."""
    objects = [registry.get(name) for name in ("company", "contact", "lead", "deal")]
    found = list(doors_of(sea.theirs, objects))
    for obj in objects:
        here, asked = f"/{obj.plural}", quote(sea.where(obj.name))
        found += [f"{here}/export.{form}?filter={asked}" for form in ("csv", "xlsx", "json", "vcf")]
        found += [f"{here}/?filter={asked}", f"/api/v1{here}?filter={asked}", f"{here}/find/?q=Plain"]
        found += [
            f"{here}/{getattr(sea, obj.name)}/?as_of=2026-01-01",
            "/search/?q=Plain",
            f"{here}/?q=Plain",
        ]
    return found


def test_no_door_says_how_a_customer_of_a_blind_pool_is_reached(cast: Cast, sea: Sea):
    browser = member_of_the_pool(cast)
    with in_workspace(cast.xishan.pk), reading():
        doors = every_door(sea)
    told, broken, served = [], [], 0
    for door in doors:
        answer = browser.get(door)
        served += answer.status_code == 200
        if answer.status_code >= 500:
            broken.append(door)
        if marks := told_in(body_of(answer)):
            told.append((door, marks))
    assert told == []
    assert broken == []
    assert served > 200
    admin = client_for(cast.admin)
    seen = "".join(body_of(admin.get(door)) for door in doors if "/changes/" in door or "/export.csv" in door)
    assert [mark for mark in MARKS if mark not in seen] == []  # what nobody sees would prove nothing


def test_no_question_tells_how_a_customer_of_a_blind_pool_is_reached(cast: Cast, sea: Sea):
    browser, admin = member_of_the_pool(cast), client_for(cast.admin)
    with in_workspace(cast.xishan.pk), reading():
        fields = {
            name: [one.name for one in registry.get(name).fields if says_contact(registry.get(name), one)]
            for name in ("company", "contact", "lead")
        }
    assert {"own_phones", "own_place", "position"} < set(fields["company"])
    assert {"wechat", "own_wechat", "phones", "emails"} < set(fields["contact"])
    ways = [(name, field, field) for name, found in fields.items() for field in found]
    ways += [("contact", f"company.{one}", one) for one in fields["company"]]
    ways += [("deal", f"contact.{one}", one) for one in fields["contact"]]
    ways += [("deal", "own_wechat", "wechat"), ("contact", "own_position", "position")]
    told, answered = [], 0
    for name, path, field in ways:
        plural = registry.get(name).plural
        mine = sea.where(name)
        here = quote(f"{mine} and ", safe="")
        for asked in (f"{path} contains {GUESSES.get(field, 'zqx')}", f"{path} is not empty"):
            for start in (f"/api/v1/{plural}?filter=", f"/{plural}/export.json?filter="):
                answer = browser.get(f"{start}{here}{quote(asked)}")
                found = body_of(answer) if answer.status_code == 200 else ""
                told += [(start, asked)] if str(getattr(sea, name)) in found else []
                if admin.get(f"{start}{here}{quote(asked)}").status_code == 200:
                    answered += 1
        mine = quote(mine)
        for question in (
            f"/api/v1/{plural}?filter={mine}&sort={path}",
            f"/api/v1/{plural}/summary?filter={mine}&group={path}",
            f"/api/v1/{plural}/summary?filter={mine}&sum={path}",
            f"/api/v1/cube?object={name}&rows={path}",
            f"/analytics/cube/export.csv?object={name}&rows={path}",
        ):
            told += [(question, path)] if browser.get(question).status_code == 200 else []
        page = f"/{plural}/?filter={mine}"
        plain = body_of(browser.get(page)).count("plain")
        for more in (f"&group={path}", f"&figures={path}:distinct", f"&sort={path}"):
            said = body_of(browser.get(page + more))
            told += [(page, more)] if told_in(said.replace(quote(path), "")) else []
        assert plain
    assert told == []
    assert answered > 50


def test_no_word_finds_how_a_customer_of_a_blind_pool_is_reached(cast: Cast, sea: Sea):
    browser, admin = member_of_the_pool(cast), client_for(cast.admin)
    ids = {str(getattr(sea, name)) for name in ("company", "contact", "lead", "deal")}
    told, found = [], 0
    for word in (
        f"{NOW}4427",
        "13973114427",
        "zqxstreet",
        "azqxmail@plain.example",
        "azqxnewwechatb",
        "13873104428",
    ):
        for door in (
            "/search/", "/companies/", "/contacts/", "/leads/", "/deals/", "/companies/find/",
            "/contacts/find/", "/api/v1/companies", "/api/v1/contacts", "/api/v1/leads", "/api/v1/deals",
            "/companies/export.csv",
        ):  # fmt: skip
            told += [(door, word) for one in ids if one in body_of(browser.get(f"{door}?q={quote(word)}"))]
            found += any(one in body_of(admin.get(f"{door}?q={quote(word)}")) for one in ids)
    assert told == []
    assert found > 10


def test_typing_a_number_does_not_tell_that_a_customer_of_a_blind_pool_has_it(cast: Cast, sea: Sea):
    browser, admin = member_of_the_pool(cast), client_for(cast.admin)
    phone = {"phones-sent": "1", "phones-0-typed": f"+86 {NOW} 4427"}
    email = {"emails-sent": "1", "emails-0-email": "azqxmail@plain.example"}
    for door, typed in (
        ("/companies/alike/", phone), ("/contacts/alike/", phone), ("/contacts/alike/", email),
        ("/leads/alike/", phone),
    ):  # fmt: skip
        told = body_of(admin.get(door, typed))
        assert "plain" in told, (door, typed)
        assert body_of(browser.get(door, typed)).strip() == "", (door, typed)
    assert "plain" in body_of(browser.get("/companies/alike/", {"name": "Plain"}))  # a name is seen, and told
    firm = json.dumps({"name": "Mine", "phones": f"+86 {NOW} 4427"})
    made = browser.post("/api/v1/companies", firm, content_type="application/json")
    assert (made.status_code, "plain" in body_of(made)) == (201, False)


def test_as_of_a_day_before_the_number_was_changed_it_is_veiled(cast: Cast, sea: Sea):
    browser, admin = member_of_the_pool(cast), client_for(cast.admin)
    for name in ("company", "contact", "lead"):
        obj, pk = registry.get(name), getattr(sea, name)
        with in_workspace(cast.xishan.pk), reading():
            changed = facts_of(name, pk).filter(verb="changed").first()
        assert changed is not None
        door = f"/{obj.plural}/{pk}/?as_of={quote((changed.at - timedelta(microseconds=1)).isoformat())}"
        assert f"{BEFORE}4426" in body_of(admin.get(door))
        said = body_of(browser.get(door))
        assert "plain" in said
        assert told_in(said) == []


def test_a_template_fills_in_no_more_than_a_member_of_the_pool_sees(cast: Cast, sea: Sea):
    browser = member_of_the_pool(cast)
    own = ("phones", "emails", "wechat", "addresses", "own_wechat", "own_position")
    holes = " ".join(f"{{{one}}}" for one in (*own, "company.phones", "company.position"))
    letter = {"name": "reach", "title": "Reach", "object": "contact"}
    with in_workspace(cast.xishan.pk):
        row = EmailTemplate(**letter, texts={"en": {"subject": holes, "text": holes}})
        row.save(force_insert=True)
    for door in (
        f"/contacts/{sea.contact}/letter/?template={row.pk}",
        f"/api/v1/email-templates/{row.pk}/preview?record={sea.contact}",
    ):
        said = body_of(browser.get(door))
        assert told_in(said) == [], door
        assert f"{NOW}4427" in body_of(client_for(cast.admin).get(door)), door


def test_a_check_in_says_no_distance_to_a_customer_of_a_blind_pool(cast: Cast, sea: Sea):
    where = {"position": "31.2300,121.4700", "accuracy": "20"}
    for who, measured in ((cast.below, False), (cast.admin, True)):
        if who is cast.below:
            member_of_the_pool(cast)
        client_for(who).post(f"/companies/{sea.company}/arrival/", where)
        with in_workspace(cast.xishan.pk), reading():
            visit = Activity.objects.filter(owner_id=who.pk, checked_in_at__isnull=False).latest("created_at")
        assert visit.position == "31.230000,121.470000"
        assert (visit.distance is not None) is measured


def test_what_is_handed_out_of_a_person_waits_until_they_are_claimed(cast: Cast, sea: Sea):
    give_role(cast.below, EVERYTHING)
    with in_workspace(cast.xishan.pk):
        # A contact has a field here that follows from its company's data: refused for that already.
        for name, why in (("contact", "hides fields"), ("lead", "pool veils")):
            obj, record_id = registry.get(name), getattr(sea, name)
            with pytest.raises(Refused, match=why):
                export_person(obj, record_id, io.BytesIO(), by=actor(cast.below))
            handed = io.BytesIO()
            export_person(obj, record_id, handed, by=actor(cast.admin))
            assert zipfile.ZipFile(handed).namelist()


HOLES = "{name} {phones} {emails} {addresses} {position} {own_phones} {new.phones} {old.phones} {wechat}"


def test_nothing_that_members_are_told_says_how_a_customer_of_a_blind_pool_is_reached(cast: Cast, sea: Sea):
    """Notifications, their mails and messages to browsers, Today, to-dos, letters of workflows, mentions."""
    browser, below = member_of_the_pool(cast), f"member:{cast.below.pk}"
    told = [
        {"do": "notify", "to": [below], "by": ["email", "push"], "text": f"n {HOLES}"},
        {"do": "today", "to": [below], "text": f"t {HOLES}"},
        {"do": "todo", "to": [below], "text": f"d {HOLES}", "body": HOLES},
        {"do": "email", "to": [below], "subject": f"m {HOLES}", "text": HOLES},
        {"do": "email", "to": ["out@side.example", cast.below.user.email.upper()], "subject": f"a {HOLES}",
         "text": HOLES},
    ]  # fmt: skip
    with in_workspace(cast.xishan.pk):
        for name in ("company", "contact", "lead"):
            recipe = {"when": {"kind": "fact", "verb": "changed"}, "steps": told}
            add_workflow(object=name, title="Telling", recipe=recipe, by=actor(cast.admin), on=True)
        settle()
        mail.outbox.clear()
        phone = {"phones": [{"typed": "+86 1377310 4430"}]}
        for name in ("company", "contact", "lead"):
            record = registry.get(name).model_class.objects.get(pk=getattr(sea, name))
            change_record(record, phone, by=actor(cast.admin))
        settle()
        note = {
            "kind": "note",
            "subject": "Look",
            "body": f"@{below} look",
            "about": [("company", sea.company)],
        }
        create_record(object="activity", values=note, by=actor(cast.admin))
        settle()
        assert Run.objects.filter(state="done", workflow__title="Telling").count() == 3
        rows = Notification.objects.filter(member_id=cast.below.pk).order_by("pk")
        assert rows.filter(text__startswith="n Plain").count() == 3
        lines = _lines([one.pk for one in rows], actor(cast.below))
        letters = "".join(f"{one.subject} {one.body}" for one in mail.outbox)
        facts = {name: facts_of(name, getattr(sea, name)).last() for name in ("company", "contact", "lead")}
    assert "m Plain" in letters
    assert letters.count("a Plain") == 6
    said = {"mails": letters, "browsers": _message(lines, actor(cast.below)).decode() + str(lines)}
    pages = ["/notifications/", "/today/", "/changes/", "/activities/", "/calendar/", "/api/v1/notifications"]
    for name in ("company", "contact", "lead"):
        here = f"/{registry.get(name).plural}/{getattr(sea, name)}/"
        pages += [here, f"{here}history/", f"{here}timeline/", f"{here}activity/", f"{here}peek/"]
    said |= {page: body_of(browser.get(page)) for page in pages}
    marks = (*MARKS, f"{NOW}4427", "13773104430", "1377310")
    plain = re.compile(r"(?<=\d)[ \-](?=\d)")
    wrong = {page: [mark for mark in marks if mark in plain.sub("", text)] for page, text in said.items()}
    assert {page: found for page, found in wrong.items() if found} == {}
    assert "n plain" in said["/notifications/"]
    for fact in facts.values():  # who may undo it would be told what it was
        assert fact is not None
        answer = browser.post(f"/undo/{fact.pk}/")
        assert answer.status_code in (302, 403, 404, 422)
        assert "4427" not in body_of(answer)
    with in_workspace(cast.xishan.pk), reading():
        kept = registry.get("company").model_class.objects.get(pk=sea.company)
        assert [one["number"] for one in kept.phones] == ["+8613773104430"]


def test_a_workflow_copies_nothing_of_it_to_where_no_pool_veils_it(cast: Cast, sea: Sea):
    """Into a field of the same record, and of another one; a customer's own letter has all of it."""
    browser = member_of_the_pool(cast)
    reached = {"company": "y {own_phones}", "contact": '="y " & wechat', "lead": '="y " & wechat'}
    with in_workspace(cast.xishan.pk):
        for name, reach in reached.items():
            values = {"name": "Copy {name}", "about": f"x {HOLES}", "next_step": reach}
            steps = [
                {"do": "change", "values": {"about": f"t {HOLES}"}},
                {"do": "create", "object": "deal", "values": values | {"stage": sea.theirs.records["stage"]}},
                {"do": "email", "to": ["out@side.example"], "subject": "{name}", "text": "{phones}"},
            ]
            when = {"kind": "fact", "verb": "changed", "fields": ["phones"]}
            recipe = {"when": when, "steps": steps}
            add_workflow(object=name, title="Copying", recipe=recipe, by=actor(cast.admin), on=True)
        settle()
        mail.outbox.clear()
        for name in reached:
            record = registry.get(name).model_class.objects.get(pk=getattr(sea, name))
            change_record(record, {"phones": [{"typed": "+86 1377310 4430"}]}, by=actor(cast.admin))
        settle()
        copied = [
            f"{one.about} {one.next_step}"
            for one in registry.get("deal").model_class.objects.filter(name__startswith="Copy Plain")
        ]
        copied += [
            registry.get(name).model_class.objects.get(pk=getattr(sea, name)).about for name in reached
        ]
    assert [one[:7] for one in copied if one.startswith("t ")] == ["t Plain"] * 3
    assert len(copied) == 6
    marks = (*MARKS, "13773104430")
    assert {one: mark for one in copied for mark in marks if mark in one.replace(" ", "")} == {}
    assert all("y " in one and one.rpartition("y ")[2] for one in copied if one.startswith("x "))
    assert [one.body.replace(" ", "").count("13773104430") for one in mail.outbox] == [1, 1, 1]
    assert "137310" not in body_of(browser.get("/deals/?columns=about,next_step")).replace(" ", "")


def test_a_copy_that_stands_in_no_blind_pool_is_reached_by_nobody(cast: Cast, sea: Sea):
    """New ones in no pool, in an open and in a blind one; changed ones with an owner and without."""
    browser, admin = member_of_the_pool(cast), actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        open_ = create_record(
            object="pool", values={"name": "Lake", "holds": "lead", "blind": False}, by=admin
        )
        add_to_pool(open_, "team", cast.south.pk, by=admin)
        blind = sea.pools["lead"]
        owned, pooled, claimed = (
            create_record(object="company", values={"name": name, **more}, by=admin).pk
            for name, more in (
                ("Owned", {"owner": cast.admin.pk}),
                ("Pooled", {"pool": sea.pools["company"]}),
                ("Claimed", {"pool": sea.pools["company"]}),
            )
        )
        reach = {"phones": "{phones}", "emails": "{emails}", "wechat": '="w " & wechat'}
        steps = [
            {"do": "create", "object": "lead", "values": {"name": "Copy free", **reach}},
            {"do": "create", "object": "contact", "values": {"name": "Copy person", **reach}},
            {
                "do": "create",
                "object": "lead",
                "values": {"name": "Copy open", "pool": str(open_.pk), **reach},
            },
            {"do": "create", "object": "lead", "values": {"name": "Copy blind", "pool": str(blind), **reach}},
            {"do": "change", "values": {"wechat": "{wechat}"}},
        ]
        when = {"kind": "fact", "verb": "changed", "fields": ["phones"]}
        add_workflow(object="lead", title="Copies", recipe={"when": when, "steps": steps}, by=admin, on=True)
        for key, more in ((owned, {}), (pooled, {}), (claimed, {"owner": str(cast.below.pk)})):
            change_record(
                registry.get("lead").model_class.objects.get(pk=sea.lead), {"company": key}, by=admin
            )
            change = {"do": "change", "of": "company", "values": {"phones": "{phones}", **more}}
            row = add_workflow(
                object="lead", title=f"C{key}", recipe={"when": when, "steps": [change]}, by=admin, on=True
            )
            settle()
            lead = registry.get("lead").model_class.objects.get(pk=sea.lead)
            change_record(lead, {"phones": [{"typed": f"+86 137731{str(key)[-5:]}"}]}, by=admin)
            settle()
            assert Run.objects.get(workflow_id=row.pk).state == "done"
            switch_off(row.pk, by=admin)
        leads, companies = (registry.get(one).model_class.objects for one in ("lead", "company"))
        numbers = {
            key: [one["number"] for one in companies.get(pk=key).phones or []]
            for key in (owned, pooled, claimed)
        }
        source = leads.get(pk=sea.lead)
        copies = [
            (one.name, one.pool_id, json.dumps([one.phones, one.emails, one.wechat]))
            for kind in (leads, registry.get("contact").model_class.objects)
            for one in kind.filter(name__startswith="Copy ")
        ]
    assert source.wechat == "azqxnewwechatb"  # a record of the pool keeps what it has
    assert numbers == {owned: [], pooled: [f"+86137731{str(pooled)[-5:]}"], claimed: []}  # no odd digits
    whole = {name: "137731" in said and "zqxnewwechat" in said for name, _pool, said in copies}
    assert whole == {"Copy free": False, "Copy person": False, "Copy open": False, "Copy blind": True}
    told = {
        (name, mark) for name, pool, said in copies for mark in ("137731", *MARKS)
        if pool != blind and mark in said
    }  # fmt: skip
    assert told == set()
    for plural in ("leads", "contacts", "companies"):
        rows = browser.get(f"/api/v1/{plural}?limit=100")
        assert rows.status_code == 200
        assert "137731" not in body_of(rows)
        assert told_in(body_of(rows)) == []
    assert "Copy blind".casefold() in body_of(browser.get(f"/api/v1/leads?filter={quote(f'pool = {blind}')}"))


def test_a_letter_to_a_member_is_masked_however_the_address_is_spelled(cast: Cast, sea: Sea):
    email = cast.below.user.email
    local, _at, domain = email.partition("@")
    masked = [
        email, email.upper(), f"Chen <{email}>", f'"a, b" <{email}>', f"{email}.", f"{local}+1@{domain}",
        f"{local}+a+b@{domain.upper()}.", f"(x){email}",
    ]  # fmt: skip
    both = [f"out@side.example, {email}", f"out@side.example\n{email}"]
    refused = [
        f"out@side.example\t{email}", f"out@side.example {email}", f"out@side.example;{email}",
        f'"{local}"@{domain}', f"{local}@[127.0.0.1]", f"{local}@{domain.replace('.', chr(0x3002))}",
        f"out@side.example)x {email}", f"nobody@, {email}", f"out@side.example\\,{email}",
    ]  # fmt: skip
    customers = ["out@side.example", "{about}, Out <out@side.example>, , {about},"]
    found = _letters_to(cast, sea, [*masked, *both, *refused, *customers])
    assert {one: found[one] for one in masked} == dict.fromkeys(masked, ([False], "done"))
    assert {one: found[one] for one in both} == dict.fromkeys(both, ([False, False], "done"))
    assert {one: found[one] for one in refused} == dict.fromkeys(refused, ([], "failed"))
    assert {one: found[one] for one in customers} == dict.fromkeys(customers, ([True], "done"))


def _letters_to(cast: Cast, sea: Sea, given: list[str]) -> dict[str, tuple[list[bool], str]]:
    """Of a step to each: whether its letters say the number of a lead in the pool, and how the run ended."""
    member_of_the_pool(cast)
    with in_workspace(cast.xishan.pk):
        rows = {}
        for number, to in enumerate(given):
            steps = [{"do": "email", "to": [to], "subject": f"Letter {number}.", "text": "{phones}"}]
            recipe = {"when": {"kind": "fact", "verb": "changed", "fields": ["phones"]}, "steps": steps}
            rows[to] = add_workflow(
                object="lead", title=f"W{number}", recipe=recipe, by=actor(cast.admin), on=True
            )
        settle()
        mail.outbox.clear()
        lead = registry.get("lead").model_class.objects.get(pk=sea.lead)
        change_record(lead, {"phones": [{"typed": "+86 1377310 4430"}]}, by=actor(cast.admin))
        settle()
        states = {to: Run.objects.get(workflow_id=row.pk).state for to, row in rows.items()}
    said: dict[str, list[bool]] = {to: [] for to in given}
    for one in mail.outbox:
        to = given[int(one.subject.removeprefix("Letter ").removesuffix("."))]
        said[to].append("13773104430" in one.body.replace(" ", ""))
    return {to: (said[to], states[to]) for to in given}


def test_a_call_of_a_workflow_says_no_more_than_whom_it_acts_as_sees(cast: Cast, sea: Sea, settings: Any):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    member_of_the_pool(cast)
    with standin() as other, in_workspace(cast.xishan.pk):
        for name, acts_as in (("below", cast.below.pk), ("itself", None)):
            url = f"{other.url}/{name}"
            steps = [{"do": "call", "url": url}, {"do": "call", "url": url, "body": {"all": HOLES}}]
            recipe = {"when": {"kind": "fact", "verb": "changed"}, "steps": steps}
            row = add_workflow(object="company", title=name, recipe=recipe, by=actor(cast.admin), on=True)
            change_workflow(row.pk, acts_as=acts_as, by=actor(cast.admin))
        settle()
        record = registry.get("company").model_class.objects.get(pk=sea.company)
        change_record(record, {"phones": [{"typed": "+86 1377310 4430"}]}, by=actor(cast.admin))
        settle()
    sent: dict[str, str] = {"/below": "", "/itself": ""}
    for one in other.calls:
        sent[one["path"]] += one["body"].decode()
    assert [mark for mark in (*MARKS, "1377310") if mark in sent["/below"]] == []
    assert sent["/below"].count("Plain") == 2
    assert [mark for mark in ("13773104430", f"{NOW}4427", "zqxmail") if mark not in sent["/itself"]] == []
