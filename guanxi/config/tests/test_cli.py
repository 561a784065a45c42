"""The guanxi command: what it offers, and how it refuses."""

from __future__ import annotations

import pytest

from guanxi.config import cli

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


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("fly") == 2
    assert "there is no command 'fly'" in capsys.readouterr().err


def test_the_version_is_said_without_setting_anything_up(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["--version"])
    assert capsys.readouterr().out.startswith("guanxi 0.")
