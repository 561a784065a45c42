"""The text form of filters: what is printed is parsed back, and nonsense is named where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from guanxi.platform.records.filters import (
    All,
    Any,
    Condition,
    FilterSyntaxError,
    Not,
    parse_filter,
    print_filter,
)

names = some.sampled_from(["owner", "amount", "company.city", "created_at"])
words = some.text(min_size=0, max_size=12).filter(lambda text: "\x00" not in text)
conditions = some.one_of(
    some.builds(
        Condition, names, some.sampled_from(["is", "is_not", "lt", "gte", "contains", "starts"]), words
    ),
    some.builds(
        Condition,
        names,
        some.sampled_from(["in", "not_in", "between"]),
        some.lists(words, min_size=1, max_size=3),
    ),
    some.builds(Condition, names, some.sampled_from(["empty", "not_empty"])),
)
trees = some.recursive(
    conditions,
    lambda inner: some.one_of(
        some.builds(All, some.lists(inner, min_size=2, max_size=3).map(tuple)),
        some.builds(Any, some.lists(inner, min_size=2, max_size=3).map(tuple)),
        some.builds(Not, inner),
    ),
    max_leaves=6,
)


@given(trees)
def test_what_is_printed_is_parsed_back(tree):
    assert parse_filter(print_filter(tree)) == tree


@given(some.text(max_size=60))
def test_any_text_is_a_filter_or_a_named_error(text):
    try:
        tree = parse_filter(text)
    except FilterSyntaxError as problem:
        at = problem.at
    else:
        assert parse_filter(print_filter(tree)) == tree
        at = 0
    assert 0 <= at <= len(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [("owner", 5), ("owner = ", 8), ("(owner = me", 11), ("owner = me amount = 1", 11), ("and", 0)],
)
def test_the_place_of_an_error(text, at):
    with pytest.raises(FilterSyntaxError) as caught:
        parse_filter(text)
    assert caught.value.at == at


def test_a_sign_that_no_database_takes_is_a_named_error():
    for text in ('name contains "a\0b"', "team below \0", 'phones contains "\0"'):
        with pytest.raises(FilterSyntaxError) as problem:
            parse_filter(text)
        assert text[problem.value.at] == "\0"
