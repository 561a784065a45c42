"""To tick a line of a checklist, and to take the tick away."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.access import find_record
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.sales.gates.models import StageCheck, Tick


@transaction.atomic
def tick(deal: Any, item: StageCheck, *, by: Actor) -> Tick:
    """It is done for this deal; ticked again the first tick stays. Raises NotFound and InvalidValues."""
    current = find_record(registry.get("deal"), deal.pk, by=by, access="edit", lock=True)
    if item.stage.pipeline_id != current.pipeline_id or item.archived_at is not None:
        said = _("This is on the list of another pipeline.")
        raise InvalidValues({"item": [FieldError("link", said)]})
    there: Tick | None = Tick.objects.filter(deal=current.pk, item=item.pk, archived_at=None).first()
    if there is not None:
        return there
    made: Tick = create_record(object="tick", values={"deal": current.pk, "item": item.pk}, by=by)
    return made


@transaction.atomic
def untick(deal: Any, item: StageCheck, *, by: Actor) -> None:
    """It is not done after all; without a tick nothing happens."""
    current = find_record(registry.get("deal"), deal.pk, by=by, access="edit", lock=True)
    for one in Tick.objects.filter(deal=current.pk, item=item.pk, archived_at=None):
        archive_record(one, by=by)
