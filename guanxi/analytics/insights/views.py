"""Pages of the named analyses, and the buttons that make to-dos of what they find."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.analytics.insights.all import INSIGHTS
from guanxi.analytics.insights.endings import ways_of
from guanxi.analytics.insights.remedies import begin_remedy, end_remedy
from guanxi.analytics.insights.studies import Ask, Choice, Insight, Study
from guanxi.analytics.insights.todos import make_todos, tag_records
from guanxi.analytics.insights.wording import assumption_words, doubt_words
from guanxi.analytics.warehouse.freshness import fresh_words
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.records.addresses import list_url, with_query
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

HOME = "/analytics/insights/"


@plain_door("GET")
def index(request: MemberRequest) -> HttpResponse:
    """All named analyses with the question that each answers."""
    shown = [
        {"href": f"{HOME}{one.name}/", "icon": one.icon, "label": one.label, "question": one.question}
        for one in INSIGHTS.values()
    ]
    return render_page(request, "analytics/insights/index.html", {"insights": shown}, title=_("Analyses"))


@plain_door("GET", "POST")
def insight(request: MemberRequest, name: str) -> HttpResponse:
    """One analysis; a POST makes the to-dos of one of its buttons."""
    found = INSIGHTS.get(name)
    if found is None:
        raise Http404
    ask = ask_of(request, found)
    study = found.run(ask)
    if request.method == "POST":
        return _todos(request, study)
    context = {
        "insight": found,
        "study": study,
        "choices": _choices(found, ask, request),
        "doubts": [doubt_words(one) for one in study.trust.doubts],
        "assumes": [assumption_words(one) for one in study.trust.assumes],
        "fresh": fresh_words(ask.by),
        "ways": study.ways or ways_of(ask),
        "here": request.get_full_path(),
        "insight_url": f"{HOME}{found.name}/",
    }
    return render_page(request, "analytics/insights/study.html", context, title=str(found.label))


@plain_door("POST")
def end(request: MemberRequest, remedy_id: int) -> HttpResponse:
    """A remedy of one's own is no longer followed."""
    end_remedy(remedy_id, by=request.actor)
    return toast(HttpResponseRedirect(f"{HOME}diagnosis/"), _("No longer followed"))


def ask_of(request: MemberRequest, found: Insight) -> Ask:
    """What the address asks for; nonsense is what is usual."""
    months = read_whole(request.GET.get("months", "")) or found.months
    months = months if months in found.periods else found.months
    return Ask(
        request.actor, timezone.localdate(), months, {name: request.GET.get(name, "") for name in request.GET}
    )


def _choices(found: Insight, ask: Ask, request: MemberRequest) -> list[Choice]:
    every = [one for one in found.choices(ask) if len(one.options) > 1]
    if found.periods:
        options = tuple(
            Option(str(one), ngettext("%(count)d month", "%(count)d months", one) % {"count": one})
            for one in found.periods
        )
        every.append(Choice("months", _("Period"), options, str(ask.months)))
    kept = {one.name: one.value for one in every}
    return [
        Choice(
            one.name,
            one.label,
            tuple(
                Option(
                    option.value,
                    option.label,
                    href=with_query(f"{HOME}{found.name}/", **{**kept, one.name: option.value}),
                )
                for option in one.options
            ),
            one.value,
        )
        for one in every
    ]


def _todos(request: MemberRequest, study: Study) -> HttpResponse:
    """The button is computed anew, not taken from the form: nobody makes to-dos about what they do not
    see."""
    place = read_whole(request.POST.get("todo", ""))
    if place is None or place >= len(study.todos):
        raise Http404
    asked = study.todos[place]
    if asked.tag:
        tag_id = tag_records(asked, by=request.actor)
        return HttpResponseRedirect(list_url(registry.get(asked.object), filter=f"tags = {tag_id}"))
    made = make_todos(asked, by=request.actor)
    if asked.follow is not None:
        begin_remedy(asked.follow, todos=made, by=request.actor)
    said = ngettext("%(count)d to-do made", "%(count)d to-dos made", made) % {"count": made}
    return toast(HttpResponseRedirect(request.get_full_path()), said)
