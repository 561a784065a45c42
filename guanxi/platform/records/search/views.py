"""The search page, which is also what the command palette asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guanxi.platform.i18n.folding import matches
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.records.search.finding import Hit, find_records
from guanxi.platform.records.search.lists import lists_named
from guanxi.web.navigation import navigation_for
from guanxi.web.pages import render_page

PEOPLE = "@"
COMMANDS = ">"


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do or a place to go."""

    name: str
    label: str
    icon: str
    url: str


Offers = Callable[[HttpRequest, str], Iterable[Command]]
_offers: list[Offers] = []


def offer_commands(offers: Offers) -> None:
    """Have a room offer commands for what is typed: `offers(request, asked)`, called with every letter."""
    if offers not in _offers:
        _offers.append(offers)


@dataclass(frozen=True, slots=True)
class Group:
    """Found records of one object."""

    label: str
    plural: str
    icon: str  # in place of faces, for objects that have none
    square: bool
    hits: list[Hit]


@require_safe
@member_required
def search_page(request: MemberRequest) -> HttpResponse:
    """Records and commands for `q`; `>` asks for commands only, `@` for people only."""
    typed = request.GET.get("q", "")[:200].strip()
    only_commands = typed.startswith(COMMANDS)
    asked = typed.lstrip(COMMANDS + PEOPLE).strip()
    objects = _people() if typed.startswith(PEOPLE) else ()
    hits = [] if only_commands else find_records(asked, by=request.actor, objects=objects, limit=24)
    context = {
        "typed": typed,
        "groups": _groups(hits),
        "lists": [] if only_commands or objects else lists_named(asked, by=request.actor),
        "commands": [] if typed.startswith(PEOPLE) else _commands(request, asked),
    }
    return render_page(request, "records/search.html", context, title=_("Search"))


def _groups(hits: list[Hit]) -> list[Group]:
    """By object, the one with the best hit first."""
    found: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        found[hit.ref.object].append(hit)
    groups = []
    for name, some in found.items():
        obj = registry.get(name)
        groups.append(
            Group(str(obj.plural_label), obj.plural, "" if obj.face else obj.icon, obj.square, some)
        )
    return groups


def _people() -> tuple[str, ...]:
    """Objects whose records are persons: we have traffic with them, and their sign is round."""
    return tuple(obj.name for obj in registry.objects() if obj.touched and not obj.square)


def _commands(request: MemberRequest, asked: str) -> list[Command]:
    places = [
        Command(f"go-{link.name}", link.label, link.icon, link.url)
        for group in navigation_for(request)
        for link in group.links
    ]
    verbs = [
        Command(
            f"new-{obj.name}", _("New: %(object)s") % {"object": obj.label}, "plus", f"/{obj.plural}/new/"
        )
        for obj in registry.objects()
        if obj.group and request.actor.may("create", obj.name)
    ]
    every = [*places, *verbs]
    if not asked:
        return every
    offered = [one for offers in _offers for one in offers(request, asked)]
    return [*(one for one in every if matches(one.label, asked)), *offered]
