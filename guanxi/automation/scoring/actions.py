"""Verbs of score models. Administrators make them; everybody reads what they say of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from guanxi.automation.scoring.keeping import take_out
from guanxi.automation.scoring.models import ScoreModel
from guanxi.automation.scoring.recipe import check_rules, in_order
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.overlay import renew_version
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.tenancy.keys import new_key

LANGUAGES = ("en", "zh-hans", "zh-hant")
MOST_MODELS = 50


def find_model(model_id: int, *, by: Actor) -> ScoreModel:
    """One of the workspace's; raises Refused for who does not look after it, NotFound."""
    _require(by)
    row: ScoreModel | None = ScoreModel.objects.filter(pk=model_id).first()
    if row is None:
        raise NotFound(f"score model {model_id}")
    return row


@transaction.atomic
def add_model(
    *,
    object: str,
    by: Actor,
    field: str = "",
    title: str = "",
    rules: Sequence[Mapping[str, Any]] = (),
    leads: int = 50,
    on: bool = False,
) -> ScoreModel:
    """A model for a whole number of an object; without such a field one is made, called Score.

    Raises Refused, and InvalidValues that names what is wrong.
    """
    _require(by)
    if not registry.has(object) or not registry.get(object).group:
        raise InvalidValues({"object": [FieldError("object", _("There is no such kind of record."))]})
    if ScoreModel.objects.count() >= MOST_MODELS:
        raise InvalidValues({"object": [FieldError("many", _("These are too many scores."))]})
    field = field or "score"
    known = registry.get(object).fields_by_name.get(field)
    if known is None:
        label = {}
        for one in LANGUAGES:
            with override(one):
                label[one] = _("Score")
        add_field(
            object=object, name=field, type="integer", label=label, settings={"least": 0, "most": 100}, by=by
        )
    elif known.type != "integer" or known.computed or known.readonly:
        raise InvalidValues({"field": [FieldError("type", _("A score is a field of whole numbers."))]})
    if ScoreModel.objects.filter(object=object, field=field).exists():
        raise InvalidValues({"object": [FieldError("unique", _("This field has its score already."))]})
    kept = check_rules(object, list(rules), by=by)
    row = ScoreModel(
        workspace_id=by.workspace_id,
        object=object,
        field=field,
        title=_titled(title or _("Score of %(objects)s") % {"objects": registry.get(object).plural_label}),
        rules=kept,
        leads=_mark(leads),
    )
    row.save(force_insert=True)
    _state(row, "created", by)
    return switch_on(row.pk, by=by) if on else row


@transaction.atomic
def install_models(given: Sequence[tuple[str, str, Sequence[Mapping[str, Any]]]], *, by: Actor) -> None:
    """(object, title, rules) of scores that a new workspace begins with, switched on: nothing to weigh yet.

    The rules are ours and have been checked by a test.
    """
    now = datetime.now(UTC)
    ScoreModel.objects.bulk_create(
        [
            ScoreModel(
                workspace_id=by.workspace_id, object=object, field="score", title=title, on_at=now,
                weighed_at=now,
                rules=[in_order({"key": f"r{at}", "kind": "fit", **one}) for at, one in enumerate(rules, 1)],
            )
            for object, title, rules in given
        ]
    )  # fmt: skip


@transaction.atomic
def draft_rules(model_id: int, rules: Sequence[Mapping[str, Any]], *, by: Actor) -> ScoreModel:
    """What the rules are to become: kept beside them until `publish_rules`. Raises InvalidValues."""
    row = find_model(model_id, by=by)
    kept = check_rules(row.object, list(rules), by=by)
    row.draft = None if kept == row.rules else kept
    row.save(update_fields=["draft"])
    return row


@transaction.atomic
def publish_rules(model_id: int, *, by: Actor) -> ScoreModel:
    """The draft counts from now on, and every record is weighed by it."""
    row = find_model(model_id, by=by)
    if row.draft is None:
        return row
    before, row.rules, row.draft = row.rules, check_rules(row.object, row.draft, by=by), None
    return _renewed(row, "changed", by, {"rules": [before, row.rules]})


@transaction.atomic
def discard_draft(model_id: int, *, by: Actor) -> ScoreModel:
    row = find_model(model_id, by=by)
    row.draft = None
    row.save(update_fields=["draft"])
    return row


@transaction.atomic
def change_model(
    model_id: int, *, by: Actor, title: str | None = None, leads: int | None = None
) -> ScoreModel:
    """Its name, and the mark above which somebody is shown first."""
    row = find_model(model_id, by=by)
    changes: dict[str, list[Any]] = {}
    if title is not None and _titled(title) != row.title:
        changes["title"] = [row.title, _titled(title)]
        row.title = _titled(title)
    if leads is not None and _mark(leads) != row.leads:
        changes["leads"] = [row.leads, _mark(leads)]
        row.leads = _mark(leads)
    return _renewed(row, "changed", by, changes, weigh=False) if changes else row


@transaction.atomic
def switch_on(model_id: int, *, by: Actor) -> ScoreModel:
    """From now on it counts. What stands in the field now stays on top of what the rules give."""
    row = find_model(model_id, by=by)
    if row.on_at is not None:
        return row
    row.on_at = datetime.now(UTC)
    return _renewed(row, "switched_on", by)


@transaction.atomic
def switch_off(model_id: int, *, by: Actor) -> ScoreModel:
    """The totals stay as they are; from now on they are ordinary numbers."""
    row = find_model(model_id, by=by)
    if row.on_at is None:
        return row
    row.on_at = None
    return _renewed(row, "switched_off", by, weigh=False)


@transaction.atomic
def delete_model(model_id: int, *, by: Actor) -> None:
    """What its rules gave leaves the field; what people wrote there stays."""
    row = find_model(model_id, by=by)
    if registry.has(row.object) and row.field in registry.get(row.object).fields_by_name:
        take_out(row)
    _state(row, "deleted", by)
    row.delete()


def _renewed(
    row: ScoreModel, verb: str, by: Actor, changes: Mapping[str, Any] | None = None, *, weigh: bool = True
) -> ScoreModel:
    from guanxi.automation.scoring.jobs import weigh_all

    row.edition = new_key()
    if weigh and row.on_at is not None:
        row.weighed_at = None
    row.save()
    _state(row, verb, by, changes)
    if weigh and row.on_at is not None:
        weigh_all.enqueue(model_id=row.pk)
    return row


def _require(by: Actor) -> None:
    if not by.administers:
        raise Refused(_("Only administrators look after scores."))


def _titled(title: str) -> str:
    title = " ".join(title.split())
    if not 0 < len(title) <= 120:
        raise InvalidValues({"title": [FieldError("required", _("Give it a name."))]})
    return title


def _mark(leads: Any) -> int:
    try:
        found = int(leads)
    except (TypeError, ValueError):
        found = -1
    if not 0 <= found <= 100:
        raise InvalidValues({"leads": [FieldError("range", _("A mark lies between 0 and 100."))]})
    return found


def _state(row: ScoreModel, verb: str, by: Actor, changes: Mapping[str, Any] | None = None) -> None:
    renew_version(by.workspace_id)
    state_fact("score_model", verb, row.pk, by=by, title=row.title, changes=changes or {})
