"""Secrets that are shown once and kept as hashes: tokens of the API and links of invitations.

A secret is `<kind>_<workspace in base 36>_<32 random letters>`. It names its workspace, so that looking it up
never needs to read across workspaces. 160 random bits need no slow hash.
"""

from __future__ import annotations

import hashlib
import secrets

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_secret(kind: str, workspace_id: int) -> str:
    """A fresh secret; `kind` ("gx", "join") lets scanners and readers recognise it."""
    random = "".join(secrets.choice(_DIGITS) for _ in range(32))
    return f"{kind}_{_base36(workspace_id)}_{random}"


def hash_secret(raw: str) -> str:
    """What is kept and looked up."""
    return hashlib.sha256(raw.encode()).hexdigest()


def workspace_of(raw: str) -> int | None:
    """The workspace a secret names; None where it can't be one of ours."""
    parts = raw.split("_")
    if len(parts) != 3 or not parts[1].isalnum() or len(parts[1]) > 13 or not parts[1].isascii():
        return None
    named = int(parts[1], 36)
    return named if named < 1 << 63 else None


def secret_prefix(raw: str) -> str:
    """The first letters of the random part, by which a token is told apart in lists."""
    return raw.rsplit("_", 1)[1][:6]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
