"""What follows from a finding: a to-do about each record, or a tag on it, by the verbs of any record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.analytics.insights.studies import Todo
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.models import Tag
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.writing import change_record, create_record

DUE = timedelta(days=2)


@transaction.atomic
def make_todos(todo: Todo, *, by: Actor) -> int:
    """A to-do about each record, for whoever owns it where the actor may assign, else for the actor. How many
    were made; records that the actor no longer sees are passed over, and those of which the same to-do of
    theirs is open: a button that is pressed twice makes nothing twice. Raises Refused."""
    obj = kind_of_todos()
    if obj is None or not by.may("create", obj.name):
        raise Refused(_("Your role makes no to-dos."))
    made = 0
    _take_turn(by)
    for key in todo.ids:
        try:
            record = find_record(registry.get(todo.object), key, by=by)
        except NotFound:
            continue
        title = (_("%(record)s: %(todo)s") % {"record": record, "todo": todo.text})[:200]
        if _is_open(obj, title, (todo.object, key), by):
            continue
        values: dict[str, Any] = {
            obj.title: title,
            obj.due: timezone.now() + DUE,
            obj.about: [(todo.object, key)],
        }
        kind = obj.fields_by_name.get("kind")
        if kind is not None and any(one.value == "todo" for one in getattr(kind, "options", ())):
            values["kind"] = "todo"
        create_record(object=obj.name, values=values, by=by)
        made += 1
    return made


def _take_turn(by: Actor) -> None:
    """Of two requests of one member the second waits, and sees what the first has made."""
    list(Member.objects.select_for_update(of=("self",)).filter(pk=by.member_id).values_list("pk"))


def _is_open(obj: Object, title: str, about: tuple[str, int], by: Actor) -> bool:
    """Whether the actor has made this to-do already, and nobody has done it yet."""
    assert obj.about
    same = obj.rows().filter(**{obj[obj.title].column: title}, created_by_id=by.member_id, archived_at=None)
    return any(
        obj[obj.done].get(one) is None
        and about in [(name, int(key)) for name, key in obj[obj.about].get(one)]
        for one in same
    )


@transaction.atomic
def tag_records(todo: Todo, *, by: Actor) -> int:
    """Puts the tag on the records that the actor may change, so that they are a list; returns the tag. Raises
    Refused."""
    tag = Tag.objects.filter(key=todo.tag.casefold(), archived_at=None).first() or add_tag(
        name=todo.tag, by=by
    )
    obj = registry.get(todo.object)
    if "tags" not in obj.fields_by_name or not by.may("change", obj.name):
        raise Refused(_("Your role puts no tags on these."))
    for key in todo.ids:
        try:
            record = find_record(obj, key, by=by, access="edit")
        except NotFound:
            continue
        if tag.pk not in record.tags:
            change_record(record, {"tags": [*record.tags, tag.pk]}, by=by)
    return int(tag.pk)


def kind_of_todos() -> Object | None:
    """The object that has what a to-do needs: when it is due, when it was done, whom it is about."""
    return next((one for one in registry.objects() if one.due and one.done and one.about and one.owned), None)
