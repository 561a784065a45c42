"""What a browser may do with our pages: the headers that say so."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self'{events}; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'self'; object-src 'none'"
)


class ContentSecurityPolicy:
    """Middleware: scripts and styles come from our own files, never from the page; nobody frames us."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        origin = events_origin(request)
        policy = _POLICY.format(events=f" {origin}" if origin else "")
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
        return response


def events_origin(request: HttpRequest) -> str:
    """Where the browser listens for events: "" for this origin (a proxy maps /events/), else scheme://host:port.

    Without a proxy the events process has a port of its own on the host that the browser came to.
    """
    if not settings.EVENTS_PORT:
        return ""
    host, port = split_domain_port(request.get_host())
    if str(settings.EVENTS_PORT) == port:
        return ""
    return f"{urlsplit(request.build_absolute_uri()).scheme}://{host}:{settings.EVENTS_PORT}"
