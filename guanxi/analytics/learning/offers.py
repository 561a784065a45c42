"""Next product: what those who bought the same also took, by association rules over customers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guanxi.analytics.insights.reading import lay_sale
from guanxi.analytics.learning.customers import best_sale, products_of
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.analytics.learning.trained import Said, Thin, Trained
from guanxi.analytics.mining.baskets import FEWEST, Rule, association_rules
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.platform.identity.actors import Actor

FEWEST_BASKETS = 50  # customers; below that a rule is an anecdote
MOST_RULES, OFFERED = 500, 3
SURE = "0.2"
Held = Mapping[int, set[str]]


def train_offers(model: LearnedModel, *, by: Actor) -> Trained | Thin:
    """Rules over what each customer ever bought; tried on what the latest quarter of the time brought."""
    bought = _bought(by)
    held = _held(bought)
    if len(held) < FEWEST_BASKETS:
        return Thin(len(held), len(held), FEWEST_BASKETS)
    rules = rules_of(held)
    hits, popular, tried = _tried(bought)
    figures = {"rules": len(rules), "tried": tried, "hit": hits, "popular": popular}
    trust = Trust(
        len(held),
        ("baskets_are_alike",),
        doubts(
            thin=len(held) < FEWEST,
            may_be_chance_at_all=not rules,
            no_better_than_popular=bool(tried) and hits <= popular,
        ),
    )
    kept = [[list(one.have), one.then, one.both, one.having, one.taking, one.baskets] for one in rules]
    return Trained({"rules": kept}, [], figures, trust, len(rules))


def say_offers(
    model: LearnedModel, version: ModelVersion, *, by: Actor, ids: Sequence[int] | None = None
) -> Iterator[list[Said]]:
    """Every customer with the product that the surest rule names and that they have not."""
    wanted = None if ids is None else set(ids)
    rules = [Rule(tuple(have), *rest) for have, *rest in version.recipe["rules"]]
    said = []
    for key, held in _held(_bought(by)).items():
        if wanted is not None and key not in wanted:
            continue
        best = fitting(rules, held)
        if not best:
            said.append(Said(key, None, "", []))
            continue
        reasons = [[one.then, list(one.have), [one.support, one.confidence, one.lift]] for one in best]
        said.append(Said(key, int(best[0].then), "offer", reasons))
    yield said


def rules_of(held: Held) -> list[Rule]:
    """The rules that stand above chance, the surest first."""
    least = max(3, len(held) // 100)
    found = association_rules(
        held.values(), support=f"{least}/{max(len(held), 1)}", confidence=SURE, longest=3
    )
    above = [one for one in found.rules if one.lift > 1]
    return sorted(above, key=lambda one: (-one.confidence, -one.lift, one.then))[:MOST_RULES]


def fitting(rules: Sequence[Rule], held: set[str], *, most: int = OFFERED) -> list[Rule]:
    """For who has these: one rule for each product that they have not, the surest first."""
    found: dict[str, Rule] = {}
    for one in rules:
        if one.then not in held and one.then not in found and held.issuperset(one.have):
            found[one.then] = one
            if len(found) == most:
                break
    return list(found.values())


def _bought(by: Actor) -> list[tuple[int, str, Any]]:
    """(customer, product, first day) of everything that is a product."""
    sale = best_sale(by)
    if sale is None or not products_of(sale):
        return []
    rows = lay_sale(sale, by).execute(
        "SELECT customer, product, MIN(day) FROM sold WHERE customer IS NOT NULL AND product IS NOT NULL"
        " AND amount > 0 GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return [(int(row[0]), str(row[1]), row[2]) for row in rows.fetchall()]


def _held(bought: Sequence[tuple[int, str, Any]]) -> dict[int, set[str]]:
    held: dict[int, set[str]] = defaultdict(set)
    for customer, product, _day in bought:
        held[customer].add(product)
    return held


def _tried(bought: Sequence[tuple[int, str, Any]]) -> tuple[float, float, int]:
    """How often one of three offers was taken later, how often one of three best sellers, of how many."""
    days = sorted(day for _customer, _product, day in bought)
    cut = days[len(days) * 3 // 4]
    before = _held([one for one in bought if one[2] < cut])
    later = _held([one for one in bought if one[2] >= cut])
    rules = rules_of(before)
    best = [name for name, _count in Counter(one for held in before.values() for one in held).most_common()]
    hits = popular = tried = 0
    for key, taken in later.items():
        held = before.get(key, set())
        offers = {one.then for one in fitting(rules, held)}
        if not held or not offers:
            continue
        tried += 1
        hits += bool(offers & taken)
        popular += bool(set([one for one in best if one not in held][:OFFERED]) & taken)
    return hits / tried if tried else 0.0, popular / tried if tried else 0.0, tried
