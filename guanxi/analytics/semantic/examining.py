"""Whether a workspace's own metric can be computed: asked whenever one is made, changed or brought back."""

from __future__ import annotations

from django.utils.translation import gettext as _

from guanxi.analytics.semantic.conditions import condition
from guanxi.analytics.semantic.formulas import formula_sql
from guanxi.analytics.semantic.scoping import Scope
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import FormulaFault, find_object
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.formulas import FormulaError, check_formula
from guanxi.platform.metadata.metrics import Metric
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import FilterSyntaxError, parse_filter


def examine(one: Metric, by: Actor) -> None:
    """Raises InvalidValues: of a formula with the character at which it makes no sense."""
    obj = registry.get(one.object)
    scope = Scope(obj, by, field_context(by))
    if one.filter:
        try:
            condition(parse_filter(one.filter), scope)
        except FilterSyntaxError as problem:
            raise InvalidValues({"filter": [FieldError("filter", str(problem))]}) from problem
        except FieldError as problem:
            raise InvalidValues({"filter": [problem]}) from problem
    if not one.formula or one.plain:
        return
    try:
        found = check_formula(one.formula, obj, find=find_object)
        if one.aggregate != "distinct" and found.kind not in ("number", "nothing"):
            raise FormulaFault(FormulaError(_("This formula should give a number."), 0, len(one.formula)))
        formula_sql(one.formula, scope)
    except FormulaError as problem:
        raise InvalidValues({"formula": [FormulaFault(problem)]}) from problem
    except FieldError as problem:
        raise InvalidValues({"formula": [problem]}) from problem
