"""What a new workspace begins with, each run as it is worded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from guanxi.automation.scoring.recipe import check_rules
from guanxi.automation.scoring.telling import scores_of
from guanxi.automation.today.stream import stream
from guanxi.automation.workflows.jobs import look_at_the_clock
from guanxi.automation.workflows.models import Run, Workflow
from guanxi.automation.workflows.recipe import check_recipe
from guanxi.automation.workflows.tests.settling import settle
from guanxi.collaboration.notifications.actions import follow_record
from guanxi.collaboration.notifications.models import Notification
from guanxi.platform.metadata import registry
from guanxi.platform.records.models import Tag
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.actions import move_deal
from guanxi.sales.deals.models import Stage
from guanxi.sales.first_scores import first_scores
from guanxi.sales.first_workflows import first_workflows
from tests.cast import actor, client_for


def told(member):
    return list(Notification.objects.filter(member=member, kind="automation").values_list("text", flat=True))


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_they_make_sense_and_are_switched_on(cast, language):
    firm = {"en": cast.marlin, "zh-hans": cast.xishan}.get(language, cast.xishan)
    with in_workspace(firm.pk):
        by = actor(cast.admin if firm == cast.xishan else cast.outsider)
        on = set(Workflow.objects.filter(on_at__isnull=False).values_list("name", flat=True))
        assert {"quiet-for-30-days", "quote-to-contract"} <= on
        if language == "zh-hant":  # no firm of the cast speaks it: the stages are those of another language
            Stage.objects.filter(name="签约").update(name="簽約")
            Stage.objects.filter(name="方案报价").update(name="方案報價")
        for name, _title, object, recipe in first_workflows(language):
            if registry.has(object):
                assert check_recipe(object, recipe, by=by) == recipe, name


def test_1_a_leads_score_follows_its_tags(cast):
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        for language in ("en", "zh-hans", "zh-hant"):
            for object, _title, rules in first_scores(language):
                assert len(check_rules(object, rules, by=admin)) == len(rules)
        hot, cold = (Tag.objects.get(name=name).pk for name in ("重点", "没预算"))  # nobody made them
        settle()
        lead = create_record(object="lead", values={"name": "林知遥", "tags": [hot]}, by=rep)
        settle()

        def fresh():
            return registry.get("lead").rows().get(pk=lead.pk)

        assert fresh().score == 30
        change_record(fresh(), {"tags": [hot, cold]}, by=rep)
        settle()
        assert fresh().score == 10
        change_record(fresh(), {"tags": []}, by=rep)
        settle()
        assert fresh().score == 0
        (told,) = scores_of(registry.get("lead"), fresh(), [], by=rep)
        assert (told.total, told.reasons) == (0, [])


def test_2_today_is_led_by_customers_with_a_score_above_50(cast):
    with in_workspace(cast.xishan.pk):
        rep = actor(cast.rep)
        settle()
        late = timezone.localdate() - timedelta(days=30)
        pressing = {"name": "Pressing", "next_step": "Call", "next_step_on": late.isoformat()}
        create_record(object="company", values=pressing, by=rep)
        create_record(object="company", values={"name": "Fifty", "score": 50}, by=rep)
        high = create_record(object="company", values={"name": "High", "score": 51}, by=rep)
        settle()
        first = stream(by=rep)[0]
        assert (first.whom.title, first.rule.name) == ("High", "workflow")
        assert "51" in first.signal.why
        assert [one.whom.title for one in stream(by=rep)] == ["High", "Pressing"]
        assert "High" not in [one.whom.title for one in stream(by=actor(cast.stranger))]
        change_record(high, {"score": 20}, by=rep)
        settle()
        assert [one.whom.title for one in stream(by=rep)] == ["Pressing"]


def test_2_goes_along_with_whoever_has_the_customer(cast):
    with in_workspace(cast.xishan.pk):
        settle()
        high = create_record(object="company", values={"name": "High", "score": 51}, by=actor(cast.rep))
        values = {"name": "Nobody's", "score": 60, "owner": None}
        nobodys = create_record(object="company", values=values, by=actor(cast.admin))
        settle()
        assert {one.state for one in Run.objects.all()} == {"done"}, "nobody's waits, and is no failure"

        def first(member):
            return [(one.whom.title, one.signal.why) for one in stream(by=actor(member))]

        assert first(cast.below) == []
        high = change_record(high, {"score": 70}, by=actor(cast.rep))
        change_record(high, {"owner": cast.below.pk}, by=actor(cast.admin))
        change_record(nobodys, {"owner": cast.below.pk}, by=actor(cast.admin))
        settle()
        assert first(cast.rep) == []
        assert first(cast.below) == [("High", "评分 70：过了 50"), ("Nobody's", "评分 60：过了 50")]
        change_record(registry.get("company").rows().get(pk=high.pk), {"owner": None}, by=actor(cast.admin))
        settle()
        assert [name for name, _why in first(cast.below)] == ["Nobody's"]


def test_3_a_customer_without_follow_up_for_more_than_30_days_reminds_the_owner_then_the_manager(cast):
    with in_workspace(cast.xishan.pk):
        rep = actor(cast.rep)
        settle()
        quiet = create_record(object="company", values={"name": "Quiet"}, by=rep)
        create_record(object="company", values={"name": "Fresh"}, by=rep)
        rows = registry.get("company").rows()
        rows.filter(pk=quiet.pk).update(last_touch_at=timezone.now() - timedelta(days=31))
        look_at_the_clock.call()
        settle()
        assert told(cast.rep) == ["Quiet：超过 30 天没跟进了"]
        assert told(cast.manager) == []
        look_at_the_clock.call()
        settle()
        assert Run.objects.count() == 1  # once for this silence
        Run.objects.update(next_at=timezone.now() - timedelta(seconds=1))  # two working days later
        look_at_the_clock.call()
        settle()
        assert told(cast.manager) == ["Quiet：林知遥 还没有跟进"]
        assert told(cast.rep) == ["Quiet：超过 30 天没跟进了"]


def test_4_a_deal_that_moves_from_quote_to_contract_messages_its_subscribers(cast):
    with in_workspace(cast.xishan.pk):
        rep = actor(cast.rep)
        stages = {one.name: one.pk for one in Stage.objects.all()}
        deal = create_record(object="deal", values={"name": "WQ-200", "stage": stages["初步接洽"]}, by=rep)
        settle()
        follow_record(registry.get("deal"), deal.pk, by=actor(cast.manager))
        follow_record(registry.get("deal"), deal.pk, by=actor(cast.admin))
        deal = move_deal(deal, stage=stages["方案报价"], by=rep)
        settle()
        assert told(cast.manager) == []
        deal = move_deal(deal, stage=stages["签约"], by=rep)
        settle()
        for subscriber in (cast.manager, cast.admin):
            assert told(subscriber) == ["WQ-200：从报价进入签约"]
        assert told(cast.stranger) == told(cast.rep) == []
        deal = move_deal(deal, stage=stages["商务谈判"], by=rep)
        move_deal(deal, stage=stages["签约"], by=rep)  # not from the quote
        settle()
        assert len(told(cast.manager)) == 1


def test_5_an_approved_quote_tells_its_sales_person_at_once_with_the_send_button(cast):
    with in_workspace(cast.xishan.pk):
        if not registry.has("quote"):
            pytest.skip("there are no quotes yet")
        from django.db import transaction

        from guanxi.platform.events.facts import state_fact

        quote = create_record(object="quote", values={"name": "青禾水务 WQ-200"}, by=actor(cast.rep))
        settle()
        with transaction.atomic():
            state_fact("quote", "approved", quote.pk, by=actor(cast.manager), title=str(quote))
        settle()
        (text,) = told(cast.rep)
        assert "已批准" in text
        verb = next(one for one in registry.get("quote").verbs if one.name == "send")
    page = client_for(cast.rep).get("/notifications/").content.decode()
    assert f'action="/quotes/{quote.pk}/{verb.noun}/"' in page
