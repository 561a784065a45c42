"""What may be said of a score, and to whom.

A score is made of other fields, so from the score something of them follows. Therefore: who may not see one
of the fields that its rules look at does not see the score either, as with formulas: not in lists, filters,
exports or the API (`metadata/rights.py` asks `score_follows`). What facts give is said without the records
that the facts are of: a count, never whose quote it was; reasons about a kind of record that the reader may
not see at all are told without naming it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from guanxi.automation.scoring.models import Score, ScoreModel
from guanxi.automation.scoring.recipe import Rule, facts_of_rule, paths_read
from guanxi.automation.scoring.words import rule_words, signed
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import objects_version
from guanxi.platform.metadata.rights import Follows, as_seen, follow_more
from guanxi.platform.records.questions import Question, answered, model_question
from guanxi.platform.tenancy.context import EVERYWHERE, current_workspace_id, require_workspace_id
from guanxi.platform.tenancy.transactions import reading

MOST_KEPT = 500  # workspaces whose models one process keeps


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of a score: why, how much, how often it counted."""

    why: Markup
    points: str
    count: int
    less: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A score with its reasons."""

    title: str
    label: Any
    total: int
    fit: int
    engagement: int
    leads: bool
    reasons: list[Reason]


def rows_asked(record: Any, actor: Actor) -> Question[list[Score]]:
    """What is kept of a record's scores; nothing is asked of an object that has none."""
    if not any(one.object == record.object_name for one in models_on()):
        return answered([])
    where = "WHERE m.workspace_id = %s AND m.record_id = %s"
    return model_question(Score, where, (record.workspace_id, record.pk))


def scores_of(obj: Object, record: Any, rows: Sequence[Score], *, by: Actor) -> list[Told]:
    """The scores of a record that this reader sees, with their reasons."""
    models = [one for one in models_on() if one.object == obj.name]
    seen = as_seen(obj, by)
    known = {one.model_id: one for one in rows}
    return [
        _told(one, obj, record, known.get(one.pk), by) for one in models if one.field in seen.fields_by_name
    ]


_kept: dict[int, tuple[int | None, list[ScoreModel]]] = {}
_followed: dict[tuple[int, ...], Follows] = {}


def models_on() -> list[ScoreModel]:
    """The models of the chosen workspace that are on.

    Every page of a record asks: a process keeps them as long as the workspace's objects keep their version,
    which a change of a model renews.
    """
    workspace_id = require_workspace_id()
    version = objects_version(workspace_id)
    known = _kept.get(workspace_id)
    if known is None or known[0] != version:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        with reading():
            rows = ScoreModel.objects.filter(on_at__isnull=False).order_by("object", "pk")
            known = _kept[workspace_id] = version, list(rows)
    return known[1]


@follow_more
def score_follows() -> tuple[Any, Follows]:
    """What the scores of the workspace follow from, and a word that changes with it."""
    if current_workspace_id() in (None, EVERYWHERE):
        return (), {}
    models = models_on()
    edition = tuple(one.edition for one in models)
    known = _followed.get(edition)
    if known is not None and edition:
        return edition, known
    follows: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in models:
        if registry.has(one.object):
            obj = registry.get(one.object)
            read = {path for rule in one.rules for path in paths_read(obj, rule)}
            follows[one.object, one.field] = sorted(read - {(one.object, one.field)})
    if len(_followed) >= MOST_KEPT:
        _followed.clear()
    _followed[edition] = follows
    return edition, follows


def _told(model: ScoreModel, obj: Object, record: Any, row: Score | None, by: Actor) -> Told:
    rules: Mapping[str, Rule] = {one["key"]: one for one in model.rules}
    reasons = [
        Reason(_why(obj, rules[key], by), signed(points), count, points < 0)
        for key, points, count in sorted(row.parts if row else (), key=lambda one: -abs(one[1]))
        if key in rules
    ]
    if row is not None and row.given:
        words = Markup("{}").format(_("written here by people, imports or workflows"))
        reasons.append(Reason(words, signed(row.given), 1, row.given < 0))
    total = obj[model.field].get(record) or 0
    return Told(
        title=model.title,
        label=obj[model.field].label,
        total=total,
        fit=row.fit if row else 0,
        engagement=row.engagement if row else 0,
        leads=total > model.leads,
        reasons=reasons,
    )


def _why(obj: Object, rule: Rule, by: Actor) -> Markup:
    named = {name.partition(".")[0] for name in facts_of_rule(rule)}
    if not rule.get("label") and not all(by.may("see", one) for one in named):
        days = ngettext("%(count)d day", "%(count)d days", rule["within"]) % {"count": rule["within"]}
        return Markup("{}").format(_("what happened in the last %(days)s") % {"days": days})
    return rule_words(obj, rule, by=by)
