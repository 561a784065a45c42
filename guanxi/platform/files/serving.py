"""Sending files so that nothing in them can act in our name."""

from __future__ import annotations

import re
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.storage import path_of

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


def send(request: HttpRequest, stored: StoredFile, *, name: str, inline: bool = False) -> HttpResponseBase:
    """The file as a download called `name`; `inline` shows it, and is heard for safe pictures only.

    Answers If-None-Match and one range of bytes, and 423 while the file is held back.
    Raises FileNotFoundError where the bytes are gone.
    """
    if stored.is_held:
        return HttpResponse(status=423)
    etag = f'"{stored.sha256}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _guarded(HttpResponse(status=304), etag)
    shown = inline and stored.is_picture
    file = path_of(stored).open("rb")
    part = _asked_part(request.headers.get("Range", ""), stored.size)
    response = FileResponse(
        _Section(file, *part) if part else file,
        as_attachment=not shown,
        filename=name,
        content_type=stored.media_type,
    )
    response["Accept-Ranges"] = "bytes"
    if part:
        start, length = part
        response.status_code = 206
        response["Content-Length"] = str(length)
        response["Content-Range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    return _guarded(response, etag)


def send_picture(
    request: HttpRequest, stored: StoredFile, *, name: str, whole: bool = False
) -> HttpResponseBase | None:
    """A picture of the file: its preview, or itself where it is one; None where there is none.

    `whole` is for looking at it alone: a picture that browsers show is sent as it is.
    """
    if stored.is_held:
        return HttpResponse(status=423)
    if stored.preview is not None and not (whole and stored.is_picture):
        return send(request, stored.preview, name=f"{name}.webp", inline=True)
    return send(request, stored, name=name, inline=True) if stored.is_picture else None


def _guarded(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """Never HTML of ours: no scripts, no frames, no guessing, kept by nobody who has not asked again."""
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'none'; img-src 'self'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = etag
    # Compressing on the way would lose the length, and a range of compressed bytes is another range.
    response["Content-Encoding"] = "identity"
    return response


def _asked_part(header: str, size: int) -> tuple[int, int] | None:
    """Start and length of the range that is asked for; None for the whole file, also for nonsense."""
    found = _RANGE.match(header.strip())
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, length) if length else None
    start = int(found[1])
    end = min(int(found[2]), size - 1) if found[2] else size - 1
    return (start, end - start + 1) if start <= end else None


class _Section:
    """Some bytes of an open file, as a file."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        file.seek(start)
        self._file, self._left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()
