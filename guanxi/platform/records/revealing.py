"""A masked field is shown in full to who may reveal, one record at a time, and a fact says who looked."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import GRADES, right_of, whole
from guanxi.platform.records.access import Refused, find_record, require


@transaction.atomic
def reveal_field(obj: Object, record_id: int, name: str, *, by: Actor) -> tuple[Field, Any]:
    """The field as it is and its value in this record.

    Raises NotFound for a record that the actor does not see, InvalidValues for a field that is not masked,
    Refused without the permission, which is granted by its name only.
    """
    record = find_record(obj, record_id, by=by)
    if right_of(obj, name, by) not in GRADES:
        problem = FieldError("unknown_field", _("There is no masked field “%(name)s”.") % {"name": name[:60]})
        raise InvalidValues({"field": [problem]})
    if not may_reveal(obj, by):
        raise Refused(f"{obj.name}.reveal")
    require(by, "see", obj)
    field = whole(obj)[name]
    value = field.get(obj.model_class.objects.get(pk=record.pk))
    state_fact(
        obj.name,
        "revealed",
        record.pk,
        by=by,
        title=str(record),
        data={"field": name},
        version=record.version,
    )
    return field, value


def may_reveal(obj: Object, by: Actor) -> bool:
    """Whether the actor may look behind the masks of an object's fields."""
    return by.may("reveal", obj.name)
