from __future__ import annotations

from collections.abc import Sequence

from guanxi.automation.scoring.hearing import hear_facts
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact


@consumer("scores", hears=("*",), starts="now")
def weigh_anew(facts: Sequence[Fact]) -> None:
    """Weigh the records of which these facts change something that counts."""
    hear_facts(facts)
