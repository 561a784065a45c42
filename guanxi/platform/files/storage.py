"""Where bytes lie: GUANXI_DATA/files/<workspace>/<first two of the hash>/<hash>.

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
from typing import Protocol

from django.conf import settings
from django.db import transaction

from guanxi.platform.files.media_types import media_type_of
from guanxi.platform.files.models import StoredFile
from guanxi.platform.tenancy.context import require_workspace_id


class Upload(Protocol):
    """What storing needs of Django's UploadedFile."""

    def chunks(self) -> Iterable[bytes]: ...


class StorageFull(OSError):
    """There is no room left; nothing of the file was kept."""


class TooLarge(ValueError):
    """The file is larger than settings.UPLOAD_MAX_BYTES; nothing of it was kept."""


def keep(upload: Upload) -> StoredFile:
    """Store the bytes of an upload in the chosen workspace; the same content is stored once.

    Raises TooLarge and StorageFull.
    """
    with _room_on_disk():
        return _keep(upload)


def path_of(stored: StoredFile) -> Path:
    """Where its bytes are."""
    return _folder(stored.workspace_id) / stored.sha256[:2] / stored.sha256


def forget(stored: StoredFile) -> None:
    """Delete a file and its bytes, inside a transaction that has made sure that nothing refers to it."""
    held = StoredFile.objects.select_for_update().filter(pk=stored.pk).first()
    if held is not None:
        held.delete()
        path_of(held).unlink(missing_ok=True)


def _keep(upload: Upload) -> StoredFile:
    folder = _folder(require_workspace_id())
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as aside:
        written = Path(aside.name)
        try:
            hashed, size = hashlib.sha256(), 0
            for chunk in upload.chunks():
                size += len(chunk)
                if size > settings.UPLOAD_MAX_BYTES:
                    raise TooLarge
                hashed.update(chunk)
                aside.write(chunk)
            aside.flush()
            os.fsync(aside.fileno())
            with transaction.atomic():
                stored: StoredFile
                stored, _new = StoredFile.objects.select_for_update().get_or_create(
                    sha256=hashed.hexdigest(), defaults={"size": size, "media_type": media_type_of(written)}
                )
                place = path_of(stored)
                place.parent.mkdir(exist_ok=True)
                written.replace(place)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
    return stored


def _folder(workspace_id: int) -> Path:
    return Path(settings.MEDIA_ROOT) / str(workspace_id)


@contextmanager
def _room_on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(*error.args) from error
        raise
