"""What of an object is counted ahead: declared beside its indexes, kept and asked by records/tallies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a table's rows that are not archived, for each owner and team and for what it is kept by.

    name  of the tally within its table
    by    attributes of the model: links, short texts, the month of a day ("closed_on:month"); two of a kind
    sum   a money attribute that is also added up, or ""
    """

    name: str
    by: tuple[str, ...] = ()
    sum: str = ""
