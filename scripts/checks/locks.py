"""The locks hold what pyproject.toml and package.json ask for, each with a hash and none with an address."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.checks.sources import ROOT, report

_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)[^\n]*\\\n    --hash=sha256:", re.MULTILINE)
_LOCKS = {
    "run": (None, "build"),
    "dev": (None, "build", "dev"),
    "cluster": ("cluster",),
    "node": ("node",),
    "uv": ("uv",),
}


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    problems = []
    for lock, groups in _LOCKS.items():
        wanted = [text for group in groups for text in asked_for(project, group)]
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        problems += [f"requirements/{lock}.txt: {problem}" for problem in python_problems(wanted, text)]
    problems += [f"package-lock.json: {problem}" for problem in node_problems(ROOT)]
    return report([f"{problem}; scripts/lock writes the locks" for problem in problems])


def asked_for(project: dict[str, Any], group: str | None) -> list[str]:
    """The direct requirements of a pyproject.toml: of the product (None) or of one group."""
    found: list[str] = project["dependency-groups"][group] if group else project["project"]["dependencies"]
    return found


def python_problems(wanted: list[str], lock: str) -> list[str]:
    """What a requirements file lacks of the requirements, or has too much."""
    locked = {canonicalize_name(name): version for name, version in _LOCKED.findall(lock)}
    problems = []
    for requirement in map(Requirement, wanted):
        version = locked.get(canonicalize_name(requirement.name))
        if version is None:
            problems.append(f"{requirement.name} is not locked")
        elif version not in requirement.specifier:
            problems.append(f"{requirement} is locked at {version}")
    if "://" in lock or "--index" in lock:
        problems.append("names an address")
    return problems


def node_problems(folder: Path) -> list[str]:
    """What package-lock.json lacks of package.json, or has too much."""
    package = json.loads((folder / "package.json").read_text())
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    problems = [
        f"{kind} differ from package.json"
        for kind in ("dependencies", "devDependencies")
        if package.get(kind, {}) != packages[""].get(kind, {})
    ]
    problems += [
        f"{name} has no hash" for name, entry in packages.items() if name and "integrity" not in entry
    ]
    problems += [f"{name} names an address" for name, entry in packages.items() if "resolved" in entry]
    return problems


if __name__ == "__main__":
    sys.exit(main())
