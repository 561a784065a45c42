"""Numbers of documents: without gaps, in the form that the workspace wants."""

from guanxi.sales.numbering.numbers import next_number

__all__ = ["next_number"]
