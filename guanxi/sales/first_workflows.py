"""A new workspace begins with workflows that are switched on: what a sales team would do by hand.

They are ordinary workflows: they can be read, changed and switched off like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guanxi.automation.workflows.actions import install_workflows
from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.changes import Change
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.models import Workspace
from guanxi.sales.deals.first_pipeline import STAGES
from guanxi.sales.deals.models import Stage

QUOTE_STAGE, CONTRACT_STAGE = STAGES[2][0], STAGES[4][0]
LEADING = 50  # the score above which somebody leads the day
SCORED = ("company", "lead")  # what has a score from the first day: first_scores.py

Given = tuple[str, str, str, Mapping[str, Any]]


def add_first_workflows(change: Change) -> None:
    """Hears of founded workspaces, after the first pipeline is there."""
    if (change.object, change.verb) != ("workspace", "founded"):
        return
    language = Workspace.objects.values_list("language", flat=True).get(pk=change.record_id)
    install_workflows(list(first_workflows(language)), by=system_actor(change.record_id, "Guanxi"))


def first_workflows(language: str) -> Iterator[Given]:
    """The workflows, in a language; the stages are those of the chosen workspace."""

    def say(en: str, hans: str, hant: str) -> str:
        return L(en, hans, hant).in_(language)

    for name in SCORED:
        label = registry.get(name).label.in_(language)
        yield (
            f"{name}-leads-today",
            say(
                "Today is led by a score above 50", "评分过 50 的排在今天最前", "評分超過 50 的排在今天最前面"
            )
            + f" · {label}",
            name,
            leads_today(language),
        )
    yield (
        "quiet-for-30-days",
        say("No follow-up for more than 30 days", "超过 30 天没跟进", "超過 30 天沒有跟進"),
        "company",
        {
            "when": {"kind": "held", "for": "30d", "since": ["last_touch_at", "created_at"]},
            "if": "role not in (competitor, supplier, other) and owner is not empty",
            "most_a_day": 5,
            "steps": [
                {
                    "do": "notify",
                    "to": ["owner"],
                    "text": say(
                        "{name}: no follow-up for more than 30 days",
                        "{name}：超过 30 天没跟进了",
                        "{name}：超過 30 天沒有跟進",
                    ),
                },
                {"do": "wait", "for": "2wd"},
                {
                    "do": "branch",
                    "if": "last_touch_at is empty or last_touch_at < -30d",
                    "then": [
                        {
                            "do": "notify",
                            "to": ["manager"],
                            "text": say(
                                "{name}: still no follow-up by {owner.name}",
                                "{name}：{owner.name} 还没有跟进",
                                "{name}：{owner.name} 仍未跟進",
                            ),
                        }
                    ],
                },
            ],
        },
    )
    stages = {name: str(key) for key, name in Stage.objects.order_by("position").values_list("pk", "name")}
    quoted, signing = QUOTE_STAGE.in_(language), CONTRACT_STAGE.in_(language)
    yield (
        "quote-to-contract",
        say("From quote to contract", "从报价到签约", "從報價到簽約"),
        "deal",
        {
            "when": {"kind": "fact", "verb": "moved", "was": f"stage = {stages[quoted]}"},
            "if": f"stage = {stages[signing]}",
            "steps": [
                {
                    "do": "notify",
                    "to": ["followers"],
                    "text": say(
                        "{name} goes from quote to contract",
                        "{name}：从报价进入签约",
                        "{name}：從報價進入簽約",
                    ),
                }
            ],
        },
    )
    yield (
        "quote-approved",
        say("A quote is approved", "报价批准了", "報價已核准"),
        "quote",
        {
            "when": {"kind": "fact", "verb": "approved"},
            "steps": [
                {
                    "do": "notify",
                    "to": ["owner"],
                    "button": "send",
                    "text": say(
                        "{name} is approved: send it now",
                        "{name} 已批准：现在就可以发给客户",
                        "{name} 已核准：現在就可以寄給客戶",
                    ),
                }
            ],
        },
    )


def leads_today(language: str) -> dict[str, Any]:
    """Who has a score above 50 leads the owner’s Today for as long as that is so."""
    why = L("Score {score}: above 50", "评分 {score}：过了 50", "評分 {score}：超過 50")
    return {
        "when": {"kind": "enters"},
        "if": f"score > {LEADING}",
        "steps": [{"do": "today", "text": why.in_(language), "to": ["owner"], "weight": 150}],
    }
