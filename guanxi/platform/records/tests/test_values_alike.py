"""What several records have can't be asked to be unique: which values those are, however many there are."""

from __future__ import annotations

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records import own_values
from guanxi.platform.records.own_values import values_alike
from guanxi.platform.records.writing import create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db

WIDE = "\uff21\uff22\uff23"  # ABC in full width


@pytest.mark.parametrize("slots", [1 << 24, 3])
def test_the_most_frequent_values_are_found_in_little_memory(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, slots: int
) -> None:
    """Also where all values share a few slots."""
    monkeypatch.setattr(own_values, "SLOTS", slots)
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        mark = add_field(object="company", type="text", label="Mark", by=by)
        marks = [*("abc", "ABC", WIDE), *("x", "X"), *(f"only {n}" for n in range(60))]
        rows = [{"name": f"Firm {n}", mark.name: one} for n, one in enumerate(marks)]
        create_records(object="company", rows=rows, by=by)
        assert registry.get("company")[mark.name].own
        found = values_alike(OwnField.objects.get(pk=mark.pk))
    assert found == [("abc", 3), ("x", 2)]


def test_of_very_many_the_rarest_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_values, "SLOTS", 1)
    monkeypatch.setattr(own_values, "MOST_KEYS", 40)
    counted = [("abc", 3), *((f"only {n}", 1) for n in range(200)), ("abc", 1)]
    assert own_values._most_alike(lambda: counted) == [("abc", 4)]
