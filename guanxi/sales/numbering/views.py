"""Settings › Numbers: how orders, invoices and the other documents are numbered."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.doors import administrator_required
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.sales.numbering.numbers import numberings, set_numbering
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/numbers/"


@administrator_required
def numbers(request: MemberRequest) -> HttpResponse:
    """Each kind with its pattern and its next number; POST sets one."""
    if request.method != "POST":
        return _draw(request)
    sent = request.POST
    try:
        set_numbering(
            sent.get("kind", ""),
            pattern=sent.get("pattern", ""),
            reset=sent.get("reset", ""),
            following=read_whole(sent.get("following", "").strip()),
            by=request.actor,
        )
    except KeyError as problem:
        raise Http404 from problem
    except InvalidValues as problem:
        return _draw(request, problem)
    return toast(HttpResponseRedirect(ADDRESS), _("Saved"))


def _draw(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    context = {
        "kinds": numberings(),
        "resets": [
            Option("", pgettext("numbers begin anew", "never")),
            Option("year", _("every year")), Option("month", _("every month")),
        ],
        "problems": [one.message for found in problem.errors.values() for one in found] if problem else [],
        "typed": request.POST.dict() if problem else {},
    }  # fmt: skip
    return render_page(
        request, "sales/numbers.html", context, title=_("Numbers"), status=422 if problem else 200
    )
