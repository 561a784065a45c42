"""Identity lies below facts and tells its changes to whoever listens; here they become facts."""

from __future__ import annotations

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.changes import Change, hear


@hear
def state_change(change: Change) -> None:
    state_fact(
        change.object,
        change.verb,
        change.record_id,
        by=change.by,
        title=change.title,
        changes=change.changes,
        about=change.about,
    )
