"""A new workspace starts with a way of selling, not with an empty screen."""

from __future__ import annotations

from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.changes import Change
from guanxi.platform.records.writing import create_record, create_typed_records
from guanxi.platform.tenancy.models import Workspace

NAME = L("Sales", "销售", "銷售")
# Name, probability, kind, days after which a deal is stale.
STAGES = (
    (L("Qualified", "初步接洽", "初步接洽"), 10, "open", 30),
    (L("Needs agreed", "需求确认", "需求確認"), 30, "open", 30),
    (L("Quoted", "方案报价", "方案報價"), 50, "open", 21),
    (L("Negotiating", "商务谈判", "商務談判"), 70, "open", 21),
    (L("Signing", "签约", "簽約"), 90, "open", 14),
    (L("Won", "赢单", "成交"), 100, "won", None),
    (L("Lost", "输单", "失單"), 0, "lost", None),
)


def add_first_pipeline(change: Change) -> None:
    """Hears of founded workspaces and gives each a pipeline in its language."""
    if (change.object, change.verb) != ("workspace", "founded"):
        return
    language = Workspace.objects.values_list("language", flat=True).get(pk=change.record_id)
    by = system_actor(change.record_id, "Guanxi")
    line = create_record(object="pipeline", values={"name": NAME.in_(language)}, by=by)
    stages = [
        {
            "name": name.in_(language),
            "pipeline": line.pk,
            "position": position,
            "probability": probability,
            "kind": kind,
            "rot_days": rot_days,
        }
        for position, (name, probability, kind, rot_days) in enumerate(STAGES)
    ]
    create_typed_records(object="stage", rows=stages, by=by)
