"""`guanxi learned list|add|train|on|off|choose|delete`: learned models, without the pages."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from guanxi.analytics.learning import actions
from guanxi.analytics.learning.kinds import KINDS
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.analytics.learning.training import train, write_all
from guanxi.analytics.learning.wording import happened
from guanxi.platform.identity.actions.workspaces import installer
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading


class Command(BaseCommand):
    help = "Learned models: list, add, train here and now, switch on, back to the rules, choose, delete."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        for name, said in (
            ("list", "show those that there are"),
            ("add", "a new one, which says nothing yet"),
            ("train", "learn from the past, here and now; who is on writes what it says then"),
            ("on", "it writes what it says"),
            ("off", "back to the rules"),
            ("choose", "let another version speak"),
            ("delete", "with its versions; its fields are archived"),
        ):
            verb = verbs.add_parser(name, help=said)
            verb.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
            if name == "add":
                verb.add_argument("kind", choices=list(KINDS))
                verb.add_argument("--object", default="", help="lead, company, …; else the first that fits")
                verb.add_argument("--came", default="", help="what came true, as a filter")
                verb.add_argument("--gone", default="", help="what did not, as a filter")
            elif name != "list":
                verb.add_argument("id", type=int)
            if name == "choose":
                verb.add_argument("number", type=int, help="of the version")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        with in_workspace(workspace.pk), translation.override(workspace.language):
            try:
                self._do(options, installer(workspace.pk))
            except InvalidValues as problem:
                words = [str(one) for found in problem.errors.values() for one in found]
                raise CommandError(" ".join(words)) from problem
            except (NotFound, Refused) as problem:
                raise CommandError(f"refused: {problem}") from problem

    def _do(self, options: dict[str, Any], by: Actor) -> None:
        if options["verb"] == "list":
            with reading():
                for one in actions.learned_models(by=by):
                    self.stdout.write(_line(one))
            return
        if options["verb"] == "train":
            self._train(options["id"], by)
            return
        with transaction.atomic():
            row = _changed(options, by)
            self.stdout.write(_line(row) if row is not None else "deleted")

    def _train(self, key: int, by: Actor) -> None:
        """A training takes its own transactions, as in a worker."""
        with reading():
            actions.find_learned(key, by=by)
        if train(key, asked_by=by.name) is not None:
            write_all(key)
        with reading():
            self.stdout.write(_line(actions.find_learned(key, by=by)))


def _changed(options: dict[str, Any], by: Actor) -> LearnedModel | None:
    match options["verb"]:
        case "add":
            asked = {name: options[name] for name in ("kind", "object", "came", "gone")}
            return actions.add_learned(**asked, by=by)
        case "on":
            return actions.switch_on(options["id"], by=by)
        case "off":
            return actions.switch_off(options["id"], by=by)
        case "choose":
            return actions.choose_version(options["id"], options["number"], by=by)
        case _delete:
            actions.delete_learned(options["id"], by=by)
            return None


def _line(row: LearnedModel) -> str:
    speaks = ModelVersion.objects.filter(model=row, number=row.number).first() if row.number else None
    return f"{row.pk}  {row.kind}  {row.object}.{row.field}  {happened(row, speaks)}"
