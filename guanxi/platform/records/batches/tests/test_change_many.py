from __future__ import annotations

from typing import Any

import pytest

from guanxi.platform.events.facts import facts_of
from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.running import cancel, run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.batches import jobs, running
from guanxi.platform.records.batches.models import Batch, BatchPart
from guanxi.platform.records.batches.running import change_chosen, change_matching, undo_batch
from guanxi.platform.records.batches.steps import dropped, made, moved
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.models import Tag
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import archive_record, change_record, create_record, create_records, told
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

CONTACT = registry.get("contact")


@pytest.fixture
def many(shop: Shop) -> list[Any]:
    with in_workspace(shop.cast.xishan.pk):
        return create_records(
            object="contact", rows=[{"name": f"Person {n}"} for n in range(60)], by=actor(shop.cast.rep)
        )


def test_a_change_of_many_is_what_the_same_changes_one_by_one_are(shop: Shop) -> None:
    rep = actor(shop.cast.rep)
    values = {"department": "Sales", "phones": "0571-8820 4411", "tags": [shop.tag.pk]}
    with in_workspace(shop.cast.xishan.pk):
        one = create_record(object="contact", values={"name": "One"}, by=rep)
        two = create_record(object="contact", values={"name": "Two"}, by=rep)
        change_record(one, values, by=rep)
        batch = change_chosen(CONTACT, [two.pk], kind="change", values={"values": values}, by=rep)
        one.refresh_from_db()
        two.refresh_from_db()
        single, several = facts_of("contact", one.pk).latest("id"), facts_of("contact", two.pk).latest("id")
        assert batch.state == Batch.State.DONE
        assert (batch.done, batch.refused) == (1, 0)
        own = {"name": "", "owned_since": None}
        assert {**told(CONTACT, one), **own} == {**told(CONTACT, two), **own}
        assert (single.verb, single.changes, single.version) == (
            several.verb,
            several.changes,
            several.version,
        )
        assert several.data == {"batch": str(batch.pk)}
        by_phone = ListQuery(obj=CONTACT, columns=("name",), filter=parse_filter('phones = "0571-8820 4411"'))
        assert {row.id for row in list_records(by_phone, by=rep).rows} == {one.pk, two.pk}


def test_what_follows_from_a_stage_follows_for_all(shop: Shop) -> None:
    rep, deal = actor(shop.cast.rep), registry.get("deal")
    with in_workspace(shop.cast.xishan.pk):
        change_chosen(
            deal, [shop.deal.pk], kind="change", values={"values": {"stage": shop.stages[2].pk}}, by=rep
        )
        shop.deal.refresh_from_db()
        assert (shop.deal.status, shop.deal.probability) == ("won", 100)
        assert facts_of("deal", shop.deal.pk).latest("id").verb == "won"
        lost = change_chosen(
            deal, [shop.deal.pk], kind="change", values={"values": {"stage": shop.stages[3].pk}}, by=rep
        )
        part = BatchPart.objects.get(batch=lost)
        assert (lost.done, lost.refused) == (0, 1)
        assert part.refusals[0][0] == shop.deal.pk


def test_what_is_not_ones_own_is_refused_and_the_rest_is_done(shop: Shop) -> None:
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        company = registry.get("company")
        asked = {"values": {"industry": "steel"}}
        batch = change_chosen(company, [shop.far.pk, shop.company.pk, 5], kind="change", values=asked, by=rep)
        shop.far.refresh_from_db()
        assert (batch.done, batch.refused) == (1, 2)
        assert shop.far.industry is None
        with pytest.raises(Refused):
            change_chosen(
                company, [shop.company.pk], kind="change", values=asked, by=actor(shop.cast.observer)
            )
    with in_workspace(shop.cast.marlin.pk):
        theirs = change_chosen(
            company, [shop.company.pk], kind="change", values=asked, by=actor(shop.cast.outsider)
        )
        assert (theirs.done, theirs.refused) == (0, 1)


def test_wrong_values_are_said_before_anything_is_done(shop: Shop) -> None:
    with in_workspace(shop.cast.xishan.pk), pytest.raises(InvalidValues):
        change_chosen(
            CONTACT,
            [shop.contact.pk],
            kind="change",
            values={"values": {"birthday": "soon"}},
            by=actor(shop.cast.rep),
        )
    with in_workspace(shop.cast.xishan.pk):
        assert not Batch.objects.exists()


def test_tags_are_added_and_removed_beside_those_that_are_there(shop: Shop) -> None:
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        other = Tag(name="VIP")
        other.save()
        company = registry.get("company")
        asked = {"add": {"tags": [other.pk]}, "remove": {"tags": [shop.tag.pk]}}
        batch = change_chosen(company, [shop.company.pk], kind="change", values=asked, by=rep)
        shop.company.refresh_from_db()
        assert shop.company.tags == [other.pk]
        undo_batch(batch.pk, by=rep)
        shop.company.refresh_from_db()
        assert shop.company.tags == [shop.tag.pk]


def test_more_than_fifty_are_a_job_and_a_worker_that_died_is_followed_by_one_that_goes_on(
    shop: Shop, many: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rep = actor(shop.cast.rep)
    monkeypatch.setattr(running, "PART", 20)
    ids = [one.pk for one in many]
    with in_workspace(shop.cast.xishan.pk):
        batch = change_chosen(CONTACT, ids, kind="change", values={"values": {"department": "Lab"}}, by=rep)
        assert batch.state == Batch.State.WAITING
        parts = list(BatchPart.objects.filter(batch=batch).order_by("position"))
        running._do_part(batch.pk, parts[0].pk, rep)  # then the worker is killed
        assert CONTACT.rows().filter(department="Lab").count() == 20
    run_pending_jobs()
    with in_workspace(shop.cast.xishan.pk):
        batch.refresh_from_db()
        assert (batch.state, batch.done) == (Batch.State.DONE, 60)
        facts = Fact.objects.filter(object="contact", verb="changed", record_id__in=ids)
        assert facts.count() == 60  # nothing twice
        undo_batch(batch.pk, by=rep)
    run_pending_jobs()
    with in_workspace(shop.cast.xishan.pk):
        assert not CONTACT.rows().filter(department="Lab").exists()


def test_a_batch_cancelled_before_it_did_anything_has_nothing_to_undo(shop: Shop, many: list[Any]) -> None:
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        batch = change_chosen(
            CONTACT, [one.pk for one in many], kind="change", values={"values": {"department": "Lab"}}, by=rep
        )
        [job] = Job.objects.all()
        cancel(job.pk)
        assert jobs.settle(batch).state == Batch.State.CANCELLED
        with pytest.raises(Refused):
            undo_batch(batch.pk, by=rep)


def test_a_batch_whose_job_is_not_here_has_broken_off(shop: Shop, many: list[Any]) -> None:
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        batch = change_chosen(
            CONTACT, [one.pk for one in many], kind="change", values={"values": {"department": "Lab"}}, by=rep
        )
        Job.objects.all().delete()  # as in a copy of the workspace
        assert jobs.settle(batch).state == Batch.State.FAILED


def test_what_somebody_changed_since_is_not_written_over(shop: Shop, many: list[Any]) -> None:
    rep, ids = actor(shop.cast.rep), [one.pk for one in many]
    with in_workspace(shop.cast.xishan.pk):
        batch = change_chosen(CONTACT, ids, kind="change", values={"values": {"department": "Lab"}}, by=rep)
        change_record(many[3], {"department": "Board"}, by=rep)
        change_record(many[4], {"title": "Head"}, by=rep)
    run_pending_jobs()
    with in_workspace(shop.cast.xishan.pk):
        batch.refresh_from_db()
        assert (batch.done, batch.refused) == (59, 1)
        assert [one[0] for one in BatchPart.objects.get(batch=batch).refusals] == [many[3].pk]
        change_record(many[5], {"department": "Board"}, by=rep)
        undo = undo_batch(batch.pk, by=rep)
    run_pending_jobs()
    with in_workspace(shop.cast.xishan.pk):
        undo.refresh_from_db()
        assert (undo.done, undo.refused) == (58, 1)
        assert set(CONTACT.rows().filter(department="Board").values_list("pk", flat=True)) == {
            many[3].pk,
            many[5].pk,
        }


def test_all_that_match_are_those_that_matched_when_it_was_asked(shop: Shop, many: list[Any]) -> None:
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        archive_record(many[0], by=rep)
        query = ListQuery(obj=CONTACT, columns=(), filter=parse_filter('name starts "Person"'))
        batch = change_matching(
            query, asked={"filter": ""}, kind="change", values={"values": {"name": "Nobody"}}, by=rep
        )
        create_record(object="contact", values={"name": "Person late"}, by=rep)
    run_pending_jobs()
    with in_workspace(shop.cast.xishan.pk):
        batch.refresh_from_db()
        assert (batch.total, batch.done) == (59, 59)
        assert CONTACT.rows().filter(name="Person late").exists()


def test_archiving_many_is_undone_as_one_and_only_once(shop: Shop, many: list[Any]) -> None:
    rep, ids = actor(shop.cast.rep), [one.pk for one in many[:10]]
    with in_workspace(shop.cast.xishan.pk):
        batch = change_chosen(CONTACT, ids, kind="archive", values={}, by=rep)
        assert CONTACT.rows().filter(archived_at__isnull=False).count() == 10
        with pytest.raises(NotFound):
            undo_batch(batch.pk, by=actor(shop.cast.stranger))
        undo_batch(batch.pk, by=rep)
        assert not CONTACT.rows().filter(archived_at__isnull=False).exists()
        with pytest.raises(Refused):
            undo_batch(batch.pk, by=rep)


def test_rows_without_facts_are_taken_back_by_their_steps(shop: Shop) -> None:
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        moving, going, coming = Tag(name="A"), Tag(name="B"), Tag(name="C")
        for one in (moving, going, coming):
            one.save()
        batch = running.begin_batch(kind="tag", object="contact", by=rep)
        steps = [moved(moving, "tone", moving.tone, "rouge"), dropped(going), made(coming)]
        moving.tone = "rouge"
        moving.save()
        going.delete()
        change_record(shop.contact, {"title": "Head"}, by=rep, data=batch.mark)
        running.end_batch(batch, steps=steps)
        undo_batch(batch.pk, by=rep)
        assert {one.key: one.tone for one in Tag.objects.filter(key__in="abc")} == {
            "a": "azurite",
            "b": "azurite",
        }
        shop.contact.refresh_from_db()
        assert shop.contact.title is None
