from __future__ import annotations

from collections.abc import Sequence

from guanxi.collaboration.timeline.projecting import forget_timelines, project_facts
from guanxi.collaboration.timeline.traffic import recount_merged
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact


@consumer("timeline", hears=("*",), batch=500, reset=forget_timelines)
def fill_timelines(facts: Sequence[Fact]) -> None:
    project_facts(facts)
    recount_merged(facts)
