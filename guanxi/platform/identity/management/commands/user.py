"""guanxi user: people who can sign in, from the command line of the server."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from guanxi.platform.identity.actions.members import add_member
from guanxi.platform.identity.actions.users import create_user, deactivate_user, set_password
from guanxi.platform.identity.actions.workspaces import installer
from guanxi.platform.identity.models import Role, Team, User, Workspace, fold_email
from guanxi.platform.identity.permissions import SYSTEM_ROLES
from guanxi.platform.identity.queries import memberships
from guanxi.platform.identity.sign_in import account_key, forget_tries
from guanxi.platform.tenancy.context import in_workspace


class Command(BaseCommand):
    help = "Add users to a workspace, set a password, deactivate, list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="make a user, and a member of a workspace")
        add.add_argument("email")
        add.add_argument("--name", default="", help="default: the email's first part")
        add.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        add.add_argument("--role", default="member", choices=sorted(SYSTEM_ROLES))
        add.add_argument("--operator", action="store_true", help="may look after the whole installation")
        reset = actions.add_parser("reset", help="set a new password; unlocks, and ends all sessions")
        reset.add_argument("email")
        for one in (add, reset):
            one.add_argument("--password-stdin", action="store_true", help="read the password from a pipe")
        end = actions.add_parser("deactivate", help="shut somebody out of every workspace at once")
        end.add_argument("email")
        actions.add_parser("list", help="who there is, and where they work")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _add(self, options: dict[str, Any]) -> None:
        workspace = chosen_workspace(options["workspace"])
        email = fold_email(options["email"])
        user = User.objects.filter(email=email).first()
        with in_workspace(workspace.pk), transaction.atomic():
            if user is None:
                user = create_user(
                    email=email,
                    name=options["name"] or email.partition("@")[0],
                    password=self._password(options),
                )
            if options["operator"]:
                User.objects.filter(pk=user.pk).update(is_operator=True)
            add_member(
                user=user,
                role=Role.objects.get(system=options["role"]),
                team=Team.objects.order_by("path").first(),
                by=installer(workspace.pk),
            )
        self.stdout.write(f"{email}: {options['role']} in {workspace.slug}")

    def _reset(self, options: dict[str, Any]) -> None:
        user = _user(options["email"])
        set_password(user=user, password=self._password(options))
        forget_tries(account_key(user.email))
        self.stdout.write(f"{user.email}: new password set, sessions ended")

    def _deactivate(self, options: dict[str, Any]) -> None:
        user = _user(options["email"])
        deactivate_user(user=user)
        self.stdout.write(f"{user.email}: deactivated, sessions ended")

    def _list(self, options: dict[str, Any]) -> None:
        for user in User.objects.order_by("email"):
            where = ", ".join(member.workspace.slug for member in memberships(user.pk)) or "nowhere"
            state = "" if user.is_active else " (deactivated)"
            self.stdout.write(f"{user.email}\t{user.name}\t{where}{state}")

    def _password(self, options: dict[str, Any]) -> str:
        if options["password_stdin"]:
            return sys.stdin.readline().rstrip("\r\n")
        if not sys.stdin.isatty():
            raise CommandError("no terminal to ask for a password: pipe it in with --password-stdin")
        password = getpass("Password: ")
        if password != getpass("Once more: "):
            raise CommandError("the two passwords differ")
        return password


def _user(email: str) -> User:
    user = User.objects.filter(email=fold_email(email)).first()
    if user is None:
        raise CommandError(f"nobody has the email {email}")
    return user


def chosen_workspace(slug: str) -> Workspace:
    """The workspace of that slug, or the only one; raises CommandError with what there is."""
    found = list(Workspace.objects.filter(closed_at=None).order_by("slug"))
    named = [workspace for workspace in found if not slug or workspace.slug == slug]
    if len(named) == 1:
        return named[0]
    known = ", ".join(workspace.slug for workspace in found)
    raise CommandError(f"choose one with --workspace: {known}" if found else "there is no workspace yet")
