"""Numbers and doubts in words, alike on every page of an analysis."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from guanxi.analytics.insights.reading import Span
from guanxi.analytics.insights.studies import Cell
from guanxi.analytics.mining.drivers import growth
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor


def money(hundredths: float, by: Actor) -> str:
    """Whole hundredths of the workspace's currency, short."""
    return format_money(Decimal(round(hundredths)) / 100, by.currency, compact=True)


def percent(share: float | None, *, digits: int = 1) -> str:
    return "–" if share is None else f"{share * 100:.{digits}f}%"


def change(after: float, before: float) -> Cell:
    """How much more or less than before; an empty cell where there is nothing to compare with."""
    grown = growth(after, before)
    if grown is None:
        return Cell("–")
    return Cell(percent(abs(grown), digits=0), trend="up" if grown > 0 else "down" if grown < 0 else "flat")


def said(span: Span) -> str:
    """From when to when."""
    return _("%(first)s to %(last)s") % {
        "first": format_date(span.first, year=True),
        "last": format_date(span.last, year=True),
    }


def doubt_words(name: str) -> str:
    """Why a finding should not be relied on."""
    return {
        "thin": _("There are too few cases to say anything; what you see may be chance."),
        "one_dominates": _("One alone is more than half of it all: classes say little here."),
        "left_out_much": _("Returns and credits are more than a tenth of it, and were left out."),
        "mostly_once": _("Most have bought only once, so how often says little."),
        "small_cohorts": _("Most of these groups have fewer than 20 members."),
        "rare_pairs": _("Some pairs were bought together fewer than 5 times."),
        "little_in_both": _("Less than half was sold in both periods, so price can hardly be told from mix."),
        "weak_season": _("The season is weak: months differ more by chance than by habit."),
        "gaps": _("More than a quarter of the months are empty."),
        "may_be_chance": _("No cycle stands out more than chance would let one."),
        "never_repeats": _("What looks like a cycle does not come again."),
        "no_better_than_naive": _("No method is better than repeating last year, so that is what is shown."),
        "few_folds": _("The forecast could be tried on the past only once."),
        "no_fit": _("The model does not fit these customers."),
        "nobody_leaves": _("Nobody seems to leave: the history is too short to tell."),
        "values_go_with_orders": _("Who buys often also buys more, which the model takes as independent."),
        "may_be_chance_at_all": _("Chance alone could show as much."),
        "rule_not_proven": _("In the past the rule was not plainly better than a guess."),
        "costs_guessed": _("For more than half of what was sold nobody has entered a cost."),
        "half_unknown": _("Of many, less than half of what places them is known."),
        "many_tried": _("Many pairs were tried: some would look linked by chance alone."),
        "weak": _("It tells those for whom it comes true hardly better apart than a coin would."),
        "too_good": _("It is right too often to be true: some column may know the answer."),
        "badly_calibrated": _("What it says and what came differ by more than 5 points."),
        "not_tried_forward": _("All cases are of about one day, so it could not be tried on later ones."),
        "no_groups": _("The groups are hardly plainer than in shuffled columns: they are cuts, not groups."),
        "tiny_group": _("One of the groups is very small."),
        "no_better_than_popular": _("It hits no more often than offering what sells best."),
        "few_in_a_part": _("Some of those compared have fewer than 10 cases."),
    }[name]


def assumption_words(name: str) -> str:
    """What a finding takes for granted."""
    return {
        "positive_only": _("Whoever brought nothing, or less, is left out."),
        "fifths": _("Scores compare customers with one another, not with a goal."),
        "one_currency": _("Amounts are in the workspace's currency, at the rate of their day."),
        "first_seen_is_first": _("The first sale in the system counts as the first ever."),
        "equal_periods": _("Both periods are equally long."),
        "baskets_are_alike": _("Every order counts the same, large or small."),
        "units_compare": _("A unit of one product is counted like a unit of another."),
        "season_is_stable": _("The season is the same every year."),
        "straight_trend": _("Beside the cycle there is a straight trend."),
        "goes_on_as_before": _("It goes on as it did: no new product, no lost market."),
        "closed_only": _("Only what is decided counts; what is open may still turn out otherwise."),
        "limits_are_ours": _("What is good and what is bad is set by us, not by your trade."),
        "no_contract": _("Nobody is bound: whoever leaves does not say so."),
        "buying_is_random": _("Everybody buys at a pace of their own, now and then."),
        "independent": _("How often somebody buys has nothing to do with when they leave."),
        "values_independent_of_orders": _("How much somebody buys has nothing to do with how often."),
        "past_as_recorded": _("The past is what the system knew then; what was entered later was not there."),
        "answer_within_a_week": _("What came from them within a week counts as the answer."),
        "only_what_is_logged": _("Only what somebody has logged as done is known."),
        "what_is_common_need_not_be_why": _("What they have in common need not be why they buy."),
        "rhythm_goes_on": _("Everybody goes on in the rhythm that they had."),
        "costs_are_ours": _("What work, goods without a cost and waiting money cost is what stands below."),
        "work_shared_by_sales": _("Work and waiting money are shared out by what was sold of each product."),
        "compared_with_one_another": _("Places compare those on the map with one another, not with a goal."),
        "weights_are_ours": _("How much each measure counts is set by us, not by your trade."),
        "steps_not_levels": _("Steps from week to week are compared, so that growth alone links nothing."),
        "no_cause_is_shown": _("What runs ahead need not be why."),
        "past_is_like_future": _("What comes is like what was: no new market, no other way of selling."),
        "round_groups": _("Groups are round: everybody belongs to the nearest middle."),
        "comparable_scales": _("A spread of one column counts as much as a spread of another."),
        "due_dates_hold": _("Due dates in the system are those that were agreed."),
    }[name]
