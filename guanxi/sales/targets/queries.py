"""What was to be reached and what was: by member, team, firm and product, within the one access rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from guanxi.platform.i18n.names import sort_key
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Team
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.metrics import Metric
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.measuring import may_measure, metric_query
from guanxi.platform.records.questions import Question, Raw, ask, together
from guanxi.platform.records.summary import Group, summary_question
from guanxi.platform.records.titles import titles_of
from guanxi.sales.targets.models import FIRM, MEMBER, TEAM
from guanxi.sales.targets.periods import Period

ZERO = Decimal(0)


@dataclass
class Reached:
    """What a metric came to, over the records that the actor sees."""

    total: Decimal = ZERO
    members: dict[int, Decimal] = field(default_factory=dict)
    teams: dict[int, Decimal] = field(default_factory=dict)
    products: dict[int, Decimal] = field(default_factory=dict)


@dataclass
class Wanted:
    """The targets that the actor sees: of the firm, of teams, of (member, team), of products."""

    firm: Decimal | None = None
    teams: dict[int, Decimal] = field(default_factory=dict)
    members: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    products: dict[tuple[int, str, int], Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One row of the attainment: whose, how deep in the tree, what is wanted and what there is.

    given    the target was given; otherwise it is the sum of those below
    below    the sum of the targets below, where one was given too
    actual   None where the actor does not see all that it is made of
    """

    scope: str
    id: int
    label: str
    depth: int
    target: Decimal
    given: bool
    below: Decimal | None
    actual: Decimal | None

    @property
    def share(self) -> float | None:
        if self.actual is None or not self.target:
            return None
        return float(self.actual / self.target)


def may_see_targets(by: Actor) -> bool:
    """Whether the actor sees targets, and all by which they are told apart."""
    told_by = ("metric", "month", "value", "scope", "owner", "team", "product")
    return by.may("see", "target") and sees(registry.get("target"), told_by, by)


def attainment(metric: Metric, period: Period, *, by: Actor) -> list[Row]:
    """The firm, its teams as a tree with their members, and products; only what has a target."""
    wanted = wanted_in(metric, period, by=by)
    if not (wanted.firm is not None or wanted.teams or wanted.members or wanted.products):
        return []
    seen = may_measure(metric, by=by)
    products = any(name == FIRM for _product, name, _whose in wanted.products)
    reached = reached_in(metric, period, by=by, products=products) if seen else Reached()
    return _Tree(metric, wanted, reached, by, seen).rows()


def wanted_in(metric: Metric, period: Period, *, by: Actor) -> Wanted:
    """The targets of a metric within a period, months added up."""
    return ask(_wanted_question(metric, period, by))[0]


def _wanted_question(metric: Metric, period: Period, by: Actor) -> Question[Wanted]:
    query = ListQuery(
        obj=registry.get("target"),
        columns=(),
        filter=All(
            (
                Condition("metric", "is", metric.name),
                Condition("month", "gte", period.first.isoformat()),
                Condition("month", "lte", period.last.isoformat()),
            )
        ),
    )
    asked = summary_question(query, by=by, group=("scope", "owner", "team", "product"), sums=("value",))
    return Question(asked.selects, lambda raw: _as_wanted(asked.read(raw)))


def _as_wanted(groups: Sequence[Group]) -> Wanted:
    found = Wanted()
    for one in groups:
        (scope, owner, team, product), value = one.key, one.sums["value"]
        if product:
            whose = {MEMBER: owner, TEAM: team}.get(scope) or 0
            found.products[product, scope, whose] = found.products.get((product, scope, whose), ZERO) + value
        elif scope == FIRM:
            found.firm = (found.firm or ZERO) + value
        elif scope == TEAM:
            found.teams[team] = found.teams.get(team, ZERO) + value
        else:
            found.members[owner, team or 0] = found.members.get((owner, team or 0), ZERO) + value
    return found


def reached_in(metric: Metric, period: Period, *, by: Actor, products: bool = False) -> Reached:
    """What the metric came to, by owner and by team; `products`: by product, too."""
    return ask(reached_question(metric, period, by=by, products=products))[0]


def reached_question(
    metric: Metric, period: Period, *, by: Actor, products: bool = False
) -> Question[Reached]:
    obj = registry.get(metric.object)
    query = metric_query(metric, first=period.first, last=period.last)
    sums = (metric.sum,) if metric.sum else ()
    by_product = products and "product" in obj.fields_by_name
    groups = [(), *([("owner",), ("team",)] if obj.owned else []), *([("product",)] if by_product else [])]
    every = together([summary_question(query, by=by, group=group, sums=sums) for group in groups])

    def value(one: Group) -> Decimal:
        return one.sums[metric.sum] if metric.sum else Decimal(one.count)

    def read(raw: Sequence[Raw]) -> Reached:
        parts = iter(every.read(raw))
        found = Reached(total=sum((value(one) for one in next(parts)), ZERO))
        if obj.owned:
            found.members = {one.key[0]: value(one) for one in next(parts) if one.key[0]}
            found.teams = {one.key[0]: value(one) for one in next(parts) if one.key[0]}
        if by_product:
            found.products = {one.key[0]: value(one) for one in next(parts) if one.key[0]}
        return found

    return Question(every.selects, read)


def below(teams: Sequence[Team]) -> dict[int, tuple[int, ...]]:
    """Each team with those below it, itself first."""
    return {one.pk: tuple(other.pk for other in teams if other.path.startswith(one.path)) for one in teams}


def sees_all_of(metric: Metric, scope: str, teams: Sequence[int], member: int, *, by: Actor) -> bool:
    """Whether the actor sees every record that a target of this scope counts.

    A sum of the part that one sees would pass for the whole: then no figure is shown at all.
    """
    rows = by.rows(metric.object)
    if rows.every or (scope == MEMBER and member == by.member_id):
        return True
    return scope != FIRM and bool(teams) and set(teams) <= set(rows.teams)


class _Tree:
    """The rows of one page, from the top of the tree down."""

    def __init__(self, metric: Metric, wanted: Wanted, reached: Reached, by: Actor, seen: bool) -> None:
        self.metric, self.wanted, self.reached, self.by, self.seen = metric, wanted, reached, by, seen
        self.all_targets = by.rows("target")
        self.teams = list(Team.objects.order_by("path"))
        self.below = below(self.teams)
        self.names = member_names({owner for owner, _team in wanted.members})
        self.members: dict[int, list[int]] = defaultdict(list)
        for owner, team in wanted.members:
            self.members[team].append(owner)

    def rows(self) -> list[Row]:
        tops = [one for one in self.teams if one.parent_id not in self.below]
        found = [row for one in tops for row in self._team(one, 0)]
        known = set(self.below)
        loose = [pair for pair in self.wanted.members if pair[1] not in known]
        found += [self._member(owner, team, 0) for owner, team in loose]
        if self.wanted.firm is not None:
            total = sum((row.target for row in found if row.depth == 0), ZERO)
            firm = self._row(FIRM, 0, "", 0, self.wanted.firm, True, total or None, self.reached.total, ())
            found = [firm, *found]
        least = min((row.depth for row in found), default=0)
        return [*(replace(row, depth=row.depth - least) for row in found), *self._products()]

    def _team(self, team: Team, depth: int) -> Iterator[Row]:
        rows = [row for one in self.teams if one.parent_id == team.pk for row in self._team(one, depth + 1)]
        members = sorted(
            self.members.get(team.pk, ()), key=lambda one: sort_key(str(self.names.get(one, "")))
        )
        rows = [*(self._member(one, team.pk, depth + 1) for one in members), *rows]
        given = self.wanted.teams.get(team.pk)
        if not rows and given is None:
            return
        total = sum((row.target for row in rows if row.depth == depth + 1), ZERO)
        inside = self.below[team.pk]
        if given is None and not (self.all_targets.every or set(inside) <= set(self.all_targets.teams)):
            yield from rows  # the sum of the part that one sees would pass for the team's
            return
        actual = sum((self.reached.teams.get(one, ZERO) for one in inside), ZERO)
        target, known = (total, False) if given is None else (given, True)
        yield self._row(
            TEAM, team.pk, team.name, depth, target, known, total if known and rows else None, actual, inside
        )
        yield from rows

    def _member(self, owner: int, team: int, depth: int) -> Row:
        name, target = str(self.names.get(owner, "")), self.wanted.members[owner, team]
        actual = self.reached.members.get(owner, ZERO)
        return self._row(MEMBER, owner, name, depth, target, True, None, actual, (team,) if team else ())

    def _products(self) -> Iterator[Row]:
        refs = titles_of({("product", one) for one, _scope, _whose in self.wanted.products}, by=self.by)
        sums: dict[int, Decimal] = {}
        for (product, scope, _whose), value in self.wanted.products.items():
            if scope == FIRM:
                sums[product] = sums.get(product, ZERO) + value
        for product, value in sums.items():
            ref = refs.get(("product", product))
            if ref is not None:
                actual = self.reached.products.get(product, ZERO)
                yield self._row("product", product, ref.title, 0, value, True, None, actual, ())

    def _row(
        self,
        scope: str,
        pk: int,
        label: str,
        depth: int,
        target: Decimal,
        given: bool,
        total: Decimal | None,
        actual: Decimal,
        teams: Sequence[int],
    ) -> Row:
        of = FIRM if scope == "product" else scope
        known = self.seen and sees_all_of(self.metric, of, teams, pk, by=self.by)
        return Row(scope, pk, label, depth, target, given, total, actual if known else None)
