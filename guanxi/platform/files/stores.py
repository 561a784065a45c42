"""Where bytes lie for good: a folder, or a store that speaks S3.

GUANXI_FILES=s3://bucket/prefix puts them there; then the folder only holds copies for reading, named by their
content, which a job throws away when nobody has asked for a day.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings

KEPT_FOR = 86_400  # seconds for which a copy is kept that nobody reads
_PART = 8 << 20


def put(written: Path, name: str) -> None:
    """A finished file takes its place under `name` (workspace/first two of the hash/hash); it is moved."""
    store = _store(settings.FILES_STORE)
    if store is not None:
        with written.open("rb") as source:
            store.put(name, source, chunk_size=_PART)
    place = _folder() / name
    place.parent.mkdir(parents=True, exist_ok=True)
    written.replace(place)


def place_of(name: str) -> Path:
    """A path where the bytes can be read; there is nothing where they are gone."""
    place = _folder() / name
    store = _store(settings.FILES_STORE)
    if store is None:
        return place
    if place.exists():
        place.touch()  # read again: the copy stays
        return place
    try:
        found = store.get(name)
    except FileNotFoundError:
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=place.parent, prefix="incoming-", delete=False) as aside:
        for piece in found.stream(_PART):
            aside.write(piece)
    Path(aside.name).replace(place)
    return place


def remove(name: str) -> None:
    """Delete the bytes and every copy."""
    store = _store(settings.FILES_STORE)
    if store is not None:
        store.delete(name)
    (_folder() / name).unlink(missing_ok=True)


def forget_copies(now: float | None = None) -> int:
    """Throw away copies of what lies in a store; how many. Where the folder is the store, none."""
    if _store(settings.FILES_STORE) is None:
        return 0
    old = (now or time.time()) - KEPT_FOR
    found = [one for one in _copies() if one.stat().st_mtime < old]
    for one in found:
        one.unlink(missing_ok=True)
    return len(found)


def _copies() -> Iterator[Path]:
    yield from (one for one in _folder().glob("*/*/*") if one.is_file())


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT)


@lru_cache(maxsize=4)
def _store(address: str) -> Any:
    """The store of an address, or None for the folder. Keys and endpoint are read from the environment."""
    if not address:
        return None
    from obstore.store import from_url

    # Within an office the store may speak plain HTTP.
    return from_url(address, client_options={"allow_http": True})
