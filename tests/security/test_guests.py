"""Every address asks for a member, but for those that are listed here."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

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
_PART = re.compile(r"<(?:(\w+):)?\w+>")


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> list[str]:
    """One address for each pattern, with something harmless in its gaps."""
    found = []
    for pattern in patterns:
        piece = _PART.sub(lambda part: "1" if part[1] == "int" else "x", str(pattern.pattern))
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
        if address in OPEN:
            continue
        reply = getattr(Client(), method)(address)
        turned_away = reply.status_code in {401, 403, 404, 405, 410} or (
            reply.status_code == 302 and reply["Location"].startswith("/sign-in/")
        )
        if not turned_away:
            leaks.append((address, reply.status_code))
    assert leaks == []
