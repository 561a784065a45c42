from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.files import picturing
from guanxi.platform.files.models import SAFE_PICTURES, FieldFile, StoredFile
from guanxi.platform.files.scanning import scan
from guanxi.platform.files.storage import forget_unused, keep, path_of
from guanxi.platform.files.stores import forget_copies
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.transactions import reading

PICTURED = SAFE_PICTURES | picturing.HEIF | {"application/pdf", "image/bmp", "image/tiff"}
UNCLAIMED_FOR = timedelta(days=1)
SMALL = 40_000  # bytes of a picture that is its own preview
WAITS = 40  # seconds for a picture


def look_at(stored: StoredFile) -> None:
    """Have a new file looked at. Where a scanner is set, nobody gets it before that."""
    if settings.FILES_SCANNER:
        StoredFile.objects.filter(pk=stored.pk).update(checked="waiting")
        stored.checked = "waiting"
        check_file.enqueue(file=stored.pk)
    elif _wants_picture(stored):
        picture_file.enqueue(file=stored.pk)


@task()
@policy(attempts=8, timeout=timedelta(minutes=5), unique=True)
def check_file(file: int) -> None:
    """Ask the scanner; while it does not answer the file stays held, and it is asked again."""
    with reading():
        stored = StoredFile.objects.filter(pk=file).first()
    if stored is None:
        return
    found = scan(path_of(stored), settings.FILES_SCANNER)
    with transaction.atomic():
        checked = "found" if found else "clean"
        StoredFile.objects.filter(pk=file).update(checked=checked, finding=found)
        if not found and _wants_picture(stored):
            picture_file.enqueue(file=file)


@task(priority=-20)
@policy(attempts=2, timeout=timedelta(minutes=2), unique=True)
def picture_file(file: int) -> None:
    """Make the small picture of a file; none where it can't be read."""
    with reading():
        stored = StoredFile.objects.filter(pk=file, preview=None).first()
    if stored is None:
        return
    with TemporaryDirectory(prefix="guanxi-picture.") as folder:
        target = Path(folder) / "picture.webp"
        program = [sys.executable, picturing.__file__, str(path_of(stored)), str(target), stored.media_type]
        try:
            subprocess.run(program, timeout=WAITS, capture_output=True, check=False)
        except subprocess.TimeoutExpired:
            return
        if target.exists() and target.stat().st_size:
            with transaction.atomic():
                made = keep(_Written(target), look=False)
                StoredFile.objects.filter(pk=file).update(preview=made)


@schedule("forget-unclaimed-files", cron="17 3 * * *", per_workspace=True)
@task(priority=-50)
def forget_unclaimed() -> int:
    """Uploads whose form was never saved; how many."""
    old = FieldFile.objects.filter(record_id=None, created_at__lt=timezone.now() - UNCLAIMED_FOR)
    with transaction.atomic():
        files = list(old.values_list("file_id", flat=True))
        old.delete()
        forget_unused(files)
    return len(files)


@schedule("forget-copies-of-files", cron="47 * * * *")
@task(priority=-50)
def forget_read_copies() -> int:
    """Copies of what lies in a store, when nobody has read them for a day."""
    return forget_copies()


def _wants_picture(stored: StoredFile) -> bool:
    small = stored.is_picture and stored.size <= SMALL
    return stored.media_type in PICTURED and not small


class _Written:
    """A file on the disk as an upload."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def chunks(self) -> Iterable[bytes]:
        yield self._path.read_bytes()
