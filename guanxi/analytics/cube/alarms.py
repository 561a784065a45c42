"""To be told when a figure is below or above something: the condition in words, read, and met."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from guanxi.analytics.cube.defining import filter_words
from guanxi.analytics.cube.pivot import figure_words
from guanxi.analytics.semantic.answering import Figure, ask
from guanxi.analytics.semantic.compiling import plan_of
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.measures import Measure
from guanxi.platform.i18n.numbers import parse_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.filters import parse_filter
from guanxi.web.components import Option

BELOW, ABOVE = "below", "above"
DELIVERIES = "/analytics/deliveries/"
_MOST = Decimal(10) ** 14
_LESS, _MORE = (
    Decimal("0.75"),
    Decimal("1.25"),
)  # of the figure: what is offered until somebody says otherwise


_COUNTED = ("count", "distinct")


def alarm_of(cell: Cube, figure: Figure, measure: Measure, by: Actor) -> Option:
    """What the menu of a cell offers: to be told when it is a quarter worse than now."""
    beyond = ABOVE if measure.less else BELOW
    now = Decimal(str(figure or 0))
    limit = _rounded(now * (_MORE if measure.less == (now >= 0) else _LESS), whole=measure.kind in _COUNTED)
    words = _("Tell me above %(limit)s") if measure.less else _("Tell me below %(limit)s")
    href = with_query(DELIVERIES, about=cell.query, beyond=beyond, limit=limit_text(limit, measure))
    return Option("", words % {"limit": figure_words(limit, measure, "", by.currency)}, href=href)


def limit_text(limit: Decimal, measure: Measure) -> str:
    """As it stands in a form: a share in percent."""
    return f"{(limit * 100 if measure.shape == 'percent' else limit).normalize():f}"


def read_limit(text: str, measure: Measure) -> Decimal:
    """What was typed as a limit of a measure; raises InvalidValues for no number."""
    number = parse_number(text.strip().removesuffix("%"))
    if number is None or abs(number) >= _MOST:
        raise InvalidValues({"limit": [FieldError("number", _("Say the limit as a number."))]})
    share = number / 100 if measure.shape == "percent" else number
    return share.quantize(Decimal("0.0001"))


def measured(cube: Cube, by: Actor) -> Measure:
    """What an alarm looks at: one figure; raises FieldError for a cube that has more than one."""
    if cube.rows or cube.columns or len(cube.measures) > 1 or cube.compare:
        raise FieldError("cube", _("One figure can be watched, not a table."))
    return plan_of(cube, by).measures[0]


def cell_words(cube: Cube, measure: Measure, by: Actor) -> str:
    """Which figure: of which records, what of them, which ones."""
    obj = as_seen(registry.get(cube.object), by)
    words = filter_words(parse_filter(cube.filter), obj, by) if cube.filter else ""
    return " · ".join(one for one in (str(obj.plural_label), measure.label, words) if one)


def limit_words(beyond: str, limit: Decimal, measure: Measure, by: Actor) -> str:
    """The condition, as it stands beside what it is of."""
    words = _("Told below %(limit)s") if beyond == BELOW else _("Told above %(limit)s")
    return words % {"limit": figure_words(limit, measure, "", by.currency)}


def crossed(cube: Cube, beyond: str, limit: Decimal, by: Actor) -> tuple[bool, str]:
    """Whether the figure is beyond its limit, and the sentence that says so. Nothing counts as nought."""
    answer = ask(cube, by)
    measure, figure = answer.plan.measures[0], answer.figure((), (), 0)
    value = Decimal(str(figure or 0))
    words = (
        _("%(measure)s is %(figure)s, below %(limit)s")
        if beyond == BELOW
        else _("%(measure)s is %(figure)s, above %(limit)s")
    )
    said = words % {
        "measure": measure.label,
        "figure": figure_words(value, measure, "", by.currency),
        "limit": figure_words(limit, measure, "", by.currency),
    }
    return (value < limit if beyond == BELOW else value > limit), said


def _rounded(value: Decimal, *, whole: bool) -> Decimal:
    """To two digits that count; what is counted has no halves."""
    if not value:
        return value
    if whole and value.adjusted() < 1:
        return value.quantize(Decimal(1), ROUND_HALF_UP)
    return value.quantize(Decimal((0, (1,), value.adjusted() - 1)), ROUND_HALF_UP)
