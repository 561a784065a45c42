"""What follows from a finding: a to-do about each record, made by the verb that makes any record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.analytics.insights.studies import Todo
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.writing import create_record

DUE = timedelta(days=2)


@transaction.atomic
def make_todos(todo: Todo, *, by: Actor) -> int:
    """A to-do about each record, for whoever owns it where the actor may assign, else for the actor. How many
    were made; records that the actor no longer sees are passed over. Raises Refused."""
    obj = kind_of_todos()
    if obj is None or not by.may("create", obj.name):
        raise Refused(_("Your role makes no to-dos."))
    made = 0
    for key in todo.ids:
        try:
            record = find_record(registry.get(todo.object), key, by=by)
        except NotFound:
            continue
        values: dict[str, Any] = {
            obj.title: f"{record}: {todo.text}"[:200],
            obj.due: timezone.now() + DUE,
            obj.about: [(todo.object, key)],
        }
        kind = obj.fields_by_name.get("kind")
        if kind is not None and any(one.value == "todo" for one in getattr(kind, "options", ())):
            values["kind"] = "todo"
        create_record(object=obj.name, values=values, by=by)
        made += 1
    return made


def kind_of_todos() -> Object | None:
    """The object that has what a to-do needs: when it is due, when it was done, whom it is about."""
    return next((one for one in registry.objects() if one.due and one.done and one.about and one.owned), None)
