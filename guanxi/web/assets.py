"""Addresses of the built front end: `asset("main.css")` → `/static/main-3F2A.css`.

`assets/build.mjs` writes `dist/manifest.json`; every built name carries the hash of its content.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

DIST = Path(__file__).resolve().parent / "dist"


def asset(name: str) -> str:
    """The address of a built file by its source name; the plain name where nothing was built yet."""
    return _address(name, _built_at(), settings.STATIC_URL)


@lru_cache(maxsize=1024)
def _address(name: str, built: float, _base: str) -> str:
    return static(_manifest(built).get(name, name))


def _built_at() -> float:
    """When the manifest was written. Only development looks again: elsewhere a build means a restart."""
    if not settings.DEBUG:
        return 0.0
    try:
        return (DIST / "manifest.json").stat().st_mtime
    except FileNotFoundError:
        return 0.0


@lru_cache(maxsize=2)
def _manifest(_built: float) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((DIST / "manifest.json").read_text())
    except FileNotFoundError:
        return {}
    return found
