"""Two people change one definition: the second is told what the first did and overwrites nothing unseen."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.events.facts import facts_of
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata.models import Made, OwnField, OwnLayout, OwnMetric, OwnObject, Rule

# What facts call a definition
WHAT: dict[type[Made] | type[OwnLayout], str] = {
    OwnField: "field",
    OwnObject: "object",
    OwnMetric: "metric",
    Rule: "rule",
    OwnLayout: "layout",
}


class StaleVersion(RuntimeError):
    """Somebody changed the same definition since it was read. Nothing was saved.

    seen      the version that was read; 0 where there was none yet, None where nobody says
    changes   what became of it since: part → [as it was read, as it is now]
    last      the last fact of that; None where nobody can say
    """

    def __init__(self, row: Made | OwnLayout, seen: int | None = None) -> None:
        super().__init__(_("This was changed in the meantime."))
        self.row = row
        what = WHAT[type(row)]
        later = [one for one in facts_of(what, row.pk) if seen is not None and (one.version or 0) > seen]
        self.last: Fact | None = later[-1] if later else None
        self.changes: dict[str, list[Any]] = {}
        for fact in later:
            for name, (old, new) in fact.changes.items():
                self.changes[name] = [self.changes.get(name, [old])[0], new]
