"""Every direct dependency has its line of why in docs/decisions/0001-dependencies.md."""

from __future__ import annotations

import json
import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.checks.sources import ROOT


def direct_dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    package = json.loads((ROOT / "package.json").read_text())
    asked = [*project["project"]["dependencies"]]
    for group in project["dependency-groups"].values():
        asked += group
    names = {Requirement(text).name for text in asked} | {
        *package["dependencies"],
        *package["devDependencies"],
    }
    return {canonicalize_name(name) for name in names}


def test_each_dependency_has_a_reason_and_each_reason_a_dependency() -> None:
    page = (ROOT / "docs/decisions/0001-dependencies.md").read_text()
    explained = [
        canonicalize_name(name) for name in re.findall(r"^\| `([^`]+)` \| .{10,} \|$", page, re.MULTILINE)
    ]
    assert sorted(explained) == sorted(set(explained)), "one line each"
    assert set(explained) == direct_dependencies()
