"""Hand over everything that a member owns: guanxi hand-over --workspace xishan --from a@x.cn --to b@x.cn."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.identity.models import Member, fold_email
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.sharing.handing import (
    hand_over_next,
    owned_counts,
    start_hand_over,
    start_undo,
    undo_next,
)
from guanxi.platform.records.sharing.models import HandOver
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading


class Command(BaseCommand):
    help = "Hand over everything that a member owns to others; --undo ID takes it back within 30 days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        parser.add_argument("--from", dest="leaver", help="email of the member who hands over")
        parser.add_argument(
            "--to", action="append", default=[], help="email of who takes over; may be given several times"
        )
        parser.add_argument("--by", help="email of the administrator in whose name it is done")
        parser.add_argument("--undo", type=int, metavar="ID", help="take a hand-over back")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        with in_workspace(chosen_workspace(options["workspace"]).pk):
            try:
                self._run(options)
            except InvalidValues as problem:
                raise CommandError(str(problem)) from problem

    def _run(self, options: dict[str, Any]) -> None:
        if options["undo"]:
            with transaction.atomic():
                made = start_undo(options["undo"], by=actor_for(_administrator(options["by"])))
            while undo_next(made.pk):
                continue
            with reading():
                made.refresh_from_db()
            self.stdout.write(f"taken back; {made.kept} had changed since and stayed")
            return
        with reading():
            leaver = _member(options["leaver"] or "")
            counts = owned_counts(leaver.pk)
        for name, count in counts.items():
            self.stdout.write(f"{count:>9} {name}")
        if options["dry_run"] or not counts:
            return
        with transaction.atomic():
            receivers = [_member(email).pk for email in options["to"]]
            by = actor_for(_administrator(options["by"]))
            made = start_hand_over(member_id=leaver.pk, receivers=receivers, by=by)
        while hand_over_next(made.pk):
            continue
        with reading():
            moved = sum(HandOver.objects.get(pk=made.pk).counts.values())
        self.stdout.write(f"handed over {moved}; undo: --undo {made.pk}")


def _member(email: str) -> Member:
    rows = Member.objects.select_related("user", "role", "workspace")
    found: Member | None = rows.filter(user__email=fold_email(email)).first()
    if found is None:
        raise CommandError(f"nobody here has the email {email!r}")
    return found


def _administrator(email: str | None) -> Member:
    """The one who is named, or the first who administers the workspace."""
    if email:
        return _member(email)
    rows = Member.objects.select_related("user", "role", "workspace")
    found: Member | None = rows.filter(role__administers=True, left_at=None).order_by("joined_at").first()
    if found is None:
        raise CommandError("nobody administers this workspace")
    return found
