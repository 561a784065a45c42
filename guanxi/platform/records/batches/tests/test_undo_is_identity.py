"""Whatever is done to records, in whatever order: undone backwards, everything is as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.platform.metadata import registry
from guanxi.platform.records.access import find_record
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.batches.running import change_chosen, paste, undo_batch
from guanxi.platform.records.models import Tag, Trashed, Value
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import change_record, create_records, told
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CONTACT = registry.get("contact")
COUNT = 4
Undo = Callable[[], Any]

which = st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=COUNT, unique=True)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=30)
values = st.one_of(
    st.fixed_dictionaries({"title": texts}),
    st.fixed_dictionaries({"phones": st.sampled_from(["", "0571-8820 4410", "13800138000"])}),
    st.fixed_dictionaries({"emails": st.sampled_from(["", "a@b.example", "c@d.example"])}),
    st.fixed_dictionaries({"birthday": st.sampled_from(["", "1980-02-29", "2001-12-31"])}),
    st.fixed_dictionaries({"decision_role": st.sampled_from(["", "decider", "user"]), "title": texts}),
    st.fixed_dictionaries({"name": st.sampled_from(["Zhao", "钱多多", "a"])}),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), which, values),
        st.tuples(st.just("bulk"), which, values),
        st.tuples(st.just("tag"), which, st.booleans()),
        st.tuples(st.just("paste"), which, texts),
        st.tuples(st.sampled_from(["archive", "restore", "delete"]), which, st.none()),
        st.tuples(st.just("assign"), which, st.booleans()),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_undoing_backwards_is_as_if_nothing_had_been(shop: Shop, steps: list[Any]):
    with in_workspace(shop.cast.xishan.pk):
        by = actor(shop.cast.admin)
        rows = [{"name": f"P{n}", "title": "x", "tags": []} for n in range(COUNT)]
        ids = [one.pk for one in create_records(object="contact", rows=rows, by=by)]
        before = picture(ids)
        undos: list[Undo] = []
        for what, chosen, given_values in steps:
            undos += do(shop, what, [ids[at] for at in chosen], given_values)
        for undo in reversed(undos):
            undo()
        assert picture(ids) == before


def do(shop: Shop, what: str, ids: list[int], given_values: Any) -> list[Undo]:
    """One step; what takes it back."""
    by = actor(shop.cast.admin)
    if what == "edit":
        return [one for key in ids for one in edit(shop, key, given_values)]
    if what == "paste":
        batch = paste(
            CONTACT, [(key, None, {"title": given_values, "birthday": "soon"}) for key in ids], by=by
        )
    elif what == "bulk":
        batch = change_chosen(CONTACT, ids, kind="change", values={"values": given_values}, by=by)
    elif what == "tag":
        tags = {"tags": [Tag.objects.get(name="食品饮料").pk]}
        batch = change_chosen(
            CONTACT, ids, kind="tag", values={"add" if given_values else "remove": tags}, by=by
        )
    elif what == "assign":
        to = shop.cast.rep if given_values else shop.cast.stranger
        batch = change_chosen(CONTACT, ids, kind="assign", values={"values": {"owner": to.pk}}, by=by)
    else:
        batch = change_chosen(CONTACT, ids, kind=what, values={}, by=by)
    assert batch.state == Batch.State.DONE
    return [lambda: undo_batch(batch.pk, by=by)] if batch.done else []


def edit(shop: Shop, key: int, given_values: Any) -> list[Undo]:
    """By the verb for one record; nothing where it is in the archive or the trash."""
    by = actor(shop.cast.admin)
    if Trashed.objects.filter(record_id=key).exists():
        return []
    changed = change_record(find_record(CONTACT, key, by=by), given_values, by=by)
    fact_id = changed.last_fact_id
    return [lambda: undo_fact(fact_id, by=by)] if fact_id else []


def picture(ids: list[int]) -> Any:
    """All that is kept of the records, but for versions and moments."""
    records = CONTACT.rows().filter(pk__in=ids).order_by("pk")
    found = Value.objects.filter(object="contact", record_id__in=ids)
    return (
        [
            ({**told(CONTACT, one), "owned_since": None}, one.sort_key, bool(one.archived_at))
            for one in records
        ],
        sorted(found.values_list("record_id", "field", "value")),
        sorted(
            Trashed.objects.filter(object="contact", record_id__in=ids).values_list("record_id", flat=True)
        ),
    )
