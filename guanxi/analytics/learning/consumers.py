from __future__ import annotations

from collections.abc import Sequence

from guanxi.analytics.learning.hearing import hear_facts
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact


@consumer("learned-models", hears=("*",), starts="now")
def say_anew(facts: Sequence[Fact]) -> None:
    """Let models speak anew of records of which these facts change something that they read."""
    hear_facts(facts)
