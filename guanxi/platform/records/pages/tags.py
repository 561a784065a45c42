"""Settings › Tags: the words that this workspace puts on records, and how many carry each."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.models import Tag, Value
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.tagging import TONES, add_tag, archive_tag, change_tag, may_add_tags
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/tags/"


@plain_door("GET", "POST")
def tags(request: MemberRequest) -> HttpResponse:
    """The tags in use; POST adds one."""
    if request.method == "GET":
        return _draw(request)
    try:
        tag = add_tag(
            name=request.POST.get("name", ""), tone=request.POST.get("tone", "azurite"), by=request.actor
        )
    except InvalidValues as problem:
        return _draw(request, problem)
    return toast(HttpResponseRedirect(ADDRESS), _("Added %(name)s") % {"name": tag.name})


@plain_door("POST")
def change(request: MemberRequest, tag_id: int) -> HttpResponse:
    try:
        tag = change_tag(
            tag_id, name=request.POST.get("name", ""), tone=request.POST.get("tone", ""), by=request.actor
        )
    except InvalidValues as problem:
        return _draw(request, problem)
    return toast(HttpResponseRedirect(ADDRESS), _("Saved %(name)s") % {"name": tag.name})


@plain_door("POST")
def archive(request: MemberRequest, tag_id: int) -> HttpResponse:
    tag = archive_tag(tag_id, by=request.actor)
    return toast(HttpResponseRedirect(ADDRESS), _("Archived %(name)s") % {"name": tag.name})


def _draw(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    uses: dict[str, int] = {}
    if request.actor.administers:  # to others it would tell of records that they can't see
        counted = Value.objects.filter(field="tags").values("value").annotate(count=Count("id"))
        uses = {row["value"]: row["count"] for row in counted}
    rows = Tag.objects.filter(archived_at=None).order_by("key")
    context = {
        "tags": [(one, uses.get(str(one.pk), 0)) for one in rows],
        "tones": [Option(one, tone_words(one)) for one in TONES],
        "may_add": may_add_tags(request.actor),
        "may_change": request.actor.administers,
        "problems": [one.message for found in problem.errors.values() for one in found] if problem else [],
        "typed": request.POST.get("name", "") if problem else "",
    }
    return render_page(request, "records/tags.html", context, title=_("Tags"), status=422 if problem else 200)


def tone_words(tone: str) -> str:
    """A colour is never only a colour: it has a name."""
    return {
        "azurite": _("Azurite blue"),
        "malachite": _("Malachite green"),
        "ochre": _("Ochre"),
        "gamboge": _("Gamboge yellow"),
        "rouge": _("Rouge"),
        "indigo": _("Indigo"),
        "cinnabar": _("Cinnabar red"),
    }[tone]
