"""A gallery: records as cards, with their sign and a few fields of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Image
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.cells import Cells, sign
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.listing import ListPage
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.saved_views import card_fields
from guanxi.web.drawing import Fragment

COVER = Fragment('<img class="cover" src="{}" alt="" loading="lazy">')
FIELDS = 6  # of a card; what is empty leaves its place to the next


@dataclass(frozen=True, slots=True)
class GalleryCard:
    """One record. `facts` are label and value of what it has; `picture` is the first picture of its own."""

    id: int
    title: str
    href: str
    sign: Markup
    facts: list[tuple[str, Markup]]
    picture: Markup


def gallery_context(asked: Asked, page: ListPage, by: Actor) -> dict[str, Any]:
    """The cards of a page of the list: the columns that it shows."""
    shown = card_fields(asked.obj, by) or asked.columns
    names = [name for name in dict.fromkeys([*shown, *covers(asked.obj)]) if name != asked.obj.title]
    return {
        "cards": cards_of_page(asked.obj, page, names, by),
        "more_url": asked.url(after=page.after) if page.after else "",
    }


def covers(obj: Object) -> list[str]:
    """The pictures of an object: what a card shows of them, whether or not the list has their columns."""
    return [one.name for one in obj.fields if isinstance(one, Image) and not one.hidden]


def cards_of_page(obj: Object, page: ListPage, names: list[str], by: Actor) -> list[GalleryCard]:
    """One card for each row, with those of the fields that are filled in."""
    cells = Cells(obj, refs=page.refs, context=field_context(by))
    pictures = [name for name in names if isinstance(obj[name], Image)]
    names = [name for name in names if name not in pictures]
    cards = []
    for row in page.rows:
        title = str(row.values[obj.title] or _("Without a name"))
        shown = ((str(obj[name].label), cells.show(name, row.values)) for name in names)
        facts = [one for one in shown if one[1]][:FIELDS]
        href = record_url(obj, row.id)
        first = next((row.values[name] for name in pictures if row.values[name]), None)
        picture = COVER(f"/field-files/{first['id']}/picture/") if first else Markup("")
        cards.append(GalleryCard(row.id, title, href, sign(obj, title, row.id, "l"), facts, picture))
    return cards
