"""/api/v1/metrics and /api/v1/cube: the figures of the product, with the rights of the caller.

    GET /api/v1/metrics                                        what can be measured, as its nouns define it
    GET /api/v1/cube?object=deal&rows=owner&measures=metric:won_amount&compare=yoy
    GET /api/v1/cube.parquet?…, /api/v1/cube.csv?…             the same as a file, for who may export

The query is that of the cube's page. A row of `data` holds each dimension ("*": summed over) and measure.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guanxi.api.rest.encoding import answer
from guanxi.api.rest.problems import BadRequest, door, hearing
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.figures import Figures, the_figures

SEVERAL = ("rows", "columns", "measures")
ASKED = ("object", "filter", "date", "compare", "as_of", "show", "top", "sort", "history", "draw")


@require_safe
@door
def metrics(request: MemberRequest) -> HttpResponse:
    """What the caller may measure."""
    return answer({"data": _figures().metrics(request.actor)})


@require_safe
@hearing(GET=(*SEVERAL, *ASKED))
def cube(request: MemberRequest) -> HttpResponse:
    """The figures of a cube."""
    return answer(_figures().rows(dict(request.GET.lists()), request.actor))


@require_safe
@hearing(GET=(*SEVERAL, *ASKED))
def cube_file(request: MemberRequest, form: str) -> HttpResponse:
    """The same as CSV or Parquet."""
    if form not in ("csv", "parquet"):
        raise BadRequest("form", _("There are cube.csv and cube.parquet."), 404)
    content, media_type = _figures().file(dict(request.GET.lists()), form, request.actor)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="cube.{form}"'
    return response


def _figures() -> Figures:
    found = the_figures()
    if found is None:
        raise BadRequest("figures", _("No figures are computed here."), 404)
    return found
