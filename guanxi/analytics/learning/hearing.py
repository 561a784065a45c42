"""From facts to records of which a model says something else now; and which models a workspace has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from guanxi.analytics.learning.cases import read_fields
from guanxi.analytics.learning.kinds import KINDS
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.analytics.learning.training import learner, say_of
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.estimates import Estimated, tell_estimates
from guanxi.platform.metadata.overlay import objects_version
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.transactions import reading

WHOLE = frozenset({"created", "restored", "merged"})
MOST_KEPT = 500  # workspaces whose models one process keeps
Speaking = tuple[LearnedModel, ModelVersion]
_kept: dict[int, tuple[int | None, list[Speaking]]] = {}


def models_on() -> list[Speaking]:
    """The models of the chosen workspace that are on, each with the version that speaks.

    Every page of a record asks: a process keeps them as long as the workspace's objects keep their version,
    which a change of a model renews.
    """
    workspace_id = require_workspace_id()
    version = objects_version(workspace_id)
    known = _kept.get(workspace_id)
    if known is None or known[0] != version:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        known = _kept[workspace_id] = version, _speaking()
    return known[1]


@tell_estimates
def estimated() -> list[Estimated]:
    """What the models that are on say in percent."""
    found = []
    for model, _version in models_on():
        kind = KINDS[model.kind]
        if kind.chance and kind.alarm:
            tier = f"{model.field}_class"
            warm = kind.name == "chance"
            found.append(Estimated(model.object, model.field, tier, kind.alarm, kind.why, warm))
    return found


def hear_facts(facts: Sequence[Fact]) -> None:
    """Facts of one workspace, in order, inside the transaction that moves the consumer's cursor."""
    for model, version in models_on():
        if not model.came:
            continue  # it looks at sales: by night
        read = {*version.features, *read_fields(model.came), *read_fields(model.gone)}
        heard = {fact.record_id: fact for fact in facts if _concerns(fact, model, read)}
        if heard:
            last = max(heard.values(), key=lambda fact: fact.pk)
            by = replace(learner(), cause_id=last.pk, depth=last.depth + 1)
            say_of(model.pk, sorted(heard), by=by)


def _concerns(fact: Fact, model: LearnedModel, read: set[str]) -> bool:
    if fact.verb == "scored" or fact.object != model.object:
        return False
    return fact.verb in WHOLE or not read.isdisjoint(fact.changes)


def _speaking() -> list[Speaking]:
    with reading():
        models = list(LearnedModel.objects.filter(on_at__isnull=False, number__isnull=False).order_by("pk"))
        versions = {(one.model_id, one.number): one for one in ModelVersion.objects.filter(model__in=models)}
    found = ((one, versions.get((one.pk, one.number))) for one in models if registry.has(one.object))
    return [(model, version) for model, version in found if version is not None]
