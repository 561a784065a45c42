"""Verbs of learned models. Administrators make, train and switch them; everybody reads what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.analytics.learning.cases import check_outcome, outcomes
from guanxi.analytics.learning.kinds import KINDS, Kept
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.analytics.learning.training import rename_groups
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.jobs.running import cancel
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.overlay import renew_version
from guanxi.platform.metadata.shaping import add_field, archive_field, restore_field
from guanxi.platform.tenancy.keys import new_key

KEPT_BY = "learned_model"
MOST_MODELS = 30
SCHEDULES = ("", "week", "month")


def find_learned(model_id: int, *, by: Actor, lock: bool = False) -> LearnedModel:
    """One of the workspace's; raises Refused for who does not look after it, NotFound.

    lock   whoever else changes it, a training at its end too, waits until the end of the transaction
    """
    _require(by)
    rows = LearnedModel.objects.filter(pk=model_id)
    row: LearnedModel | None = (rows.select_for_update() if lock else rows).first()
    if row is None or row.kind not in KINDS or not registry.has(row.object):
        raise NotFound(f"learned model {model_id}")
    return row


def learned_models(*, by: Actor) -> list[LearnedModel]:
    """All whose object and kind there are; raises Refused for who does not look after them."""
    _require(by)
    rows = LearnedModel.objects.order_by("object", "pk")
    return [one for one in rows if one.kind in KINDS and registry.has(one.object)]


@transaction.atomic
def add_learned(
    *, kind: str, by: Actor, object: str = "", came: str = "", gone: str = "", field: str = ""
) -> LearnedModel:
    """A model and the fields that it writes; it says nothing before it is trained and switched on.

    object      without it the first that the kind fits
    came, gone  what came true and what did not, as filters; without them what the object says of itself
    Raises Refused, and InvalidValues that names what is wrong.
    """
    _require(by)
    known = KINDS.get(kind)
    if known is None:
        raise InvalidValues({"kind": [FieldError("kind", _("There is no such model."))]})
    object = object or next(iter(known.fit()), "")
    if not registry.has(object) or not registry.get(object).group:
        raise InvalidValues({"object": [FieldError("object", _("There is no such kind of record."))]})
    if LearnedModel.objects.count() >= MOST_MODELS:
        raise InvalidValues({"kind": [FieldError("many", _("These are too many models."))]})
    if known.chance and not came and kind == "chance":
        came, gone = outcomes().get(object, ("", ""))
    if came or gone or kind == "chance":
        check_outcome(registry.get(object), came, gone, by=by)
    row = LearnedModel(
        workspace_id=by.workspace_id,
        kind=kind,
        object=object,
        field=field or known.field,
        came=came,
        gone=gone,
    )
    if LearnedModel.objects.filter(object=object, field=row.field).exists():
        raise InvalidValues({"object": [FieldError("unique", _("This has its model already."))]})
    for one in known.fields(row):
        _have_field(row, one, by)
    row.save(force_insert=True)
    _state(row, "created", by)
    return row


@transaction.atomic
def begin_training(model_id: int, *, by: Actor) -> LearnedModel:
    """Train it, in the background."""
    from guanxi.analytics.learning.jobs import train_model

    row = find_learned(model_id, by=by, lock=True)
    row.training_id = int(train_model.enqueue(row.pk, asked_by=by.name).id)
    row.save(update_fields=["training_id"])
    _state(row, "asked", by)
    return row


@transaction.atomic
def stop_training(model_id: int, *, by: Actor) -> LearnedModel:
    """End a training that waits or runs; what speaks now goes on speaking."""
    row = find_learned(model_id, by=by)
    if row.training_id:
        cancel(row.training_id)
    return row


@transaction.atomic
def switch_on(model_id: int, *, by: Actor) -> LearnedModel:
    """From now on it writes what it says. Raises InvalidValues for one that has learned nothing yet."""
    row = find_learned(model_id, by=by, lock=True)
    if row.number is None:
        words = _("It has learned nothing yet: train it first.")
        raise InvalidValues({"model": [FieldError("untrained", words)]})
    if row.on_at is None:
        row.on_at = datetime.now(UTC)
        _renewed(row, "switched_on", by)
    return row


@transaction.atomic
def switch_off(model_id: int, *, by: Actor) -> LearnedModel:
    """Back to the rules: its fields are emptied. What it said is kept, so the way forward is as short."""
    row = find_learned(model_id, by=by, lock=True)
    if row.on_at is not None:
        row.on_at = None
        _renewed(row, "switched_off", by)
    return row


@transaction.atomic
def choose_version(model_id: int, number: int, *, by: Actor) -> LearnedModel:
    """Another of its versions speaks from now on. Raises NotFound."""
    row = find_learned(model_id, by=by, lock=True)
    if not ModelVersion.objects.filter(model=row, number=number).exists():
        raise NotFound(f"version {number}")
    if row.number != number:
        before, row.number = row.number, number
        row.watch, row.warned_at = {}, None
        rename_groups(row, ModelVersion.objects.get(model=row, number=number), by)
        _renewed(row, "version_chosen", by, {"number": [before, number]})
    return row


@transaction.atomic
def change_learned(
    model_id: int,
    *,
    by: Actor,
    schedule: str | None = None,
    high: int | None = None,
    middle: int | None = None,
    left_out: Sequence[str] | None = None,
) -> LearnedModel:
    """When it is trained, where its classes begin, which columns it must not read (at the next training)."""
    row, changes = find_learned(model_id, by=by, lock=True), dict[str, list[Any]]()
    if schedule is not None:
        if schedule not in SCHEDULES:
            raise InvalidValues({"schedule": [FieldError("schedule", _("There is no such schedule."))]})
        _set(row, "schedule", schedule, changes)
    if high is not None or middle is not None:
        upper = high if high is not None else row.high
        lower = middle if middle is not None else row.middle
        if upper is None or lower is None or not 1 <= lower < upper <= 100:
            words = _("A mark lies between 1 and 100, and the upper one above the lower.")
            raise InvalidValues({"high": [FieldError("range", words)]})
        _set(row, "high", upper, changes)
        _set(row, "middle", lower, changes)
    if left_out is not None:
        known = set(registry.get(row.object).fields_by_name)
        _set(row, "left_out", sorted({one for one in left_out if one in known or "." in one}), changes)
    if changes:
        writes = row.on_at is not None and ("high" in changes or "middle" in changes)
        _renewed(row, "changed", by, changes, write=writes)
    return row


@transaction.atomic
def delete_learned(model_id: int, *, by: Actor) -> None:
    """The model, its versions and what it said; its fields go to the archive, empty."""
    from guanxi.analytics.learning.keeping import take_out

    row = find_learned(model_id, by=by, lock=True)
    after = 0
    while (last := take_out(row, after=after)) is not None:
        after = last
    names = [row.field + one.after for one in KINDS[row.kind].fields(row)]
    _state(row, "deleted", by)
    row.delete()
    kept = OwnField.objects.filter(object=row.object, name__in=names, kept_by=KEPT_BY, archived_at=None)
    for one in list(kept):
        archive_field(one.pk, by=by)


def _have_field(row: LearnedModel, wanted: Kept, by: Actor) -> None:
    """The field is there: a new one, or one that an earlier model left in the archive."""
    name = row.field + wanted.after
    old = OwnField.objects.filter(object=row.object, name=name, kept_by=KEPT_BY, type=wanted.type).first()
    if old is not None:
        restore_field(old.pk, by=by)
        return
    if name in registry.get(row.object).fields_by_name:
        words = _("“%(name)s” is the name of another field.") % {"name": name}
        raise InvalidValues({"field": [FieldError("taken", words)]})
    label = {one: wanted.label.in_(one) for one in ("en", "zh-hans", "zh-hant")}
    add_field(
        object=row.object,
        name=name,
        type=wanted.type,
        label=label,
        settings=wanted.settings,
        kept_by=KEPT_BY,
        by=by,
    )


def _set(row: LearnedModel, name: str, value: Any, changes: dict[str, list[Any]]) -> None:
    before = getattr(row, name)
    if before != value:
        setattr(row, name, value)
        changes[name] = [before, value]


def _renewed(
    row: LearnedModel, verb: str, by: Actor, changes: Mapping[str, Any] | None = None, *, write: bool = True
) -> LearnedModel:
    from guanxi.analytics.learning.jobs import write_model

    row.edition = new_key()
    if write:
        row.written_at = None if row.on_at is not None else row.written_at
    row.save()
    _state(row, verb, by, changes)
    if write:
        write_model.enqueue(row.pk)
    return row


def _require(by: Actor) -> None:
    if not by.administers:
        raise Refused(_("Only administrators look after learned models."))


def _state(row: LearnedModel, verb: str, by: Actor, changes: Mapping[str, Any] | None = None) -> None:
    renew_version(by.workspace_id)
    state_fact("learned_model", verb, row.pk, by=by, title=str(row), changes=changes or {})
