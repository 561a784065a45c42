"""Calls to other systems that can't be turned against us.

The name is resolved once, every address it has is looked at, and the connection goes to the address that was
looked at: a name that means something else a moment later (DNS rebinding) changes nothing. Redirects are
followed by hand, each judged anew. A deadline holds for the whole call, however slowly the other side drips.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

SECONDS = 15.0
MOST_READ = 64 * 1024
MOST_HOPS = 3
PIECE = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_DROPPED = ("authorization", "guanxi-signature", "cookie", "content-type", "content-length")


class CallFailed(RuntimeError):
    """`passing`: it may work later (no answer, 5xx, 429); otherwise the target itself is wrong."""

    def __init__(self, message: str, *, passing: bool, status: int | None = None, body: str = "") -> None:
        super().__init__(message)
        self.passing, self.status, self.body = passing, status, body


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def sign(body: bytes, key: str, *, at: int) -> str:
    """`t=…,v1=…`: HMAC-SHA256 of the second, a full stop and the body. The receiver compares both."""
    digest = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def call(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, seconds: float = SECONDS
) -> Answered:
    """One call with its redirects; raises CallFailed for anything but a 2xx."""
    return _judged(_follow(method, url, headers, body, time.monotonic() + seconds, _read))


def fetch(url: str, out: IO[bytes], *, headers: Mapping[str, str], most: int, seconds: float) -> Answered:
    """GET what stands at an address into `out`; a 304 to a condition in `headers` is an answer too.

    Raises CallFailed for anything else but a 2xx, and for more than `most` bytes; `out` then holds a part.
    """

    def keep(response: HTTPResponse, connection: HTTPConnection, until: float) -> str:
        if not 200 <= response.status < 300:
            return _read(response, connection, until)
        for piece in _pieces(response, connection, until, most + 1):
            if out.write(piece) and out.tell() > most:
                said = _("What stands there is larger than %(limit)d MB.") % {"limit": most >> 20}
                raise CallFailed(said, passing=False)
        if response.length:
            raise CallFailed(_("The connection broke off before the end."), passing=True)
        return ""

    answer = _follow("GET", url, headers, None, time.monotonic() + seconds, keep)
    return answer if answer.status == 304 else _judged(answer)


# What is done with the body of an answer before the deadline; returns what is told of it.
_Take = Callable[[HTTPResponse, HTTPConnection, float], str]


def refuse_inside(url: str) -> None:
    """For whoever types an address: raises CallFailed where it names a place inside by its number.

    A name is looked up when it is called, because by then it may lead elsewhere; only `localhost` never does.
    """
    try:
        host = urlsplit(url).hostname or ""
        ip = "127.0.0.1" if host == "localhost" else str(ipaddress.ip_address(host))
    except ValueError:
        return
    _refuse_inside(host, ip)


def _follow(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, until: float, take: _Take
) -> Answered:
    for _hop in range(MOST_HOPS + 1):
        answer = _once(method, url, headers, body, until, take)
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        onward = urljoin(url, answer.headers.get("location", ""))
        if answer.status in (301, 302, 303) and method != "GET":
            method, body = "GET", None
        if _origin(onward) != _origin(url):
            headers = {name: one for name, one in headers.items() if name.lower() not in _DROPPED}
        url = onward
    raise CallFailed(_("The address leads on and on."), passing=False)


def _judged(answer: Answered) -> Answered:
    if 200 <= answer.status < 300:
        return answer
    passing = answer.status >= 500 or answer.status in (408, 425, 429)
    said = _("The other system answered %(status)d.") % {"status": answer.status}
    raise CallFailed(said, passing=passing, status=answer.status, body=answer.body)


def _once(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, until: float, take: _Take
) -> Answered:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as problem:
        raise CallFailed(_("An address begins with https:// and a name."), passing=False) from problem
    if parts.scheme not in ("http", "https") or not host:
        raise CallFailed(_("An address begins with https:// and a name."), passing=False)
    port = port or (443 if parts.scheme == "https" else 80)
    address = _resolved(host, port)
    connection = _connection(parts.scheme, host, port, address, until)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _cut_off(connection, until):
            connection.request(method, target, body=body, headers={**headers, "Connection": "close"})
            response = connection.getresponse()
            return Answered(response.status, take(response, connection, until), _lower(response))
    except TimeoutError as problem:
        raise CallFailed(_("The other system did not answer in time."), passing=True) from problem
    except (OSError, HTTPException, ValueError, UnicodeError) as problem:
        raise CallFailed(_("No connection: %(why)s") % {"why": problem}, passing=True) from problem
    finally:
        connection.close()


def _resolved(host: str, port: int) -> str:
    """The address to connect to; raises CallFailed where any address of the name is not a public one."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise CallFailed(_("There is no such name: %(host)s") % {"host": host}, passing=True) from problem
    addresses = [str(one[4][0]) for one in found]
    for one in addresses:
        _refuse_inside(host, one)
    return addresses[0]


def _refuse_inside(host: str, address: str) -> None:
    if not _may_be_called(host, address):
        said = _(
            "%(host)s is an address inside. Who runs the installation can allow it: "
            "GUANXI_CALLS_ALLOWED=%(host)s"
        )
        raise CallFailed(said % {"host": host}, passing=False)


def _may_be_called(host: str, address: str) -> bool:
    ip: Any = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64:
            return False
    if ip.is_global and not ip.is_multicast:
        return True
    for allowed in settings.CALLS_ALLOWED:
        try:
            if ip in ipaddress.ip_network(allowed, strict=False):
                return True
        except ValueError:
            if allowed.casefold() == host.casefold():
                return True
    return False


def _connection(scheme: str, host: str, port: int, address: str, until: float) -> HTTPConnection:
    """Connects to `address`, and speaks to it as `host`: name, certificate and all."""
    left = until - time.monotonic()
    if left <= 0:
        raise CallFailed(_("The other system did not answer in time."), passing=True)
    plain = HTTPConnection if scheme == "http" else HTTPSConnection
    connection = plain(host, port, timeout=left)
    try:
        sock = socket.create_connection((address, port), timeout=min(left, 5.0))
        if scheme == "https":
            context = ssl.create_default_context()
            sock = context.wrap_socket(sock, server_hostname=host)
        sock.settimeout(max(until - time.monotonic(), 0.01))
        connection.sock = sock
    except ssl.SSLCertVerificationError as problem:
        raise CallFailed(
            _("Its certificate is not valid: %(why)s") % {"why": problem.verify_message}, passing=False
        ) from problem
    except TimeoutError as problem:
        raise CallFailed(_("The other system did not answer in time."), passing=True) from problem
    except OSError as problem:
        raise CallFailed(_("No connection: %(why)s") % {"why": problem}, passing=True) from problem
    return connection


@contextmanager
def _cut_off(connection: HTTPConnection, until: float) -> Iterator[None]:
    """Ends what is going on over a connection at the deadline, as TimeoutError.

    The time limit of a socket begins anew with every byte, so that an answer which drips would never end.
    """
    over = threading.Timer(max(until - time.monotonic(), 0.0), _shut, [connection.sock])
    over.daemon = True
    over.start()
    try:
        yield
    except (OSError, HTTPException) as problem:
        if time.monotonic() >= until:
            raise TimeoutError from problem
        raise
    finally:
        over.cancel()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        sock.shutdown(socket.SHUT_RDWR)


def _read(response: HTTPResponse, connection: HTTPConnection, until: float) -> str:
    """The first 64 KB."""
    read = b"".join(_pieces(response, connection, until, MOST_READ))
    return read.decode("utf-8", errors="replace").replace("\0", "")


def _pieces(response: HTTPResponse, connection: HTTPConnection, until: float, most: int) -> Iterator[bytes]:
    """At most so many bytes of an answer; raises TimeoutError after the deadline."""
    while most > 0:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if connection.sock is not None:
            connection.sock.settimeout(left)
        piece = response.read1(min(PIECE, most))
        if not piece:
            if time.monotonic() >= until:
                raise TimeoutError
            return
        most -= len(piece)
        yield piece


def _lower(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
