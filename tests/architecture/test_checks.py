"""The checks of scripts/check find what they are for, and leave alone what is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from scripts.checks.licences import node_problems as licence_problems
from scripts.checks.licences import problem
from scripts.checks.locks import node_problems, python_problems
from scripts.checks.paths import mentions
from scripts.checks.punctuation import wrong_lines
from scripts.checks.templates import problems


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("a.po", 'msgstr "没有权限,请联系管理员"', ["限,"]),
        ("a.po", 'msgstr "没有权限\uff0c请联系管理员"', []),
        ("a.html", "<p>{{ _('x') }}已保存!</p>", ["存!"]),
        ("a.html", "{# 说明: x #}<p>已保存\uff01</p>", []),
        ("a.md", "运行 `脚本(run)` 见[说明](docs/说明.md)。", []),
        ("a.md", "```\n命令: x\n```\n第一步:安装", ["步:"]),
        ("a.py", 'label = L("Contact", "联系人(公司)", "聯絡人")', ["人(", "司)"]),
        (
            "a.py",
            'WORDS = "名称,公司"\ndef f():\n    """今天, 昨天."""\n    return re.compile("(下|下个)周")',
            [],
        ),
    ],
)
def test_chinese_has_full_width_punctuation(name: str, text: str, wrong: list[str]) -> None:
    assert [found for _, found in wrong_lines(Path(name), text)] == wrong


def test_a_template_is_read_with_what_it_names() -> None:
    templates = {
        "whole.html": '{% extends "base.html" %}{{ 1 | upper }}',
        "base.html": "",
        "broken.html": "{% if %}",
        "filter.html": "{{ 1 | nofilter }}",
        "orphan.html": '{% include "gone.html" %}',
    }
    found = problems(Environment(loader=DictLoader(templates)))
    assert [line.split(":")[0] for line in found] == ["broken.html", "filter.html", "orphan.html"]


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("BSD License AND Apache Software License", True),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("GNU Affero General Public License v3", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_only_free_use_is_allowed(licence: str, allowed: bool) -> None:
    assert (problem("thing", licence) is None) is allowed


def test_licences_of_node_packages_are_read_from_the_lock(tmp_path: Path) -> None:
    packages = {"": {}, "node_modules/good": {"license": "ISC"}, "node_modules/bad": {"license": "GPL-3.0"}}
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": packages}))
    assert licence_problems(lock) == ["node_modules/bad: GPL-3.0"]


def test_a_lock_has_every_requirement_at_an_allowed_version() -> None:
    lock = "django==5.2.19 \\\n    --hash=sha256:aa\npsycopg==3.3.0 ; x \\\n    --hash=sha256:bb\n"
    assert python_problems(["Django>=5.2,<5.3", "psycopg[binary]>=3"], lock) == []
    assert python_problems(["Django>=6", "htmx"], lock) == [
        "Django>=6 is locked at 5.2.19",
        "htmx is not locked",
    ]
    assert python_problems([], "--index-url https://example.org/simple\n") == ["names an address"]


def test_a_node_lock_fits_its_package_file(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"a": "^2"}}')
    entry = {"integrity": "sha512-x"}
    good = {"packages": {"": {"dependencies": {"a": "^2"}}, "node_modules/a": entry}}
    (tmp_path / "package-lock.json").write_text(json.dumps(good))
    assert node_problems(tmp_path) == []
    bad = {
        "packages": {"": {"dependencies": {"a": "^1"}}, "node_modules/a": {"resolved": "https://example.org"}}
    }
    (tmp_path / "package-lock.json").write_text(json.dumps(bad))
    assert node_problems(tmp_path) == [
        "dependencies differ from package.json",
        "node_modules/a has no hash",
        "node_modules/a names an address",
    ]


def test_a_folder_of_this_machine_is_found() -> None:
    assert mentions("see /somewhere/here/notes", {Path("/somewhere/here"), Path("/else")}) == [
        "/somewhere/here"
    ]
