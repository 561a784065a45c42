"""How sure a deal is. Its stage says so, unless somebody has said otherwise of this one."""

from __future__ import annotations

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.fields import Option

PIPELINE, BEST_CASE, COMMIT, OMITTED = "pipeline", "best_case", "commit", "omitted"
CATEGORIES = (
    Option(PIPELINE, L("Pipeline", "管道", "醞釀中"), "indigo"),
    Option(BEST_CASE, L("Best case", "乐观", "樂觀"), "azurite"),
    Option(COMMIT, L("Commit", "承诺", "承諾"), "malachite"),
    Option(OMITTED, L("Omitted", "不计入", "不計入")),
)
LIKELY, SURE = 50, 75  # percent from which a stage that says nothing is best case, and commit


def category_of(said: str | None, of_stage: str | None, probability: int) -> str:
    """What was said of the deal, else what its stage says, else by the stage's probability in percent."""
    if said:
        return said
    if of_stage:
        return of_stage
    return COMMIT if probability >= SURE else BEST_CASE if probability >= LIKELY else PIPELINE
