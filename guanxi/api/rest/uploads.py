"""Files as they are sent to doors of the API, and files as answers.

What is sent is laid aside first: by its bytes it is told whether it was sent before, and it is there whole or
not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryFile
from typing import IO, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from guanxi.api.rest.problems import BadRequest, explain, problem, unsaid_length
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.serving import send, send_picture
from guanxi.platform.files.storage import StorageFull, TooLarge, room_on_disk
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.metadata.resources import SentFile
from guanxi.platform.records.pages.files import held_words

PIECE = 1 << 18


def with_sent_file(request: HttpRequest, do: Callable[[SentFile], HttpResponse]) -> HttpResponse:
    """What a door (`do`) answers to the file that is sent, or a problem document where none can be had.

    Nothing is read for who has not signed in: the door says so.
    """
    if getattr(request, "actor", None) is None:
        return do(SentFile("", tuple))
    try:
        with sent_file(request) as file:
            return do(file)
    except (BadRequest, InvalidValues, TooLarge, StorageFull) as wrong:
        return cast(HttpResponse, explain(wrong, cast(MemberRequest, request).actor))


@contextmanager
def sent_file(request: HttpRequest) -> Iterator[SentFile]:
    """The part “file” of a form, or else the body as it is, whatever type it claims; gone afterwards.

    Raises BadRequest, InvalidValues where there is none, TooLarge and StorageFull.
    """
    if not request.META.get("CONTENT_LENGTH"):  # nobody says that it is empty
        raise unsaid_length()
    if request.content_type == "multipart/form-data":
        yield _part(request)
        return
    with TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as aside:
        with room_on_disk(), _read_whole():
            _lay_aside(request, aside)
        yield SentFile("", partial(_pieces, aside))


def file_answer(
    request: HttpRequest, stored: StoredFile, *, name: str, picture: bool = False
) -> HttpResponse:
    """The bytes, sent so that nothing in them acts; `picture`: a small one of it. Raises NotFound."""
    if stored.is_held:
        return problem(423, "held", held_words(stored))
    if not picture:
        return cast(HttpResponse, send(request, stored, name=name))
    shown = send_picture(request, stored, name=name)
    if shown is None:
        raise NotFound(f"picture of {name}")
    return cast(HttpResponse, shown)


def _part(request: HttpRequest) -> SentFile:
    with room_on_disk(), _read_whole():
        found = request.FILES.getlist("file")
    if getattr(request, "too_large", ""):
        raise TooLarge
    if len(found) != 1:
        words = _("Send one file: as the body, or as the part “file” of a form.")
        raise InvalidValues({"file": [FieldError("required", words)]})
    return SentFile(str(found[0].name or ""), found[0].chunks)


def _lay_aside(request: HttpRequest, aside: IO[bytes]) -> None:
    """What is too large is read to its end and not kept: who still sends does not hear what is answered."""
    size, said = 0, request.META["CONTENT_LENGTH"]
    while piece := request.read(PIECE):
        size += len(piece)
        if size <= settings.UPLOAD_MAX_BYTES:
            aside.write(piece)
    if size > settings.UPLOAD_MAX_BYTES:
        raise TooLarge
    if said.isdecimal() and size < int(said):
        raise _cut_off()


@contextmanager
def _read_whole() -> Iterator[None]:
    try:
        yield
    except UnreadablePostError as problem:
        raise _cut_off() from problem
    except MultiPartParserError as problem:
        raise BadRequest("multipart", _("This is no multipart/form-data.")) from problem


def _cut_off() -> BadRequest:
    return BadRequest("cut_off", _("The file broke off on the way. Nothing of it was kept."))


def _pieces(aside: IO[bytes]) -> Iterator[bytes]:
    aside.seek(0)
    while piece := aside.read(PIECE):
        yield piece
