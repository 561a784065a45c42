from __future__ import annotations

from collections.abc import Sequence

from guanxi.automation.workflows.hearing import hear_facts
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact


@consumer("workflows", hears=("*",), starts="now")
def start_workflows(facts: Sequence[Fact]) -> None:
    """Start the runs that these facts ask for, and wake those that wait for one of them."""
    hear_facts(facts)
