"""What Today learns from a member, who is left alone, and handing over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from guanxi.automation.scoring.actions import add_model
from guanxi.automation.scoring.models import ScoreModel
from guanxi.automation.today.actions import finish_row, hand_over, postpone_row, wake_row, wave_away
from guanxi.automation.today.learning import LEAST, MOST, THIN, Learned, forget, learned_question
from guanxi.automation.today.models import Answer
from guanxi.automation.today.orphans import exceptions, may_see_board
from guanxi.automation.today.stream import stream
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.records.access import NotFound
from guanxi.platform.records.questions import ask
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for


def due(name, by, *, days=0, **values):
    on = timezone.localdate() - timedelta(days=days)
    given = {"name": name, "next_step": "Call", "next_step_on": on.isoformat(), **values}
    return create_record(object="company", values=given, by=by)


def learned(by):
    return ask(learned_question(by))[0]


def test_thin_data_leaves_the_rules_as_they_are():
    assert Learned().factor == 1
    assert Learned(done=0, waved=THIN - 1).factor == 1
    assert Learned(done=0, waved=THIN).factor == pytest.approx((6 / 16) / 0.75)
    assert Learned(done=40, waved=0).factor == MOST
    assert Learned(done=0, waved=500).factor == LEAST
    factors = [Learned(done=at, waved=20 - at).factor for at in range(21)]
    assert factors == sorted(factors)


def test_what_is_waved_away_sinks_for_this_member_only_and_can_be_forgotten(cast):
    with in_workspace(cast.xishan.pk):
        rep, manager = actor(cast.rep), actor(cast.manager)
        firms = [due(f"Firm {at}", rep) for at in range(THIN)]
        before = stream(by=rep)[0].score
        for firm in firms[:-1]:
            wave_away(rule="next_step", object="company", record_id=firm.pk, by=rep)
        assert [one.whom.id for one in stream(by=rep)] == [firms[-1].pk]
        assert stream(by=rep)[0].score == before  # seven answers are thin
        wave_away(rule="quiet", object="company", record_id=firms[0].pk, by=rep)
        assert learned(rep)["next_step"].waved == THIN - 1
        Answer.objects.create(
            member=cast.rep, rule="next_step", object="company", record_id=1, kind=Answer.Kind.WAVED
        )
        assert stream(by=rep)[0].score == pytest.approx(before - 80 * 0.5)
        assert learned(manager) == {}
        postpone_row(rule="next_step", object="company", record_id=firms[-1].pk, until="tomorrow", by=rep)
        assert learned(rep)["next_step"].count == THIN  # putting off says nothing
        wake_row(rule="next_step", object="company", record_id=firms[0].pk, by=rep)
        assert learned(rep)["next_step"].count == THIN - 1  # what is undone says nothing
        finish_row(rule="next_step", object="company", record_id=firms[-1].pk, by=rep)
        assert learned(rep)["next_step"].done == 1
        with pytest.raises(NotFound):
            wave_away(rule="next_step", object="company", record_id=firms[0].pk, by=actor(cast.stranger))
    page = client_for(cast.rep).get("/today/why/").content.decode()
    assert "× 0." in page or "× 1." in page
    client_for(cast.stranger).post("/today/why/forget/")
    with in_workspace(cast.xishan.pk):
        assert learned(rep) != {}
    client_for(cast.rep).post("/today/why/forget/")
    with in_workspace(cast.xishan.pk):
        assert learned(rep) == {}
        assert forget(by=rep) == 0


def test_rank_is_made_of_rule_time_value_and_score(cast):
    with in_workspace(cast.xishan.pk):
        rep, admin = actor(cast.rep), actor(cast.admin)
        ScoreModel.objects.all().delete()
        add_model(object="company", rules=[{"if": "level = A", "points": 40}], by=admin, on=True)
        settle()
        due("Cold", rep)
        due("Warm", rep, level="A")
        due("Late", rep, days=2)
        settle()
        rows = stream(by=rep)
        assert [one.whom.title for one in rows] == ["Warm", "Late", "Cold"]
        assert [round(sum(one.parts.values()) - one.score, 6) for one in rows] == [0, 0, 0]
        assert rows[0].parts["score"] == 4
        stages = {one.name: one.pk for one in registry.get("stage").rows()}
        late = (timezone.localdate() - timedelta(days=1)).isoformat()
        for name, stage in (("Likely", "签约"), ("Unlikely", "初步接洽")):
            values = {"name": name, "stage": stages[stage], "amount": "1000000", "expected_close": late}
            create_record(object="deal", values=values, by=rep)
        values = {one.whom.title: one.parts["value"] for one in stream(by=rep)}
        assert values["Likely"] > values["Unlikely"] > 0  # what is expected of it, not what it is called


def test_a_row_is_handed_over_in_place(cast):
    with in_workspace(cast.xishan.pk):
        rep, manager = actor(cast.rep), actor(cast.manager)
        firm = due("Firm", rep)
        with pytest.raises(Refused):
            hand_over(
                rule="next_step",
                object="company",
                record_id=firm.pk,
                to=cast.below.pk,
                by=actor(cast.observer),
            )
        with pytest.raises(NotFound):
            hand_over(
                rule="next_step",
                object="company",
                record_id=firm.pk,
                to=cast.below.pk,
                by=actor(cast.stranger),
            )
        with pytest.raises(InvalidValues):
            hand_over(rule="next_step", object="company", record_id=firm.pk, to=cast.outsider.pk, by=manager)
    client = client_for(cast.manager)
    address = f"/today/next_step/company/{firm.pk}/"
    assert cast.below.user.name in client.get(f"{address}more/").content.decode()
    assert client.post(f"{address}hand-over/", {"to": str(cast.below.pk)}).status_code == 303
    with in_workspace(cast.xishan.pk):
        firm.refresh_from_db()
        assert firm.owner_id == cast.below.pk
    for member in (cast.stranger, cast.outsider):
        for door in ("hand-over", "not-needed"):
            assert client_for(member).post(f"{address}{door}/", {"to": str(member.pk)}).status_code == 404


def test_what_is_left_alone_stands_on_the_board_of_who_leads(cast):
    with in_workspace(cast.xishan.pk):
        rep, admin, manager = actor(cast.rep), actor(cast.admin), actor(cast.manager)
        due("Fine", rep)
        due("Late", rep, days=30)
        create_record(object="company", values={"name": "Stepless"}, by=rep)
        create_record(object="company", values={"name": "Rival", "role": "competitor"}, by=rep)
        nobody = create_record(object="company", values={"name": "Nobody", "next_step": "x"}, by=admin)
        change_record(nobody, {"owner": None, "team": cast.south.pk}, by=admin)
        assert not may_see_board(rep)
        assert exceptions(by=rep) == []
        found = {row.values["name"]: one.title for one in exceptions(by=manager) for row in one.rows}
        assert set(found) == {"Late", "Stepless", "Nobody"}
        assert len(set(found.values())) == 3
    page = client_for(cast.manager).get("/today/left-alone/").content.decode()
    assert "Stepless" in page
    assert "Rival" not in page
    assert "/today/left-alone/" in client_for(cast.manager).get("/today/").content.decode()
    assert client_for(cast.rep).get("/today/left-alone/").status_code == 403
    assert "Stepless" not in client_for(cast.outsider).get("/today/left-alone/").content.decode()
