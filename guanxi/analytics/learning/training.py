"""From the past of a workspace to a version of a model, and from a version to what it says of every record.

Both are jobs that may be killed anywhere: a training keeps its version in one transaction at its end, so a
second run begins anew and harms nothing; writing goes by pieces, and what stands already is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from guanxi.analytics.learning.keeping import keep_said, lock, take_out, version_of
from guanxi.analytics.learning.kinds import KINDS
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.analytics.learning.trained import Said, Thin, Trained
from guanxi.analytics.learning.watching import watch
from guanxi.analytics.warehouse.reading import fed_at
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.overlay import look_again, renew_version
from guanxi.platform.metadata.shaping import change_field
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

Progress = Callable[[int, int, str], None]
MOST_VERSIONS = 20  # older ones go, but for the one that speaks


def learner() -> Actor:
    """The product at work for the chosen workspace: it reads all of it, and nothing of another."""
    with reading():
        workspace = Workspace.objects.get(pk=require_workspace_id())
    return replace(
        system_actor(workspace.pk, "Guanxi"),
        timezone=workspace.timezone,
        currency=workspace.currency,
        language=workspace.language,
        country=workspace.country,
    )


def train(
    model_id: int, *, progress: Progress = lambda done, of, note: None, asked_by: str = ""
) -> ModelVersion | None:
    """A new version of a model, which speaks from now on; None where there is too little to learn from, which
    the model then says of itself, and for a model that is gone."""
    by = learner()
    with reading():
        model: LearnedModel | None = LearnedModel.objects.filter(pk=model_id).first()
    if model is None or not registry.has(model.object):
        return None
    progress(1, 4, "read")
    with reading():
        found = KINDS[model.kind].train(model, by=by)
    progress(3, 4, "keep")
    with transaction.atomic():
        model = LearnedModel.objects.select_for_update().filter(pk=model_id).first()
        if model is None:
            return None
        if isinstance(found, Thin):
            _say_thin(model, found, by)
            return None
        return _keep(model, found, by, asked_by)


def write_all(model_id: int, *, progress: Progress = lambda done, of, note: None) -> int:
    """What the version that speaks says of every record; how many records changed. Of a model that is off or
    has none, its fields are emptied."""
    by, changed, chances = learner(), 0, list[float]()
    with reading():
        model: LearnedModel | None = LearnedModel.objects.filter(pk=model_id).first()
    if model is None or not registry.has(model.object):
        return 0
    if model.on_at is None or model.number is None:
        return _empty(model)
    edition, kind = model.edition, KINDS[model.kind]
    with reading():
        version = version_of(model)
        total = registry.get(model.object).rows().filter(archived_at=None).count()
    done = 0
    look_again()
    for piece in _read_in_turn(kind.say(model, version, by=by)):
        with transaction.atomic():
            current = lock(model_id)
            if current is None or current.edition != edition:
                return changed  # somebody changed it: the job that this began writes
            changed += keep_said(current, version.number, piece, by=by)
        chances += [float(one.value) for one in piece if kind.chance and one.value is not None]
        done += len(piece)
        progress(min(done, total), total, "write")
    with transaction.atomic():
        if kind.chance and version.spread is None and chances:
            shares = np.quantile(np.asarray(chances) / 100, np.linspace(0, 1, 101))
            ModelVersion.objects.filter(pk=version.pk).update(spread=[round(float(one), 4) for one in shares])
        LearnedModel.objects.filter(pk=model_id, edition=edition).update(written_at=datetime.now(UTC))
    watch(model_id, by=by)
    return changed


def say_of(model_id: int, ids: list[int], *, by: Actor) -> int:
    """What a model says of some records that changed just now; how many records that changes."""
    with transaction.atomic():
        model = lock(model_id)
        if model is None:
            return 0
        version, changed = version_of(model), 0
        for piece in KINDS[model.kind].say(model, version, by=by, ids=ids):
            changed += keep_said(model, version.number, piece, by=by)
        return changed


def _read_in_turn(pieces: Iterator[list[Said]]) -> Iterator[list[Said]]:
    """Each piece is read by itself: writing one is another transaction."""
    while True:
        with reading():
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _empty(model: LearnedModel) -> int:
    after, count = 0, 0
    while (last := take_out(model, after=after)) is not None:
        after, count = last, count + 1
    return count


def _keep(model: LearnedModel, found: Trained, by: Actor, asked_by: str) -> ModelVersion:
    last = ModelVersion.objects.filter(model=model).aggregate(last=Max("number"))["last"] or 0
    fed = fed_at(by.workspace_id)
    version: ModelVersion = ModelVersion.objects.create(
        model=model,
        number=last + 1,
        made_by=asked_by,
        fed_at=datetime.fromtimestamp(fed, UTC) if fed else None,
        size=found.trust.size,
        events=found.events,
        recipe=found.recipe,
        features=found.features,
        figures=found.figures,
        leaks=found.leaks,
        doubts=list(found.trust.doubts),
        assumes=list(found.trust.assumes),
    )
    if model.high is None and found.marks:
        model.high, model.middle = found.marks
    before, model.number = model.number, version.number
    model.last = {"at": timezone.now().isoformat(), "outcome": "trained", "size": version.size}
    model.watch, model.warned_at, model.edition = {}, None, new_key()
    model.save()
    rename_groups(model, version, by)
    old = ModelVersion.objects.filter(model=model).exclude(number=model.number).order_by("-number")
    ModelVersion.objects.filter(pk__in=[one.pk for one in old[MOST_VERSIONS:]]).delete()
    renew_version(by.workspace_id)
    state_fact(
        "learned_model",
        "trained",
        model.pk,
        by=by,
        title=str(model),
        changes={"number": [before, version.number]},
        data={"size": version.size, "auc": version.figures.get("auc")},
    )
    return version


def rename_groups(model: LearnedModel, version: ModelVersion, by: Actor) -> None:
    """The groups that a version found become the options of the model's field; old ones go to the archive."""
    options = KINDS[model.kind].options
    field = OwnField.objects.filter(object=model.object, name=model.field, archived_at=None).first()
    if options is not None and field is not None:
        change_field(field.pk, {"settings": {"options": options(version)}}, by=by)


def _say_thin(model: LearnedModel, found: Thin, by: Actor) -> None:
    model.last = {
        "at": timezone.now().isoformat(),
        "outcome": "thin",
        "size": found.size,
        "events": found.events,
        "needed": found.needed,
    }
    model.save(update_fields=["last"])
    renew_version(by.workspace_id)
    state_fact("learned_model", "found_thin", model.pk, by=by, title=str(model), data=model.last)
