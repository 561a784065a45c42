"""The `guanxi` command: one front for what the rooms offer as management commands.

A room adds `management/commands/<verb>.py`, and `guanxi <verb>` is there, with its help. Django's own
commands stay with `manage.py`, for developers, except `migrate`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

_SERVE = ("serve", "Serve pages, events and background work, as one supervised command.")
_DJANGO_OWN = ("migrate",)
# Options of every Django command that are for developers.
_HIDDEN_OPTIONS = {
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
    "--skip-checks",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 failed, 2 wrong use."""
    name, *rest = [*(sys.argv[1:] if arguments is None else arguments)] or ["--help"]
    if name == _SERVE[0]:
        # Before Django: the supervisor stays as small as a process can be.
        from guanxi.config import serving

        sys.exit(serving.main(rest))
    if name == "--version":
        from guanxi import __version__

        print(f"guanxi {__version__}")
        return
    sys.exit(_run(name, rest))


def _run(name: str, rest: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import load_command_class
    from django.db import OperationalError

    try:
        django.setup()
        commands = _commands()
        if name in {"-h", "--help", "help"}:
            _print_help(commands)
            return 0
        if name not in commands:
            print(f"guanxi: there is no command {name!r}; guanxi --help lists them", file=sys.stderr)
            return 2
        command = load_command_class(commands[name], name)
        command.suppressed_base_arguments = _HIDDEN_OPTIONS
        _hear_in_any_order(command)
        command.run_from_argv(["guanxi", name, *rest])
    except (ImproperlyConfigured, ValueError) as error:
        if isinstance(error, ValueError) and "GUANXI_" not in str(error):
            raise
        print(f"guanxi: {error}", file=sys.stderr)
        return 2
    except OperationalError as error:
        print(f"guanxi {name}: the database says: {str(error).strip()}", file=sys.stderr)
        print("guanxi doctor tells more", file=sys.stderr)
        return 1
    return 0


def _hear_in_any_order(command: BaseCommand) -> None:
    """Options may stand before, among and after the words: argparse alone takes the words of one place.

    Where the first word is a verb with options of its own, what follows it is that verb's.
    """
    make = command.create_parser

    def create_parser(*names: str, **more: Any) -> CommandParser:
        parser = make(*names, **more)
        if parser._subparsers is None:
            parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]
        return parser

    command.create_parser = create_parser  # type: ignore[method-assign]


def _commands() -> dict[str, str]:
    """Names of our commands, and the app that each is of."""
    from django.core.management import get_commands

    found = get_commands()
    ours = {name: app for name, app in found.items() if app.startswith("guanxi.")}
    return dict(sorted({**ours, **{name: found[name] for name in _DJANGO_OWN}}.items()))


def _print_help(commands: dict[str, str]) -> None:
    from django.core.management import load_command_class

    lines = [_SERVE, *((name, load_command_class(app, name).help) for name, app in commands.items())]
    print("usage: guanxi COMMAND [--help]\n")
    wide = max(len(name) for name, _text in lines)
    for name, text in sorted(lines):
        print(f"  {name:<{wide}}  {text.strip().splitlines()[0] if text else ''}")


if __name__ == "__main__":
    main()
