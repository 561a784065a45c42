"""Every address asks for a member, but for those that are listed here."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, SlugConverter, StringConverter

# Sign-in and what comes before it, and the static parts of the look.
OPEN = {
    "/",  # leads to Today, which asks
    "/sign-in/",
    "/sign-in/reset/",
    "/sign-in/reset/x/x/",
    "/set-up/",
    "/join/x/",
    "/keys/",
    "/more/",
    "/navigation/",
}
_KINDS = {IntConverter: "int:", SlugConverter: "slug:", StringConverter: "str:"}


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> list[str]:
    found = []
    for pattern in patterns:
        piece = str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            filler = "1" if isinstance(converter, IntConverter) else "x"
            kind = {IntConverter: "int:", SlugConverter: "slug:", StringConverter: "str:"}.get(
                type(converter)
            )
            for spelt in (f"<{kind}{name}>", f"<{name}>"):
                piece = piece.replace(spelt, filler)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern.url_patterns, before + piece)
        else:
            found.append(before + piece)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_guests_see_nothing_but_the_gate(cast, method):
    leaks = []
    for address in sorted(set(addresses(get_resolver().url_patterns))):
        if "<" in address or address in OPEN:
            continue
        reply = getattr(Client(), method)(address)
        turned_away = reply.status_code in {401, 403, 404, 405} or (
            reply.status_code == 302 and reply["Location"].startswith("/sign-in/")
        )
        if not turned_away:
            leaks.append((address, reply.status_code))
    assert leaks == []
