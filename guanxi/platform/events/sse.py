"""Server-sent events: tells browsers that something changed, so that they fetch it again.

A raw ASGI application; Django is asked once for each stream (who is this?) and not for each event.

    GET /events/            the session's cookie; resumes after Last-Event-ID
    id: 812                 the position of the newest fact in the message
    event: fact             data: [{"object": "deal", "verb": "won", "id": "191…"}, {"object": "contact"}]
    event: resync           too much was missed: fetch everything that is shown
    event: bye              signed out, or no longer a member: do not come back

What a stream may say follows from the member's reach over the object alone, without a query:

    all rows        verb and id
    some rows       only the object's name: which record it was may not be theirs to know
    none            nothing

So nothing is told that a list would not show, and the pages that fetch again go through the one access rule.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from importlib import import_module
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import close_old_connections
from django.db.models import Min
from django.utils.crypto import constant_time_compare

from guanxi.platform.events.consuming import CONSUMERS
from guanxi.platform.events.models import Cursor, Fact, FactHead
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor, Reach
from guanxi.platform.identity.sessions import WORKSPACE
from guanxi.platform.jobs.bells import FACTS, Listener
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.transactions import reading

HEARTBEAT = 15.0  # seconds; also how a connection that broke in silence is noticed
RECHECK = 60.0  # seconds until a stream's member is looked at again
MAX_STREAMS = 2_000
_QUEUE = 64  # messages that wait for a slow browser; more become one "resync"
_BACKLOG = 500  # missed facts that are sent again after a reconnect; more become one "resync"
_ONE_BY_ONE = 20  # facts of one object in one message; more are named by the object alone
_AT_ONCE = 1_000
# A page that asks again at once should find what consumers make of a fact (a timeline entry, a notification).
# So it is told when they have passed it; but not later than this, or a slow one would hide the change itself.
_PATIENCE = 0.5  # seconds
_SOON = 0.05
# Facts about these may change who may hear what.
_RIGHTS = {"member", "role", "team", "workspace"}

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_log = logging.getLogger(__name__)


class Happened(NamedTuple):
    """As much of a fact as a stream needs."""

    position: int
    object: str
    verb: str
    record_id: int


@dataclass(eq=False, slots=True)
class Stream:
    """One open connection."""

    actor: Actor
    position: int  # what stands before or at it has been told
    waiting: deque[bytes] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    recheck_at: float = 0.0

    def tell(self, message: bytes, position: int) -> None:
        """Put a message in line; b"" only notes how far we are."""
        self.position = max(position, self.position)
        if not message:
            return
        if len(self.waiting) >= _QUEUE:
            self.waiting.clear()
            message = _message("resync", position)
        self.waiting.append(message)
        self.news.set()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI entry."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        await _serve(scope, headers, receive, send)


class Hub:
    """All streams of this process, and the one thread that reads facts for them."""

    def __init__(self) -> None:
        self.streams: dict[int, set[Stream]] = {}
        self._seen: dict[int, int] = {}
        self._behind_since: dict[int, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def count(self) -> int:
        return sum(len(streams) for streams in self.streams.values())

    def join(self, stream: Stream) -> None:
        workspace_id = stream.actor.workspace_id
        self.streams.setdefault(workspace_id, set()).add(stream)
        self._seen.setdefault(workspace_id, stream.position)
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            threading.Thread(target=self._read_for_ever, name="facts", daemon=True).start()

    def leave(self, stream: Stream) -> None:
        workspace_id = stream.actor.workspace_id
        others = self.streams.get(workspace_id, set())
        others.discard(stream)
        if not others:
            self.streams.pop(workspace_id, None)
            self._seen.pop(workspace_id, None)

    def _read_for_ever(self) -> None:
        with Listener(FACTS) as listener:
            pause = HEARTBEAT
            while True:
                try:
                    if pause:
                        listener.wait(pause)
                    close_old_connections()
                    pause = self._read()
                except Exception:
                    _log.exception("could not read facts; trying again")
                    threading.Event().wait(1.0)

    def _read(self) -> float:
        """Read what is new in the workspaces that somebody looks at; the seconds until the next look."""
        assert self._loop is not None
        seen = dict(self._seen)
        pause = HEARTBEAT
        for workspace_id, (head, done) in _behind(seen).items():
            since = self._behind_since.setdefault(workspace_id, monotonic())
            upto = head if monotonic() - since > _PATIENCE else done
            if upto <= seen[workspace_id]:
                pause = min(pause, _SOON)
                continue
            happened = _facts_after(workspace_id, seen[workspace_id], _AT_ONCE, upto=upto)
            if happened:
                self._loop.call_soon_threadsafe(self._tell, workspace_id, happened)
                # Written here, for the next read; join() and leave() only set what is missing or unused.
                if workspace_id in self._seen:
                    self._seen[workspace_id] = happened[-1].position
            self._behind_since.pop(workspace_id, None)
            if upto < head or len(happened) == _AT_ONCE:
                pause = 0.0 if len(happened) == _AT_ONCE else min(pause, _SOON)
        return pause

    def _tell(self, workspace_id: int, happened: list[Happened]) -> None:
        """In the event loop: each stream hears what its member's reach allows."""
        last = happened[-1].position
        rights_changed = any(one.object in _RIGHTS for one in happened)
        texts: dict[tuple[Reach, ...], bytes] = {}
        objects = sorted({one.object for one in happened})
        for stream in self.streams.get(workspace_id, ()):
            if rights_changed:
                stream.recheck_at = 0.0
                stream.news.set()
            if stream.position >= happened[0].position:  # it has just joined, and knows a part
                news = [one for one in happened if one.position > stream.position]
                stream.tell(fact_message(stream.actor, news), last)
                continue
            reaches = tuple(stream.actor.reach(name) for name in objects)
            if reaches not in texts:
                texts[reaches] = fact_message(stream.actor, happened)
            stream.tell(texts[reaches], last)


hub = Hub()
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="events-db")


def fact_message(actor: Actor, happened: Iterable[Happened]) -> bytes:
    """The message about these facts for somebody with this actor's reach; b"" for nothing."""
    told: list[dict[str, str]] = []
    by_object: dict[str, list[Happened]] = {}
    last = 0
    for one in happened:
        by_object.setdefault(one.object, []).append(one)
        last = max(last, one.position)
    for name, ones in by_object.items():
        reach = actor.reach(name)
        if reach == Reach.ALL and len(ones) <= _ONE_BY_ONE:
            told += [{"object": name, "verb": one.verb, "id": str(one.record_id)} for one in ones]
        elif reach > Reach.NONE:
            told.append({"object": name})
    return _message("fact", last, told) if told else b""


def _message(event: str, position: int, data: object = None) -> bytes:
    text = json.dumps(data if data is not None else [], separators=(",", ":"))
    return f"id: {position}\nevent: {event}\ndata: {text}\n\n".encode()


async def _serve(scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
    if scope["path"] != "/events/":
        return await _refuse(send, 404)
    if scope["method"] != "GET":
        return await _refuse(send, 405)
    origin = headers.get("origin", "")
    if origin and not _is_ours(origin, headers.get("host", "")):
        return await _refuse(send, 403)
    if hub.count() >= MAX_STREAMS:
        return await _refuse(send, 503)
    session_key = _session_key(headers.get("cookie", ""))
    opened = await _in_thread(_open, session_key, headers.get("last-event-id", ""))
    if opened is None:
        return await _refuse(send, 401)
    stream, first = opened
    cross = [
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-credentials", b"true"),
    ]
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"text/event-stream; charset=utf-8"),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
                (b"vary", b"Origin, Cookie"),
                *(cross if origin else ()),
            ],
        }
    )
    await _body(send, b"retry: 2000\n" + first)
    await _join(stream)
    gone = asyncio.create_task(_until_gone(receive))
    talk = asyncio.create_task(_talk(stream, session_key, send))
    try:
        await asyncio.wait({gone, talk}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.leave(stream)
        for task in (gone, talk):
            task.cancel()
        await asyncio.gather(
            gone, talk, return_exceptions=True
        )  # the browser went: nobody is left to be told


async def _join(stream: Stream) -> None:
    """Hear what happens from now on, and what the hub told the others while this stream was being opened."""
    opened_at = stream.position
    stream.recheck_at = monotonic() + RECHECK
    hub.join(stream)
    late = await _in_thread(_facts_after, stream.actor.workspace_id, opened_at, _BACKLOG)
    if late:
        stream.tell(fact_message(stream.actor, late), late[-1].position)


async def _talk(stream: Stream, session_key: str, send: Send) -> None:
    """Send what the hub puts into the stream, and a sign of life when there is nothing."""
    while True:
        try:
            await asyncio.wait_for(stream.news.wait(), HEARTBEAT)
        except TimeoutError:
            await _body(send, b":\n\n")
        stream.news.clear()
        if monotonic() >= stream.recheck_at:
            actor = await _in_thread(_actor_of_session, session_key)
            if actor is None or actor.workspace_id != stream.actor.workspace_id:
                await _body(send, _message("bye", stream.position), more=False)
                return
            stream.actor, stream.recheck_at = actor, monotonic() + RECHECK
        while stream.waiting:
            await _body(send, stream.waiting.popleft())


def _open(session_key: str, last_event_id: str) -> tuple[Stream, bytes] | None:
    """The stream of a session's member, and the first message: what was missed, or where we stand."""
    actor = _actor_of_session(session_key)
    if actor is None:
        return None
    with in_workspace(actor.workspace_id), reading():
        head = FactHead.objects.values_list("position", flat=True).first() or 0
    first = _message("hello", head)
    if last_event_id.isdecimal() and len(last_event_id) < 19 and int(last_event_id) < head:
        missed = _facts_after(actor.workspace_id, int(last_event_id), _BACKLOG)
        if len(missed) == _BACKLOG:
            first = _message("resync", head)
        elif missed:
            head = max(head, missed[-1].position)
            first = fact_message(actor, missed) or _message("hello", head)
    return Stream(actor, head), first


def _actor_of_session(session_key: str) -> Actor | None:
    """Who has this session, in the workspace that it works in; None for guests and for who left."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    with reading():
        session = store(session_key).load() if session_key else {}
    if SESSION_KEY not in session or WORKSPACE not in session:
        return None
    with in_workspace(session[WORKSPACE]), reading():
        member = working_member(user_id=int(session[SESSION_KEY]))
        if member is None:
            return None
        signed = session.get(HASH_SESSION_KEY, "")
        if not constant_time_compare(signed, member.user.get_session_auth_hash()):
            return None
        return actor_for(member)


def _behind(seen: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """Workspaces with facts that were not told: their newest position, and how far all consumers are."""
    if not seen:
        return {}
    with everywhere("the newest facts of the workspaces that browsers look at"), reading():
        heads = dict(
            FactHead.objects.filter(workspace_id__in=list(seen)).values_list("workspace_id", "position")
        )
        behind = [workspace_id for workspace_id, head in heads.items() if head > seen[workspace_id]]
        if not behind:
            return {}
        cursors = Cursor.objects.filter(workspace_id__in=behind, consumer__in=list(CONSUMERS), failures=0)
        done = dict(cursors.values_list("workspace_id").annotate(Min("position")))
    return {place: (heads[place], min(heads[place], done.get(place, heads[place]))) for place in behind}


def _facts_after(workspace_id: int, position: int, limit: int, *, upto: int = 2**63 - 1) -> list[Happened]:
    with in_workspace(workspace_id), reading():
        rows = Fact.objects.filter(position__gt=position, position__lte=upto).order_by("position")
        return [Happened(*row) for row in rows.values_list("position", "object", "verb", "record_id")[:limit]]


async def _in_thread(function: Callable[..., Any], *args: Any) -> Any:
    def run() -> Any:
        close_old_connections()
        return function(*args)

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


def _is_ours(origin: str, host: str) -> bool:
    """Whether a page of this origin is ours: the site's address, or another port of the host asked for."""
    if origin == settings.SITE_URL:
        return True
    return urlsplit(origin).hostname == urlsplit(f"//{host}").hostname


def _session_key(cookies: str) -> str:
    try:
        found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except Exception:
        return ""
    return found.value if found else ""


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _body(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await _body(send, b"", more=False)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
