"""Who stands above whom: never in a circle."""

from __future__ import annotations

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def test_no_company_stands_below_one_that_it_stands_above(cast: Cast) -> None:
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        top = create_record(object="company", values={"name": "集团"}, by=by)
        middle = create_record(object="company", values={"name": "华东", "parent": top.pk}, by=by)
        low = create_record(object="company", values={"name": "杭州", "parent": middle.pk}, by=by)
        for company, parent in ((top, top), (top, middle), (top, low), (middle, low)):
            with pytest.raises(InvalidValues) as refused:
                change_record(company, {"parent": parent.pk}, by=by)
            assert [one.code for one in refused.value.errors["parent"]] == ["circle"]
        done = change_many(registry.get("company"), [Wish(top.pk, {"parent": low.pk})], by=by)
        assert [key for key, _why in done.refusals] == [top.pk]
        change_record(low, {"parent": top.pk}, by=by)
        change_record(middle, {"parent": low.pk}, by=by)
        top.refresh_from_db()
        assert top.parent_id is None


def test_two_that_change_at_once_are_seen_together(cast: Cast) -> None:
    """Each alone would be possible; what closes a circle only for a moment is."""
    by, company = actor(cast.admin), registry.get("company")
    with in_workspace(cast.xishan.pk):
        one, other = (create_record(object="company", values={"name": name}, by=by) for name in "AB")
        done = change_many(
            company, [Wish(one.pk, {"parent": other.pk}), Wish(other.pk, {"parent": one.pk})], by=by
        )
        assert {key for key, _why in done.refusals} == {one.pk, other.pk}
        change_record(one, {"parent": other.pk}, by=by)
        done = change_many(
            company, [Wish(one.pk, {"parent": None}), Wish(other.pk, {"parent": one.pk})], by=by
        )
        assert done.refusals == []
        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.parent_id, other.parent_id) == (None, one.pk)
