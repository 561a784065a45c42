"""The code without which nobody sets up an empty installation: who finds it first on the web is a stranger.

It lies in the data folder, readable by its owner alone; `guanxi serve` and `guanxi set-up` print it as link.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

NAME = "set-up-code"


def set_up_code() -> str:
    """The code of this installation; made when it is asked for first."""
    place = _place()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_name(f".{NAME}.{secrets.token_hex(4)}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(18))
        try:
            os.link(fresh, place)  # whole or not at all, and never over the one of another process
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return place.read_text().strip()


def is_set_up_code(given: str) -> bool:
    """Whether it is the code; always false while there is none."""
    place = _place()
    known = place.read_text().strip() if place.exists() else ""
    return bool(known) and secrets.compare_digest(given.encode(), known.encode())


def forget_set_up_code() -> None:
    """It has done its work."""
    _place().unlink(missing_ok=True)


def set_up_link(address: str) -> str:
    """Where the installation at this address is set up."""
    return f"{address.rstrip('/')}/set-up/?code={set_up_code()}"


def _place() -> Path:
    return Path(settings.DATA_DIR) / NAME
