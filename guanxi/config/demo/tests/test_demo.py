"""The demo workspace: the same day gives the same firm, with something for everybody to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from guanxi.automation.email_templates.filling import fill
from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.today.stream import stream
from guanxi.automation.workflows.models import Workflow
from guanxi.collaboration.timeline.telling import SIGNS
from guanxi.config.demo import cast as firm
from guanxi.config.demo.letters import QUOTED, REMINDED
from guanxi.config.demo.story import make_firm
from guanxi.people.companies.models import Company
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.languages import LANGUAGES
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.models import Member
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.past import as_of
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace
from guanxi.sales.deals.models import Deal
from guanxi.sales.quotes.actions import send_quote
from guanxi.sales.quotes.models import Quote

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_database]


def has_words(obj: Object, done: str) -> bool:
    """Whether a fact is told by a sentence of its own, and not by its name in the program."""
    return bool(done in SIGNS or obj.word_for(done))


def today_there() -> date:
    """As the command takes it: on another day quotes would be over before they are sent."""
    return timezone.localdate(timezone=ZoneInfo("Asia/Shanghai"))


def told(slug: str, today: date) -> list[tuple[Any, ...]]:
    workspace = make_firm(today=today, slug=slug)
    with in_workspace(workspace.pk):
        return list(
            Deal.objects.order_by("created_at", "name").values_list(
                "name", "amount", "status", "expected_close"
            )
        )


def test_deterministic_and_alive():
    day = today_there()
    first, second = told("one", day), told("two", day)
    assert first == second
    assert len(first) > 50
    drain_events()
    members = 0
    with in_workspace(Workspace.objects.get(slug="one").pk):
        assert Fact.objects.order_by("at").values_list("at", flat=True)[0].date() < day - timedelta(days=300)
        asleep = datetime.combine(day, time(), UTC) - timedelta(days=30)
        assert set(firm.QUIET) <= set(
            Company.objects.filter(last_touch_at__lt=asleep).values_list("name", flat=True)
        )
        assert {_known_before_its_end(one) for one in Deal.objects.exclude(status="open")} == {True}
        for one in firm.COLLEAGUES[1:]:
            member = working_member(
                member_id=Member.objects.get(user__email=f"{one.email}@xishan.example").pk
            )
            assert member is not None
            members += bool(stream(by=actor_for(member)))
        untold = [
            (fact.object, fact.verb)
            for fact in Fact.objects.all()
            if registry.has(fact.object) and not has_words(registry.get(fact.object), fact.verb)
        ]
    assert members == 5
    assert untold == []


def _known_before_its_end(deal: Deal) -> bool:
    """Whether a deal that is won or lost was under way before it was."""
    end = Fact.objects.get(object="deal", record_id=deal.pk, verb=deal.status)
    then = as_of(registry.get("deal"), deal, end.at - timedelta(seconds=1)).record
    return (then.status, then.closed_on, then.probability) == ("open", None, then.stage.probability)


def test_its_letters_go_with_a_quote_and_with_an_automation(django_capture_on_commit_callbacks: Any):
    workspace = make_firm(today=today_there())
    with in_workspace(workspace.pk):
        flow = Workflow.objects.get(name=REMINDED)
        assert (flow.version, flow.on_at) == (1, None)  # a demo writes to nobody by itself
        assert flow.recipe["steps"][0]["template"] == REMINDED
        quote = Quote.objects.filter(status="approved").exclude(contact=None)[0]
        seller = working_member(member_id=quote.owner_id)
        assert seller is not None
        owner = actor_for(seller)
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            send_quote(quote, by=owner, note="As discussed.")
        assert quote.contact is not None
        for name, used_for in ((QUOTED, "send"), (REMINDED, "")):
            template = EmailTemplate.objects.get(name=name)
            assert (template.used_for, set(template.texts)) == (used_for, set(LANGUAGES))
            for language in LANGUAGES:
                more = {"link": "https://quote.example/", "note": ""}
                letter = fill(template, quote.pk, by=owner, language=language, more=more)
                assert "{" not in letter.subject + letter.text
                assert quote.contact.name in letter.text
    run_pending_jobs()
    (sent,) = [one for one in mail.outbox if "As discussed." in one.body]
    assert "{" not in str(sent.subject) + str(sent.body)
