"""All records of a list, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.records.listing import MOST_ROWS, ListPage, ListQuery, list_records, seen_query
from guanxi.platform.tenancy.transactions import reading


def taken_out(query: ListQuery, by: Actor) -> ListQuery:
    """The list with the columns that the actor sees: the others are not in the file at all."""
    seen = seen_query(query, by)
    columns = tuple(name for name in query.columns if name in seen.obj.fields_by_name)
    if query.columns and not columns:
        raise Refused(_("None of these fields is yours to see."))
    return replace(seen, columns=columns, asked=None)


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
