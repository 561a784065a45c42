"""Panels: pieces that nouns offer to record pages. The page asks for those of its object, importing nobody.

    register(Panel(name="pulse", label=_("Traffic"), place="head", template="pulse.html", context=pulse_of))

Nouns register theirs in `panels.py`, which is loaded when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.layouts import layout_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.questions import Question

Place = Literal["head", "stats", "facts", "main", "side", "tab", "peek", "past"]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One piece of a record page.

    name      one word, unique among the panels of an object; a tab's is the last part of its address
    label     words: a string, gettext's lazy one or an L
    objects   names of objects on whose pages it stands; () is every object with traffic
    everywhere  it stands on the pages of every object
    place     head: across the page under the title · stats: figures (`stat`) beside the title · facts: under
              the fields · main: above the tabs' content · side: right column · tab: one tab of the middle ·
              peek: in the preview beside a list · past: on the page of the record as of a moment, whose
              `context` takes that moment as a third argument
    template  drawn with the values of `context`, and with `record`, `obj`, `panel`, `actor`
    context   (record, actor) → those values; runs inside the workspace
    slow      the side column draws first and asks for this one when it is seen
    asks      (record, actor) → the question whose answer `context` needs as a third argument. The page asks
              those of all its panels in one statement
    tally     (record, actor) → a question for a number, asked with them: a tab shows it at its label, a
              template finds it as `tally`
    visible   whether this actor sees it on this record
    drop      a tab's: where files are posted that are dropped on the page, below the record's address
    hears     a tab's: after which news (`changed` of web/pages.py) its tally is asked again while another
              tab is open
    """

    name: str
    label: object
    template: str
    context: Callable[..., Mapping[str, Any]]
    objects: tuple[str, ...] = ()
    place: Place = "side"
    order: int = 50
    slow: bool = False
    asks: Callable[[Any, Actor], Question[Any]] | None = None
    tally: Callable[[Any, Actor], Question[int]] | None = None
    visible: Callable[[Any, Actor], bool] = lambda record, actor: True
    everywhere: bool = False
    drop: str = ""
    hears: str = ""

    @property
    def key(self) -> str:
        """Place and name: tells it from every other panel of a page."""
        return f"{self.place}:{self.name}"

    def stands_on(self, obj: Object) -> bool:
        if self.everywhere:
            return True
        return obj.name in self.objects if self.objects else obj.touched


_panels: list[Panel] = []


def register(panel: Panel) -> Panel:
    """Offer a panel. Raises ValueError when a page would have two of one name in one place."""
    for known in _panels:
        same = known.name == panel.name and known.place == panel.place
        if same and (not known.objects or not panel.objects or set(known.objects) & set(panel.objects)):
            raise ValueError(f"two panels are called {panel.name}")
    _panels.append(panel)
    return panel


def panels_for(obj: Object, place: Place, *, record: Any, by: Actor) -> list[Panel]:
    """What stands in a place of this record's page, for this actor, in order."""
    layout = layout_of(obj, by)
    found = [
        one
        for one in _panels
        if one.place == place
        and one.stands_on(obj)
        and one.name not in layout.without
        and one.visible(record, by)
    ]
    places = {name: at for at, name in enumerate(layout.panels)}
    return sorted(found, key=lambda one: (places.get(one.name, len(places)), one.order, one.name))


def panels_beside(obj: Object) -> list[Panel]:
    """The panels beside this object's records, whoever looks: what a layout can order or leave out."""
    return sorted(
        (one for one in _panels if one.place == "side" and one.stands_on(obj)),
        key=lambda one: (one.order, one.name),
    )
