"""What a role hides is in no analysis: no figure, no name, no group; a page that lacks it still answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from guanxi.analytics.insights.all import INSIGHTS
from guanxi.analytics.insights.tests.test_insights import TODAY, pipeline, shop, study, texts
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, give_role

pytestmark = pytest.mark.django_db
WHOLE = {"verbs": ["*"], "see": "all", "edit": "all"}


@pytest.mark.slow
def test_hidden_fields_are_in_no_analysis(cast: Cast, fed: Callable[[], int]) -> None:
    hidden = {
        "deal": ("owner", "expected_close", "lost_reason"),
        "company": ("industry", "province", "level"),
        "activity": ("direction", "minutes", "about"),
        "instalment": ("open",),
    }
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        firms = shop(by, "青禾", 6, pipeline(by))
        for place, firm in enumerate(firms):
            change_record(firm, {"industry": f"Secret {place % 2}"}, by=by)
            values = {
                "name": "P",
                "company": firm.pk,
                "amount": "777",
                "due_on": str(TODAY - timedelta(days=9)),
            }
            create_record(object="instalment", values=values, by=by)
        fed()
        everything = texts(study("strategy", by, of="industry"))
        assert {"Secret 0", "Secret 1"} <= everything
        grants = {"*": WHOLE}
        for name, fields in hidden.items():
            grants[name] = {**WHOLE, "fields": dict.fromkeys(fields, "hidden")}  # type: ignore[dict-item]
        give_role(cast.observer, grants)
        reader = actor(Member.objects.select_related("role", "team", "user").get(pk=cast.observer.pk))
        for name, one in INSIGHTS.items():
            try:
                found = study(name, reader)
            except Refused:
                assert name in ("receivables", "effort", "channels")  # nothing is left to look at
                continue
            assert found.headline
            assert not any("Secret" in text or "777" in text for text in texts(found)), name
            assert one.choices is not None
        for of in ("industry", "region", "product", "goals"):
            assert "Secret 0" not in texts(study("strategy", reader, of=of))
        for of in ("team", "owner", "product", "customer"):
            assert study("balance", reader, of=of).headline


def test_who_sees_no_customers_is_refused_and_nothing_fails(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        shop(by, "青禾", 3, pipeline(by))
        fed()
        give_role(cast.observer, {"deal": WHOLE, "activity": WHOLE})
        reader = actor(Member.objects.select_related("role", "team", "user").get(pk=cast.observer.pk))
        for name in INSIGHTS:
            try:
                assert study(name, reader).headline
            except Refused:
                continue
        for name in ("strategy", "traits"):
            with pytest.raises(Refused):
                study(name, reader)
