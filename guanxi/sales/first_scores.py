"""A new workspace begins with scores of leads and companies that are switched on: they follow the tags.

They are ordinary scores: they can be read, changed and switched off like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guanxi.automation.scoring.actions import install_models
from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.changes import Change
from guanxi.platform.records.tagging import install_tags
from guanxi.platform.tenancy.models import Workspace

# A tag, what it is worth, and its colour. The tags are there from the first day: nobody has to guess them.
WORTH = (
    (L("Hot", "重点", "重點"), 30, "cinnabar"),
    (L("Interested", "有意向", "有意向"), 20, "ochre"),
    (L("Visited us", "来访过", "來訪過"), 15, "azurite"),
    (L("No budget", "没预算", "沒預算"), -20, "indigo"),
)
OPENED = {
    "fact": ["quote.viewed", "quote.opened"],
    "points": 10,
    "most": 30,
    "within": 14,
    "half_life": 7,
    "kind": "engagement",
}

Given = tuple[str, str, Sequence[Mapping[str, Any]]]


def add_first_scores(change: Change) -> None:
    """Hears of founded workspaces."""
    if (change.object, change.verb) != ("workspace", "founded"):
        return
    language = Workspace.objects.values_list("language", flat=True).get(pk=change.record_id)
    install_models(list(first_scores(language)), by=system_actor(change.record_id, "Guanxi"))
    install_tags([(tag.in_(language), tone) for tag, _points, tone in WORTH])


def first_scores(language: str) -> Iterator[Given]:
    """(object, title, rules), in a language."""
    tags = [{"tag": tag.in_(language), "points": points} for tag, points, _tone in WORTH]
    lead = L("A lead’s score follows its tags", "线索评分随标签变", "名單評分隨標籤變動")
    yield "lead", lead.in_(language), tags
    company = L("A customer’s score", "客户评分", "客戶評分")
    yield "company", company.in_(language), [*tags, OPENED]
