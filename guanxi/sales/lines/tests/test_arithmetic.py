from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.sales.lines.arithmetic import (
    Asked,
    Sums,
    Terms,
    add_up,
    margin,
    spread,
    taxes,
    to_coins,
    work_out,
)

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
places = st.sampled_from([0, 2, 3])
quantities = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
prices = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
discounts = st.decimals(min_value=-50, max_value=250, places=2)
rates = st.decimals(min_value=0, max_value=100, places=2)
asked = st.builds(
    Asked, quantity=quantities, unit_price=prices, discount=discounts, tax_rate=rates, cost=prices
)
terms = st.builds(
    Terms, currency=st.just("XXX"), digits=places, tax_included=st.booleans(), discount=discounts
)


def line(quantity, price, discount="0", tax_rate="0"):
    return Asked(*map(Decimal, (quantity, price, discount, tax_rate)))


@often
@given(st.lists(asked, max_size=12), terms)
def test_the_sum_of_the_lines_is_always_the_total(lines, said):
    sums = [work_out(one, said) for one in lines]
    total = add_up(sums)
    assert total.net == sum((one.net for one in sums), Decimal(0))
    assert total.gross == sum((one.gross for one in sums), Decimal(0)) == total.net + total.tax


@often
@given(asked, terms)
def test_every_line_is_in_whole_coins_and_gross_is_net_and_tax(line, said):
    sums = work_out(line, said)
    for amount in (sums.net, sums.tax, sums.gross, sums.cost):
        assert amount == to_coins(amount, said.digits)
    assert sums.gross == sums.net + sums.tax
    charged = sums.gross if said.tax_included else sums.net
    exact = line.quantity * line.unit_price * (100 - line.discount) * (100 - said.discount) / 10_000
    assert abs(charged - exact) <= Decimal(1).scaleb(-said.digits) / 2


@often
@given(asked, terms)
def test_a_line_is_what_sixty_exact_digits_make_of_it(line, said):
    with localcontext(Context(prec=60)):
        coin, hundred = Decimal(1).scaleb(-said.digits), Decimal(100)
        kept = (hundred - line.discount) * (hundred - said.discount) / 10_000
        charged = (line.quantity * line.unit_price * kept).quantize(coin, ROUND_HALF_UP)
        over = hundred + line.tax_rate if said.tax_included else hundred
        tax = (charged * line.tax_rate / over).quantize(coin, ROUND_HALF_UP)
        cost = (line.quantity * line.cost).quantize(coin, ROUND_HALF_UP)
        net = charged - tax if said.tax_included else charged
        assert work_out(line, said) == Sums(net, tax, net + tax, cost)


@often
@given(asked, terms)
def test_a_return_takes_back_what_was_charged(line, said):
    back = Asked(-line.quantity, line.unit_price, line.discount, line.tax_rate, line.cost)
    assert add_up([work_out(line, said), work_out(back, said)]) == Sums()


@often
@given(asked, terms)
def test_tax_has_the_sign_of_what_it_is_charged_on_and_is_never_more_than_its_rate(line, said):
    sums = work_out(line, said)
    assert sums.tax * sums.net >= 0
    slack = Decimal(1).scaleb(-said.digits) * 2
    assert abs(sums.tax) <= abs(sums.net) * line.tax_rate / 100 + slack


@often
@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.decimals(min_value=0, max_value=10**6, places=4), min_size=1, max_size=12),
    places,
)
def test_what_is_spread_adds_up_and_no_part_is_a_coin_off(coins, weights, digits):
    amount = Decimal(coins).scaleb(-digits)
    parts = spread(amount, weights, digits)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        fair = amount * weight / total if total else amount / len(weights)
        assert abs(part - fair) <= Decimal(1).scaleb(-digits)


@often
@given(st.lists(st.tuples(rates, asked), max_size=8), terms)
def test_what_is_charged_at_each_rate_adds_up_to_the_whole(lines, said):
    sums = [(rate, work_out(line, said)) for rate, line in lines]
    assert add_up(found for _rate, found in taxes(sums)) == add_up(found for _rate, found in sums)


@pytest.mark.parametrize(
    ("typed", "said", "net", "tax", "gross"),
    [
        (line("1", "32609", "8", "13"), Terms("CNY", 2, True), "26548.92", "3451.36", "30000.28"),
        (line("3", "0.335", tax_rate="13"), Terms("CNY", 2), "1.01", "0.13", "1.14"),
        (line("3", "0.3335", tax_rate="5"), Terms("KWD", 3), "1.001", "0.050", "1.051"),
        (line("3", "99.5", tax_rate="10"), Terms("JPY", 0), "299", "30", "329"),
        (line("-2", "100", "150"), Terms("EUR", 2), "100", "0", "100"),
        (line("2", "100", "10"), Terms("EUR", 2, discount=Decimal(50)), "90", "0", "90"),
    ],
)
def test_lines_that_were_worked_out_by_hand(typed, said, net, tax, gross):
    assert work_out(typed, said) == Sums(Decimal(net), Decimal(tax), Decimal(gross), Decimal(0))


def test_a_margin_is_of_the_net_and_there_is_none_of_nothing():
    assert margin(Decimal(200), Decimal(150)) == Decimal("25.0")
    assert margin(Decimal(100), Decimal(130)) == Decimal("-30.0")
    assert margin(Decimal(0), Decimal(1)) is None


def test_half_a_coin_is_not_spread():
    with pytest.raises(ValueError, match="coins"):
        spread(Decimal("0.005"), [Decimal(1)], 2)
