"""What is proposed: by the first criterion that tells the claimants apart, with shares that add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from guanxi.collaboration.clashes.policy import CRITERIA, Policy, Work, propose, split_for

DAY = datetime(2026, 3, 1, tzinfo=UTC)
WORKS = st.lists(
    st.builds(
        Work,
        st.integers(1, 9),
        first=st.none() | st.integers(0, 5).map(lambda days: DAY + timedelta(days=days)),
        active=st.integers(0, 4),
        visits=st.integers(0, 2),
        deals=st.integers(0, 2),
        quotes=st.integers(0, 1),
        owns=st.integers(0, 2),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one.member_id,
)
POLICIES = st.builds(Policy, st.permutations(CRITERIA).map(tuple), st.integers(1, 365), st.integers(0, 50))


def test_deals_come_before_talks_and_talks_before_who_was_first():
    first = Work(1, first=DAY, active=1)
    busy = Work(2, first=DAY + timedelta(days=9), active=5)
    seller = Work(3, first=DAY + timedelta(days=20), deals=1)
    assert propose([first, busy, seller], Policy()).owner_id == 3
    found = propose([first, busy], Policy())
    assert (found.owner_id, found.criterion, dict(found.split)) == (2, "active", {2: 70, 1: 30})
    assert found.pattern == "deal= active+ first-"
    early = propose([first, busy], Policy(order=("first", "active", "deal"), share=0))
    assert (early.owner_id, early.criterion, dict(early.split)) == (1, "first", {1: 100})


def test_where_nothing_tells_them_apart_the_owner_keeps_it():
    found = propose([Work(1), Work(2, owns=2)], Policy())
    assert (found.owner_id, found.criterion, dict(found.split)) == (2, "", {2: 100})


@given(WORKS, POLICIES)
def test_a_proposal_is_one_of_them_and_all_of_it_is_given(works: list[Work], policy: Policy):
    found = propose(works, policy)
    assert found.owner_id in {one.member_id for one in works}
    assert sum(found.split.values()) == 100
    assert all(percent > 0 for percent in found.split.values())
    assert found == propose(works, policy)
    for one in works:
        assert sum(split_for(one, works, policy).values()) == 100
        assert split_for(one, works, policy)[one.member_id] >= 50
