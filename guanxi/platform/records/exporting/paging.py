"""All records of a list, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.listing import MOST_ROWS, ListPage, ListQuery, list_records
from guanxi.platform.tenancy.transactions import reading


def pages(query: ListQuery, names: Iterable[str], *, by: Actor) -> Iterator[ListPage]:
    """The pages of what may be taken out of a list, with these fields, each read in its own transaction."""
    columns = tuple(dict.fromkeys(names))
    asked = replace(query, columns=columns, limit=MOST_ROWS, after=None, access="export")
    while True:
        with reading():
            page = list_records(asked, by=by)
        yield page
        if page.after is None:
            return
        asked = replace(asked, after=page.after)
