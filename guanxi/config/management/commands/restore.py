"""`guanxi restore FILE`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from guanxi.config.backup import BackupError, Installation, restore


class Command(BaseCommand):
    help = "Put a backup back, into an empty installation or, with --force, in place of what is there."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the archive that guanxi backup wrote")
        parser.add_argument(
            "--force", action="store_true", help="replace the records and files that are there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        installation = Installation(settings.DATABASES["default"], settings.DATA_DIR)
        try:
            manifest = restore(installation, options["file"], force=options["force"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0)
        self.stdout.write(
            f"Restored as of {manifest['made_at']}. Restart what runs: the secret key has changed."
        )
