"""Signing in: how many tries are left, whether the password is right, and the session that follows.

A try is taken before the password is looked at and given back when it was right. So any number of processes
that guess at the same moment together get no more tries than one would.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from guanxi.platform.identity.models import SignInTries, User, fold_email
from guanxi.platform.identity.sessions import ADDRESS, AGENT, STARTED, WORKSPACE

ACCOUNT_TRIES = 5
ADDRESS_TRIES = 30  # a whole office may share one address
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try: the user, or how many tries are left, or for how many minutes none is."""

    user: User | None = None
    tries_left: int = 0
    locked_minutes: int = 0


def check_password(*, email: str, password: str, address: str) -> Outcome:
    """Look at one pair. An unknown email costs the same time, and the same tries, as a wrong password."""
    limits = {account_key(email): ACCOUNT_TRIES, address_key(address): ADDRESS_TRIES}
    left, locked_minutes = take_try(limits)
    if locked_minutes:
        return Outcome(locked_minutes=locked_minutes)
    user = User.objects.filter(email=fold_email(email), deactivated_at=None).first()
    if user is None:
        User().set_password(password)  # only for the time it takes
        right = False
    else:
        right = user.check_password(password)
    if user is not None and right:
        forget_tries(account_key(email))
        give_back_try(address_key(address))
        return Outcome(user=user)
    return Outcome(tries_left=left, locked_minutes=0 if left else round(LOCKED_FOR.total_seconds() / 60))


def open_session(
    request: HttpRequest, user: User, *, keep: bool = True, workspace_id: int | None = None
) -> None:
    """Sign this browser in: a new session key (nobody can have planted it), and a new CSRF token.

    `keep` outlives the closing of the browser, for SESSION_COOKIE_AGE.
    """
    login(request, user)
    request.session.set_expiry(None if keep else 0)
    request.session[ADDRESS] = address_of(request)
    request.session[AGENT] = request.headers.get("User-Agent", "")[:300]
    request.session[STARTED] = timezone.now().isoformat()
    if workspace_id is not None:
        request.session[WORKSPACE] = workspace_id


def address_of(request: HttpRequest) -> str:
    """Where the request came from: behind GUANXI_PROXIES proxies of ours, what the outermost of them saw."""
    proxies: int = settings.TRUSTED_PROXIES
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(passed) >= proxies:
        return passed[-proxies][:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


# ── Tries ────────────────────────────────────────────────────────────────────────────────────────────────


def account_key(email: str) -> str:
    """Hashed, so that the table is no list of addresses that somebody typed."""
    return "account:" + hashlib.sha256(fold_email(email).encode()).hexdigest()[:40]


def address_key(address: str) -> str:
    """One key for an IPv4 address, and one for the /64 that an IPv6 household has."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address}"
    if known.version == 6:
        return f"address:{ipaddress.ip_network((known, 64), strict=False).network_address}"
    return f"address:{known}"


def take_try(limits: Mapping[str, int]) -> tuple[int, int]:
    """Count one try against each key: (tries left, 0), or (0, minutes) where a key has none left.

    Keys are counted within LOCKED_FOR of their first try; the last one starts the lock.
    """
    now = timezone.now()
    SignInTries.objects.bulk_create(
        [SignInTries(key=key, since=now) for key in sorted(limits)], ignore_conflicts=True
    )
    with transaction.atomic():
        rows = list(SignInTries.objects.select_for_update().filter(key__in=limits).order_by("key"))
        locks = [row.since for row in rows if row.count >= limits[row.key] and now - row.since < LOCKED_FOR]
        if locks:
            return 0, _minutes_until(max(locks) + LOCKED_FOR, now)
        for row in rows:
            _count(row, limits[row.key], now)
        return min((limits[row.key] - row.count for row in rows), default=min(limits.values()) - 1), 0


def forget_tries(*keys: str) -> None:
    """The person was right, or proved in another way who they are."""
    SignInTries.objects.filter(key__in=keys).delete()


def give_back_try(key: str) -> None:
    """A right password costs the address nothing, and wins it nothing either."""
    SignInTries.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)


def _count(row: SignInTries, limit: int, now: datetime) -> None:
    if now - row.since >= LOCKED_FOR:
        row.count, row.since = 0, now
    row.count += 1
    if row.count >= limit:
        row.since = now
    row.save(update_fields=["count", "since"])


def _minutes_until(then: datetime, now: datetime) -> int:
    return max(1, -(-int((then - now).total_seconds()) // 60))
