"""The product as a client sees it, and the bare driver that does the same without it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.utils import timezone
from jinja2 import Environment

from bench.making import Bench
from bench.measuring import Statement
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.sessions import WORKSPACE, SessionStore
from guanxi.platform.tenancy.context import in_workspace


class Client:
    """Asks the whole product through its WSGI door, in this process."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = dict(headers)
        self.handler = WSGIHandler()

    def __call__(self, path: str, method: str = "GET", body: bytes = b"") -> bytes:
        """The body of the answer; raises AssertionError for one that is not 2xx."""
        parts, status = urlsplit(path), ""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            **self.headers,
        }

        def start(said: str, _headers: Any, _error: Any = None) -> Any:
            nonlocal status
            status = said

        response = self.handler(environ, start)
        content = b"".join(response)
        response.close()
        assert status.startswith("2"), f"{method} {path}: {status} {content[:300]!r}"
        return content

    def json(self, path: str) -> Any:
        return orjson.loads(self(path))


def api(bench: Bench, token: str = "") -> Client:
    """A program with the manager's token, or with another one."""
    return Client({"HTTP_AUTHORIZATION": f"Bearer {token or bench.token}"})


def browser(bench: Bench) -> Client:
    """The manager's signed-in browser."""
    return Client({"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session_key(bench)}"})


def session_key(bench: Bench) -> str:
    """A new session of the manager."""
    with in_workspace(bench.workspace_id), transaction.atomic():
        user = Member.objects.select_related("user").get(pk=bench.member_id).user
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[WORKSPACE] = bench.workspace_id
    session.set_expiry(timezone.now() + timedelta(days=1))
    session.create()
    return str(session.session_key)


def bare(told: Sequence[Statement], bench: Bench, *, page: bytes = b"") -> Callable[[], Any]:
    """The same reading statements on the driver's own cursor, then the rows as JSON or `page` drawn again."""
    draw = plain_page(page.decode())
    connection.ensure_connection()
    driver, sqlite = connection.connection, connection.vendor == "sqlite"
    ready = [
        (sql.replace("%s", "?").replace("%%", "%") if sqlite else sql, params)
        for sql, params in told
        if sql.startswith(("SELECT", "WITH"))
    ]

    def run() -> Any:
        rows: list[Any] = []
        cursor = driver.cursor()
        if not sqlite:
            cursor.execute("BEGIN")
            cursor.execute("SELECT set_config('guanxi.workspace', %s, true)", [str(bench.workspace_id)])
        for sql, params in ready:
            cursor.execute(sql, params)
            rows += cursor.fetchall()
        if not sqlite:
            cursor.execute("COMMIT")
        return draw() if page else orjson.dumps(rows, default=str)

    return run


def plain_page(html: str) -> Callable[[], str]:
    """The same page by a plain template, in which each text and attribute is a variable to escape."""
    source: list[str] = []
    values: dict[str, str] = {}
    end = 0
    for found in re.finditer(r'="([^"]*)"|>([^<>]*[^<>\s][^<>]*)<', html):
        start, stop = found.span(found.lastindex or 0)
        values[name := f"value_{len(values)}"] = unescape(html[start:stop])
        source += (html[end:start], "{{ ", name, " }}")
        end = stop
    template = Environment(autoescape=True).from_string("".join((*source, html[end:])))
    return partial(template.render, values)
