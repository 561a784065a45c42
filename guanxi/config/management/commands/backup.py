"""`guanxi backup FILE`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from guanxi.config.backup import BackupError, Installation, back_up


class Command(BaseCommand):
    help = "Write the database, the files and the secret key into one archive; work may go on meanwhile."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the archive to write, e.g. guanxi-2026-11-21.tar.gz")

    def handle(self, *args: Any, **options: Any) -> None:
        installation = Installation(settings.DATABASES["default"], settings.DATA_DIR)
        try:
            size = back_up(installation, options["file"].resolve())
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{options['file']}: {size / 2**20:.1f} MiB. It holds the secret key: keep it safe."
        )
