"""Which fields a form asks for, by what stands in it so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from copy import copy
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.computing import compute
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.pages.controls import found_link
from guanxi.platform.records.rules import hidden_fields, shown_by


def shown_fields(
    obj: Object,
    fields: Sequence[Field],
    raws: Mapping[str, Any],
    wrong: Collection[str],
    *,
    record: Any,
    by: Actor,
    whole: bool = True,
) -> tuple[Sequence[Field], set[str]]:
    """The fields that conditions leave, and the names of those by whose values others come and go.

    raws    what stands in the control of each field
    wrong   fields with an error: they are shown whatever a condition says
    record  the one that is changed; None for a new one
    whole   the form is of the whole record; else it asks for what somebody is about to do, and a condition
            counts only where the form has what it reads: a verb that takes a reason alone means it
    """
    names = {one.name for one in fields}
    known = registry.get(obj.name).fields_by_name
    read: dict[str, set[str]] = {}
    derived: set[str] = set()
    for name, direct in shown_by(obj).items():
        behind = {source for one in direct if one in known for source in known[one].follows} & names
        if name in names and (whole or (direct | behind) & names):
            read[name] = direct & names | behind
            derived |= behind
    if not read:
        return fields, set()
    draft = _as_typed(obj, fields, raws, derived, record, by)
    hidden = hidden_fields(obj, draft) & set(read) - set(wrong)
    return [one for one in fields if one.name not in hidden], set().union(*read.values())


def _as_typed(
    obj: Object,
    fields: Sequence[Field],
    raws: Mapping[str, Any],
    derived: set[str],
    record: Any,
    by: Actor,
) -> Any:
    """The record as it would be with what stands in the form, as far as that makes sense; not saved.

    derived   fields of which what follows from them is asked for, too
    """
    draft = copy(record) if record is not None else obj.model_class()
    draft.custom = dict(draft.custom)
    draft.workspace_id = by.workspace_id
    context = field_context(by)
    for one in fields:
        try:
            raw = found_link(one, raws[one.name], by=by) if isinstance(one, Link) else raws[one.name]
            one.put(draft, one.clean(raw, context))
        except FieldError:
            continue
    if derived:
        with suppress(ObjectDoesNotExist):  # a link that somebody made up leads nowhere
            draft.derive(derived)
    compute(registry.get(obj.name), [draft])
    return draft
