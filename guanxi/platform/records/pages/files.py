"""Files in fields: sent, looked at with their versions, and taken from forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from guanxi.platform.files.documents import WORKBOOK, text_of_document
from guanxi.platform.files.media_types import OPEN_DOCUMENTS
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.serving import send, send_picture
from guanxi.platform.files.storage import StorageFull, TooLarge, path_of
from guanxi.platform.i18n.numbers import format_number, format_size
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, File
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.filing import find_field_file, may_restore, upload_file, versions_of
from guanxi.platform.records.importing.encodings import detect_encoding
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.reading import open_table
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.writing import change_record
from guanxi.web.pages import redirect_or_fragment, render_page, toast

LONGEST_TEXT = 20_000  # characters of a text that are shown
MOST_TABLE = 5_000_000  # bytes of a table that is opened for a look
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 100, 50, 300
PLAYED = frozenset(  # what browsers play themselves
    {"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "video/mp4", "video/webm"}
)
OLD_OFFICE = "application/x-ole-storage"  # .xls is one, and .doc, which nobody here reads
WORKBOOKS = (WORKBOOK, OPEN_DOCUMENTS[1], OLD_OFFICE)


@dataclass(frozen=True, slots=True)
class Look:
    """How a file is shown in a page: its picture, its rows, its text, as sound or film, or not at all.

    `held` says why nobody gets it.
    """

    picture: str = ""
    rows: Sequence[Sequence[str]] = ()  # of a table; the first are its headers
    text: str = ""
    plays: str = ""  # "audio" or "video"
    held: str = ""
    more: Sequence[str] = ()  # which part of it is shown, in sentences


@plain_door("GET", "HEAD")
def download(request: MemberRequest, pk: int) -> HttpResponseBase:
    found = find_field_file(pk, by=request.actor)
    return send(request, found.file, name=found.name)


@plain_door("GET", "HEAD")
def picture(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A small picture of it: its preview, or itself where it is a picture."""
    found = find_field_file(pk, by=request.actor)
    whole = "whole" in request.GET
    return send_picture(request, found.file, name=found.name, whole=whole) or HttpResponse(status=404)


@plain_door("GET")
def look(request: MemberRequest, pk: int) -> HttpResponse:
    """A page of the file: what is in it, and the versions that stood there before."""
    found = find_field_file(pk, by=request.actor)
    if found.record_id is None:
        raise Http404
    obj = registry.get(found.object)
    record = find_record(obj, found.record_id, by=request.actor)
    versions = versions_of(found)
    names = member_names({one.created_by_id for one in versions if one.created_by_id})
    context = {
        "name": found.name,
        "look": look_of(found.file, f"/field-files/{pk}/picture/?whole", name=found.name),
        "download": f"/field-files/{pk}/",
        "back": record_url(obj, record.pk),
        "record": record,
        "restores": may_restore(found, by=request.actor),
        "versions": [
            {
                "number": one.version, "name": one.name, "size": format_size(one.file.size),
                "by": str(names.get(one.created_by_id or 0, "")), "at": one.created_at,
                "href": f"/field-files/{one.pk}/look/", "here": one.pk == pk,
                "current": str(one.pk) == (obj[found.field].get(record) or {}).get("id"),
                "restore": f"/field-files/{one.pk}/restoration/",
            }
            for one in versions
        ],
    }  # fmt: skip
    return render_page(request, "records/file.html", context, title=found.name)


@plain_door("POST")
def restore(request: MemberRequest, pk: int) -> HttpResponse:
    """Put an older version back into its field, as its newest, and look at it."""
    by = request.actor
    found = find_field_file(pk, by=by)
    if found.record_id is None:
        raise Http404
    obj = registry.get(found.object)
    record = find_record(obj, found.record_id, by=by, access="edit")
    changed = change_record(record, {found.field: {"id": str(pk)}}, by=by)
    now = obj[found.field].get(changed)
    said = _("Version %(number)d stands there again") % {"number": found.version}
    return toast(redirect_or_fragment(request, f"/field-files/{now['id']}/look/"), said)


def look_of(stored: StoredFile, picture: str, *, name: str = "") -> Look:
    """`picture` is the address of the file's picture; its name says only whether a text is a table."""
    if stored.is_held:
        return Look(held=held_words(stored))
    if stored.is_picture:
        return Look(picture=picture)
    if stored.preview_id:
        first = _("This is a picture of the first page. The download is the whole file.")
        return Look(picture=picture, more=[first] if stored.media_type == "application/pdf" else ())
    if stored.size <= MOST_TABLE and _is_table(stored, name) and (table := _look_of_table(stored)):
        return table
    if stored.media_type == "text/plain":
        try:
            with path_of(stored).open("rb") as file:
                return _look_of_text(_decoded(file.read(4 * (LONGEST_TEXT + 1)), stored.size))
        except FileNotFoundError:
            return Look()
    if stored.media_type in PLAYED:
        return Look(plays=stored.media_type.partition("/")[0])
    return _look_of_text(text_of_document(path_of(stored), stored.media_type, most=LONGEST_TEXT + 1))


def _look_of_text(text: str) -> Look:
    """Its beginning, and that it is only that; `text` has a character more where there is more."""
    if len(text) <= LONGEST_TEXT:
        return Look(text=text)
    said = _("The first %(count)s characters are shown.") % {"count": format_number(LONGEST_TEXT)}
    return Look(text=text[:LONGEST_TEXT], more=[said, _("Download the file for all of it.")])


def _is_table(stored: StoredFile, name: str) -> bool:
    if stored.media_type == "text/plain":
        return name.lower().endswith((".csv", ".tsv"))
    return stored.media_type in WORKBOOKS


def _look_of_table(stored: StoredFile) -> Look | None:
    """The headers and the first rows of a table, as an import would read it; None of what it can't."""
    try:
        with TemporaryDirectory(prefix="guanxi-look.") as folder:
            table = open_table(path_of(stored), workroom=Path(folder), most=2 * MOST_ROWS)
            rows = [table.columns, *table.sample(MOST_ROWS + 1)]
    except (UnreadableFile, FileNotFoundError):
        return None
    more = []
    if len(table.sheets) > 1:
        more.append(
            _("This is “%(sheet)s”, one of %(count)d sheets.")
            % {"sheet": table.sheet, "count": len(table.sheets)}
        )
    if len(rows) > MOST_ROWS + 1:
        more.append(_("The first %(count)d rows are shown.") % {"count": MOST_ROWS})
    if len(table.columns) > MOST_COLUMNS:
        more.append(_("The first %(count)d columns are shown.") % {"count": MOST_COLUMNS})
    shown = [row[:MOST_COLUMNS] for row in rows[: MOST_ROWS + 1]]
    if any(len(cell) > LONGEST_CELL for row in shown for cell in row):
        more.append(_("Of long cells the first %(count)d characters are shown.") % {"count": LONGEST_CELL})
    if more:
        more.append(_("Download the file for all of it."))
    return Look(rows=[[cell[:LONGEST_CELL] for cell in row] for row in shown], more=more)


def _decoded(start: bytes, size: int) -> str:
    """The beginning of a text in whatever encoding it is, as an import would read it."""
    try:
        encoding = detect_encoding(start, whole=len(start) == size)
    except UnreadableFile:
        encoding = "utf-8"
    return start.decode(encoding, "replace")


def held_words(stored: StoredFile) -> str:
    """Why nobody gets a file, or ""."""
    if stored.checked == "waiting":
        return _("Not checked for malware yet. Try again in a moment.")
    return (
        _("Held back: %(finding)s was found in it.") % {"finding": stored.finding} if stored.is_held else ""
    )


def with_uploads(
    request: MemberRequest, obj: Object, fields: Sequence[Field]
) -> tuple[QueryDict, dict[str, list[str]]]:
    """What a form sent, with its files kept and named by their ids; and what was wrong with some."""
    errors: dict[str, list[str]] = {}
    chosen = [one for one in fields if isinstance(one, File)]
    too_large = getattr(request, "too_large", "")
    if not chosen or not (request.FILES or too_large):
        return request.POST, errors
    sent: QueryDict = request.POST.copy()
    for one in chosen:
        upload = request.FILES.get(f"{one.name}-file")
        if upload is None:
            continue
        try:
            made = upload_file(obj, one, upload, name=str(upload.name or ""), by=request.actor)
        except FieldError as problem:
            errors[one.name] = [problem.message]
        except TooLarge:
            too_large = str(upload.name or "")
        except StorageFull:
            words = _("The server's disk is full. %(name)s was not kept; tell an administrator.")
            errors[one.name] = [words % {"name": upload.name}]
        else:
            sent[one.name] = str(made.pk)
    if too_large:
        size = format_size(settings.UPLOAD_MAX_BYTES)
        said = _("%(name)s is larger than %(size)s and was not kept.") % {"name": too_large, "size": size}
        errors.setdefault(chosen[0].name, []).append(said)
    return sent, errors
