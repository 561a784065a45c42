"""The door of questions: what is understood opens as a cube."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.analytics.cube.pivot import address
from guanxi.analytics.questions.reading import LONGEST, read_question
from guanxi.platform.i18n.folding import fold
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.pages import render_page

PLACE = "/analytics/questions/"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that nobody knows, with the same question by each of the nearest that are known."""

    word: str
    nearest: list[tuple[str, str]]


@plain_door("GET")
def question(request: MemberRequest) -> HttpResponse:
    """`q`: a question. All of it understood leads to its cube; else it is said what was not."""
    asked = request.GET.get("q", "").strip()[:LONGEST]
    read = read_question(asked, request.actor)
    if read.cube is not None and not read.unknown:
        return HttpResponseRedirect(address(read.cube))
    said = fold(asked)
    context = {
        "asked": asked,
        "understood": address(read.cube) if read.cube is not None else "",
        "unknown": [
            Unknown(word, [(one, with_query(PLACE, q=said.replace(word, f" {one} ", 1))) for one in nearest])
            for word, nearest in read.unknown.items()
        ],
    }
    return render_page(request, "analytics/question.html", context, title=_("Ask the data"))
