"""The tree as SQL."""

from __future__ import annotations

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Context, Field, Link
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.filters.names import NAMES, named_field
from guanxi.platform.records.filters.tree import All, Any, Condition, Filter, Not


def compile_filter(
    tree: Filter, obj: Object, *, by: Actor, context: Context, vendor: str, alias: str = "r"
) -> Sql:
    """The condition on rows of `obj` under `alias`; raises FieldError for what makes no sense.

    A condition behind a link holds only where the actor may see the linked record:
    otherwise its values could be guessed by filtering.
    """
    if isinstance(tree, Not):
        inner = compile_filter(tree.part, obj, by=by, context=context, vendor=vendor, alias=alias)
        return Sql(f"({inner.text}) IS NOT TRUE", inner.params)
    if isinstance(tree, All | Any):
        if not tree.parts:
            return Sql("1 = 1" if isinstance(tree, All) else "1 = 0")
        parts = [
            compile_filter(one, obj, by=by, context=context, vendor=vendor, alias=alias) for one in tree.parts
        ]
        word = " AND " if isinstance(tree, All) else " OR "
        return Sql(
            "(" + word.join(part.text for part in parts) + ")",
            tuple(value for part in parts for value in part.params),
        )
    return _compile_condition(tree, obj, by=by, context=context, vendor=vendor, alias=alias)


def _compile_condition(
    one: Condition, obj: Object, *, by: Actor, context: Context, vendor: str, alias: str
) -> Sql:
    name, dot, rest = one.field.partition(".")
    found = as_seen(obj, by).fields_by_name.get(name)
    if found is None or not found.filterable:
        raise FieldError("unknown_field", _("There is no field “%(name)s”.") % {"name": one.field})
    if not dot:
        return found.condition(one.operator, one.value, alias=alias, context=context, vendor=vendor)
    if part := found.part(rest):
        return part.condition(one.operator, one.value, alias=alias, context=context, vendor=vendor)
    return _behind_link(found, Condition(rest, one.operator, one.value), by, context, vendor, alias)


def _behind_link(found: Field, inner: Condition, by: Actor, context: Context, vendor: str, alias: str) -> Sql:
    if isinstance(found, Link) and (name := named_field(found, inner.field)):
        named = name.condition(inner.operator, inner.value, alias="named", context=context, vendor=vendor)
        return Sql(
            f"{found.expression(alias)} IN (SELECT named.id FROM {NAMES[found.to]} WHERE {named.text})",
            (context.workspace_id, *named.params),
        )
    if not isinstance(found, Link) or not registry.has(found.to):
        raise FieldError("unknown_field", _("“%(name)s” leads nowhere.") % {"name": found.name})
    target = registry.get(found.to)
    deeper = f"{alias}_{found.name}"
    condition = _compile_condition(inner, target, by=by, context=context, vendor=vendor, alias=deeper)
    rule = row_rule(target, by, alias=deeper)
    return Sql(
        f'{found.expression(alias)} IN (SELECT {deeper}.id FROM "{target.table}" {deeper}'
        f" WHERE {rule.text} AND {condition.text})",
        (*rule.params, *condition.params),
    )
