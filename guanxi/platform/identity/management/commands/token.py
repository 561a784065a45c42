"""guanxi token: keys for programs, from the command line of the server."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from guanxi.platform.identity.actions.tokens import create_token, revoke_token
from guanxi.platform.identity.actions.workspaces import installer
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.identity.models import Member, Token, Workspace, fold_email
from guanxi.platform.tenancy.context import in_workspace


class Command(BaseCommand):
    help = "Make, list and revoke API tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="print the secret of a new token, once")
        create.add_argument("email", help="the member it works for")
        create.add_argument("--name", default="command line")
        create.add_argument(
            "--scope", action="append", help='"contact:read", "*:write"; default: *:read, *:write'
        )
        create.add_argument("--days", type=int, help="until it expires; default: never")
        listing = actions.add_parser("list", help="tokens that work")
        revoke = actions.add_parser("revoke", help="end a token at once")
        revoke.add_argument("token", help="its id or the first letters of its secret, see `list`")
        for one in (create, listing, revoke):
            one.add_argument("--workspace", default="", help="its slug; not needed where there is only one")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        run = {"create": self._create, "list": self._list, "revoke": self._revoke}[options["action"]]
        try:
            with in_workspace(workspace.pk), transaction.atomic():
                run(workspace, options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _create(self, workspace: Workspace, options: dict[str, Any]) -> None:
        email = fold_email(options["email"])
        member = Member.objects.filter(user__email=email, left_at=None).first()
        if member is None:
            raise CommandError(f"{email} is no member of {workspace.slug}")
        expires = timezone.now() + timedelta(days=options["days"]) if options["days"] else None
        scopes = options["scope"] or ["*:read", "*:write"]
        by = installer(workspace.pk)
        _token, raw = create_token(
            member=member, name=options["name"], scopes=scopes, expires_at=expires, by=by
        )
        self.stdout.write(raw)

    def _list(self, workspace: Workspace, options: dict[str, Any]) -> None:
        for token in Token.objects.select_related("member__user").filter(revoked_at=None).order_by("id"):
            used = f"used {token.used_at:%Y-%m-%d}" if token.used_at else "never used"
            scopes = " ".join(token.scopes)
            self.stdout.write(
                f"{token.pk}\t{token.prefix}…\t{token.member.user.email}\t{token.name}\t{scopes}\t{used}"
            )

    def _revoke(self, workspace: Workspace, options: dict[str, Any]) -> None:
        named = options["token"]
        found = Token.objects.filter(revoked_at=None)
        token = (found.filter(pk=int(named)) if named.isdecimal() else found.filter(prefix=named)).first()
        if token is None:
            raise CommandError(f"no working token {named}")
        revoke_token(token=token, by=installer(workspace.pk))
        self.stdout.write(f"{token.name}: revoked")
