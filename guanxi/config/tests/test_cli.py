"""The guanxi command: what it offers, and how it refuses."""

from __future__ import annotations

import json

import pytest

from guanxi.config import cli
from tests.cast import Cast

OFFERED = {
    *("serve", "worker", "demo", "import", "export", "user", "token"),
    *("doctor", "migrate", "backup", "restore"),
}


def ask(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return int(ended.value.code or 0)


def test_help_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("--help") == 0
    said = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()[2:]}
    assert set(said) >= OFFERED
    assert all(said.values()), "each with a line that says what it does"


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_each_command_has_help_without_the_options_of_developers(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(name, "--help") == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: guanxi {name}")
    assert "--pythonpath" not in said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "words",
    [
        ("create_contact", "--by", "lin@xishan.example", "name=A", "title=B"),
        ("create_contact", "name=A", "--by", "lin@xishan.example", "title=B", "--workspace", "xishan"),
        ("--workspace=xishan", "create_contact", "name=A", "title=B", "--by", "lin@xishan.example"),
        ("--by", "lin@xishan.example", "create_contact", "--workspace", "xishan", "name=A", "title=B"),
    ],
)
def test_options_stand_before_among_and_after_the_words(
    cast: Cast, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    more = () if any("xishan" in one and "@" not in one for one in words) else ("--workspace", "xishan")
    assert ask("ask", *words, *more) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["name"], made["title"]) == ("A", "B")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("ask", "list_contact", "--nothing", "limit=2"), 2, "unrecognized arguments: --nothing"),
        (("map-outline", "remove", "--workspace", "nowhere", "x.json"), 1, "choose one with --workspace"),
        (("import", "a.csv", "--workspace", "nowhere", "b.csv"), 1, "choose one with --workspace"),
        (("objects", "diff", "--workspace", "nowhere", "x.toml"), 1, "choose one with --workspace"),
        (("objects", "diff", "--workspace", "nowhere"), 2, "the following arguments are required: file"),
    ],
)
def test_what_is_wrong_is_told_and_not_where_it_stands(
    cast: Cast, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, said: str
) -> None:
    assert ask(*words) == status
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("fly") == 2
    assert "there is no command 'fly'" in capsys.readouterr().err


def test_the_version_is_said_without_setting_anything_up(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["--version"])
    assert capsys.readouterr().out.startswith("guanxi 0.")
