"""Who merges decides nothing of what their role hides; kept conditions follow the winner."""

from __future__ import annotations

import pytest
from django.db import transaction

from guanxi.people.companies.models import Company
from guanxi.platform.metadata import registry
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.records.duplicates.models import DuplicatePair
from guanxi.platform.records.merging.actions import merge_records
from guanxi.platform.records.merging.filtering import rewritten
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.saved_views import Look, save_view, views_of
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
COMPANY, CONTACT = registry.get("company"), registry.get("contact")


@pytest.fixture
def pair(cast: Cast) -> list[Company]:
    """Two companies with other numbers and industries, and a rep who does not see either field."""
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        rows = [
            {"name": "Old", "tax_no": "91330100MA27XG1K3H"},
            {"name": "New", "tax_no": "91330100MA27XG1K4X", "industry": "secretindustry"},
        ]
        found = [create_record(object="company", values=row, by=by) for row in rows]
    hidden = {"fields": {"tax_no": "hidden", "industry": "hidden"}}
    give_role(cast.rep, {"*": {"verbs": ["*"], "see": "all", "edit": "all"}, "company": hidden})
    return found


@pytest.mark.parametrize("wins", [0, 1])
def test_hidden_fields_follow_a_rule_whoever_wins(cast: Cast, pair: list[Company], wins: int):
    with in_workspace(cast.xishan.pk):
        done = merge_records(COMPANY, pair[wins].pk, [pair[1 - wins].pk], by=actor(cast.rep))
        kept = Company.objects.get(pk=done.pk)
        assert (kept.tax_no, kept.industry) == ("91330100MA27XG1K3H", "secretindustry")
        with transaction.atomic():
            undo_batch(done.merge_id, by=actor(cast.rep))
        again = [Company.objects.get(pk=one.pk) for one in pair]
        assert [one.tax_no for one in again] == [one.tax_no for one in pair]
        assert [one.industry for one in again] == [one.industry for one in pair]
    page = (
        client_for(cast.rep).get(f"/companies/bulk/merge/?id={pair[0].pk}&id={pair[1].pk}").content.decode()
    )
    assert "secretindustry" not in page
    assert "91330100MA27XG1K" not in page


def test_a_pair_that_agrees_in_what_is_hidden_is_not_told(cast: Cast, pair: list[Company]):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        row = DuplicatePair(
            workspace=cast.xishan, object="company", low_id=pair[0].pk, high_id=pair[1].pk, permille=900,
            evidence={"title": "other", "f_tax_no": "near"},
        )  # fmt: skip
        row.save()
    rep, admin = client_for(cast.rep), client_for(cast.admin)
    assert f"/duplicates/{row.pk}/" in admin.get("/companies/duplicates/").content.decode()
    assert f"/duplicates/{row.pk}/" not in rep.get("/companies/duplicates/").content.decode()
    assert rep.post(f"/companies/duplicates/{row.pk}/", {"said": "different"}).status_code == 404
    with in_workspace(cast.xishan.pk), transaction.atomic():
        DuplicatePair.objects.filter(pk=row.pk).update(evidence={"title": "same", "f_tax_no": "other"})
    page = rep.get("/companies/duplicates/").content.decode()
    assert f"/duplicates/{row.pk}/" in page
    assert "90%" not in page


def test_views_that_name_hidden_fields_are_not_shown(cast: Cast, pair: list[Company]):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        save_view(COMPANY, Look(filter="industry = secretindustry"), name="Secret", shared="all", by=by)
        save_view(
            CONTACT, Look(filter="company.industry = secretindustry"), name="Behind", shared="all", by=by
        )
        sorted_by = Look(filter="city = X", sort="industry", columns=("name", "industry"))
        save_view(COMPANY, sorted_by, name="Plain", shared="all", by=by)
    for path in ("/companies/", "/contacts/", "/companies/board/"):
        page = client_for(cast.rep).get(path).content.decode()
        assert "Secret" not in page
        assert "Behind" not in page
        assert "secretindustry" not in page
    with in_workspace(cast.xishan.pk):
        plain = next(one for one in views_of(COMPANY, by=actor(cast.rep)) if one.label == "Plain")
        assert plain.sort == COMPANY.sort
        assert {one.label for one in views_of(COMPANY, by=by)} >= {"Secret", "Plain"}


def test_kept_conditions_name_the_winner_and_come_back(cast: Cast, pair: list[Company]):
    old, new = pair
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        text = f"company in ({old.pk}, {new.pk}) or not company = {new.pk}"
        view = save_view(CONTACT, Look(filter=text), name="Theirs", by=by)
        done = merge_records(COMPANY, old.pk, [new.pk], by=by)
        assert (
            SavedView.objects.get(pk=view.pk).filter == f"company in ({old.pk}) or not (company = {old.pk})"
        )
        undo_batch(done.merge_id, by=by)
        assert SavedView.objects.get(pk=view.pk).filter == text


def test_only_conditions_on_the_merged_object_are_touched():
    assert (
        rewritten("company.owner = 7 and city = 7", CONTACT, COMPANY, {"7"}, "8")
        == "company.owner = 7 and city = 7"
    )
    assert rewritten("company.parent = 7", CONTACT, COMPANY, {"7"}, "8") == "company.parent = 8"
    assert rewritten("no filter at", CONTACT, COMPANY, {"7"}, "8") == "no filter at"
