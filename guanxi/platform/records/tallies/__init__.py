"""Tallies: counts and sums that are kept with each write, so that nobody has to count a table."""

from guanxi.platform.records.tallies.asking import COUNT, UNPRICED, Counted, counted_ahead, sum_ahead

__all__ = ["COUNT", "UNPRICED", "Counted", "counted_ahead", "sum_ahead"]
