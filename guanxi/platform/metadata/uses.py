"""Where a field is used: by computed fields, conditions and rules, and by what other rooms say of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import find_object, readers_of
from guanxi.platform.metadata.formulas import FormulaError, check_formula
from guanxi.platform.metadata.models import OwnField, Rule
from guanxi.platform.metadata.objects import Object


@dataclass(frozen=True, slots=True)
class UseOf:
    """Something that names a field. `holds`: the field can't be archived before this is changed."""

    what: str
    name: str
    url: str = ""
    holds: bool = False


Says = Callable[[Object, str], Iterable[UseOf]]
_others: list[Says] = []


def tells_uses(says: Says) -> Says:
    """Register who else names fields: a function of the object and the field's name."""
    _others.append(says)
    return says


def uses_of(object: str, name: str) -> list[UseOf]:
    """Everything that names a field, what holds it first."""
    if not registry.has(object):
        return []
    obj = registry.get(object)
    found = [*_formulas(object, name), *(one for says in _others for one in says(obj, name))]
    return sorted(found, key=lambda one: not one.holds)


def _formulas(object: str, name: str) -> Iterator[UseOf]:
    for other, reader in readers_of(object, name):
        field = registry.get(other).fields_by_name.get(reader)
        if field is not None:
            label = f"{registry.get(other).label} › {field.label}"
            yield UseOf(_("computed field"), label, f"/settings/objects/{other}/{field.made_id}/", holds=True)
    for row in OwnField.objects.filter(archived_at=None).exclude(visible_if="", required_if=""):
        sources = [row.visible_if, row.required_if]
        if (row.object, row.name) != (object, name) and _reads(row.object, sources, object, name):
            yield UseOf(_("condition"), str(row), f"/settings/objects/{row.object}/{row.pk}/", holds=True)
    for rule in Rule.objects.filter(archived_at=None):
        at = (rule.object, rule.field) == (object, name)
        if at or _reads(rule.object, [rule.formula], object, name):
            yield UseOf(
                _("rule"), str(rule), f"/settings/objects/{rule.object}/rules/?rule={rule.pk}", holds=True
            )


def _reads(of: str, sources: Iterable[str], object: str, name: str) -> bool:
    """Whether formulas of an object read a field, also behind links."""
    obj = find_object(of)
    for source in filter(None, sources):
        try:
            paths = check_formula(source, obj, find=find_object).paths if obj is not None else ()
        except FormulaError:
            continue
        for path in paths:
            at: Object | None = obj
            for part in path:
                if at is None:
                    break
                if (at.name, part) == (object, name):
                    return True
                field = at.fields_by_name.get(part)
                at = find_object(getattr(field, "to", "")) if field is not None else None
    return False
