"""What the fields of an address offer: provinces, the cities of the one above, the districts of that."""

from __future__ import annotations

from django.http import HttpResponse
from markupsafe import Markup

from guanxi.platform.i18n.divisions import PARTS, cities, districts, is_china, provinces
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.records.pages.doors import plain_door

OPTION = Markup('<option value="{}"></option>')


@plain_door("GET")
def divisions(request: MemberRequest) -> HttpResponse:
    """The options of `part`, by what stands in the other fields, whose names begin with `of`."""
    before, part = request.GET.get("of", ""), request.GET.get("part", "")
    given = {name: request.GET.get(before + name, "") for name in ("country", *PARTS)}
    names: tuple[str, ...] = ()
    if is_china(given["country"]):
        if part == "province":
            names = provinces()
        elif part == "city":
            names = cities(given["province"])
        elif part == "district":
            names = districts(given["province"], given["city"])
    return HttpResponse(Markup("").join(OPTION.format(name) for name in names))
