"""Files as rows and bytes: <workspace>/<first two of the hash>/<hash>, in a folder or a store (stores.py).

A file is written aside, hashed on the way, and takes its place by a rename: it is there whole or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from django.apps import apps
from django.conf import settings
from django.db import transaction

from guanxi.platform.files import stores
from guanxi.platform.files.media_types import media_type_of
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.places import without_place
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.models import WorkspaceModel


class Upload(Protocol):
    """What storing needs of Django's UploadedFile."""

    def chunks(self) -> Iterable[bytes]: ...


class StorageFull(OSError):
    """There is no room left; nothing of the file was kept."""


class TooLarge(ValueError):
    """The file is larger than settings.UPLOAD_MAX_BYTES; nothing of it was kept."""


def keep(upload: Upload, *, look: bool = True) -> StoredFile:
    """Store the bytes of an upload in the chosen workspace; the same content is stored once. A photo is kept
    without the place where it was taken (places.py).

    With `look` a new one is looked at by a job: for malware where a scanner is set, and for a picture of it.
    Raises TooLarge and StorageFull.
    """
    with room_on_disk():
        stored, new = _keep(upload)
    if new and look:
        from guanxi.platform.files.jobs import look_at

        look_at(stored)
    return stored


def path_of(stored: StoredFile) -> Path:
    """A path where its bytes can be read."""
    return stores.place_of(_name(stored))


def put_back(stored: StoredFile, written: Path) -> None:
    """The bytes of a row that came from elsewhere; the file is moved."""
    stores.put(written, _name(stored))


def forget(stored: StoredFile) -> None:
    """Delete a file and its bytes, inside a transaction that has made sure that nothing refers to it."""
    held = StoredFile.objects.select_for_update().filter(pk=stored.pk).first()
    if held is not None:
        preview = held.preview_id
        held.delete()
        stores.remove(_name(held))
        if preview:
            forget_unused([preview])


def forget_unused(ids: Iterable[int]) -> None:
    """Files to which nothing refers any more, with their bytes."""
    holders = [
        (model, one.attname)
        for model in apps.get_models()
        if issubclass(model, WorkspaceModel)
        for one in model._meta.fields
        if is_file(one)
    ]
    for stored in StoredFile.objects.select_for_update().filter(pk__in=list(ids)):
        managers: list[tuple[Any, str]] = [(model.objects, name) for model, name in holders]
        if not any(rows.filter(**{name: stored.pk}).exists() for rows, name in managers):
            forget(stored)


def is_file(column: Any) -> bool:
    """Whether a column of a model names a stored file."""
    return getattr(column, "related_model", None) is StoredFile


def _keep(upload: Upload) -> tuple[StoredFile, bool]:
    folder = Path(settings.MEDIA_ROOT) / str(require_workspace_id())
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as aside:
        written = Path(aside.name)
        try:
            hashed, size = hashlib.sha256(), 0
            for chunk in without_place(upload.chunks()):
                size += len(chunk)
                if size > settings.UPLOAD_MAX_BYTES:
                    raise TooLarge
                hashed.update(chunk)
                aside.write(chunk)
            aside.flush()
            os.fsync(aside.fileno())
            with transaction.atomic():
                stored: StoredFile
                stored, new = StoredFile.objects.select_for_update().get_or_create(
                    sha256=hashed.hexdigest(), defaults={"size": size, "media_type": media_type_of(written)}
                )
                stores.put(written, _name(stored))
        except BaseException:
            written.unlink(missing_ok=True)
            raise
    return stored, new


def _name(stored: StoredFile) -> str:
    return f"{stored.workspace_id}/{stored.sha256[:2]}/{stored.sha256}"


@contextmanager
def room_on_disk() -> Iterator[None]:
    """Says StorageFull where the disk has no room."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(*error.args) from error
        raise
