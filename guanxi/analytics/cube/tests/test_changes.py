from __future__ import annotations

import pytest
from django.utils.translation import override

from guanxi.analytics.cube.pivot import change_words
from guanxi.analytics.semantic.measures import measure
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def test_what_is_better_when_less_says_its_change_in_words_without_the_colour_of_a_rise(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        owed = measure(registry.get("instalment"), "metric:overdue_amount", actor(cast.admin))
        come = measure(registry.get("receipt"), "metric:received_amount", actor(cast.admin))
    assert (owed.less, come.less) == (True, False)
    with override("en"):
        assert change_words(0.25, owed) == ("25% more", None)
        assert change_words(-0.25, owed) == ("25% less", None)
        assert change_words(0.25, come) == ("25%", True)
        assert change_words(-0.25, come) == ("25%", False)
    with override("zh-hans"):
        assert change_words(-0.25, owed) == ("\u5c11 25%", None)


def test_what_hardly_changed_points_nowhere(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        come = measure(registry.get("receipt"), "metric:received_amount", actor(cast.admin))
    assert change_words(0.001, come) == ("0%", None)
    assert change_words(None, come) == ("", None)
    assert change_words(5_000.0, come) == ("9,999%", True)
