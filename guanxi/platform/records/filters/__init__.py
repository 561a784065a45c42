"""Filters: one small tree with one text form, the same in lists, saved views, API and automation."""

from guanxi.platform.records.filters.sql import compile_filter
from guanxi.platform.records.filters.text import FilterSyntaxError, parse_filter, print_filter
from guanxi.platform.records.filters.tree import All, Any, Condition, Filter, Not, conditions_of

__all__ = [
    "All",
    "Any",
    "Condition",
    "Filter",
    "FilterSyntaxError",
    "Not",
    "compile_filter",
    "conditions_of",
    "parse_filter",
    "print_filter",
]
