"""What we stand on may be used freely: permissive licences, weak copyleft for libraries, fonts under OFL."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from scripts.checks.sources import ROOT, report

# Words of licence names, in SPDX or in the words of older packages; one of them has to be there.
_ALLOWED = re.compile(
    r"\b(0BSD|MIT(-0)?|BSD|Apache|ISC|PSF|Python Software Foundation|Unlicense|Zlib|HPND|CC0|BlueOak"
    r"|MPL|Mozilla Public License|LGPL|Lesser General Public License|OFL)",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(
    r"\b(A?GPL|SSPL|BUSL|proprietary|Affero|(?<!Lesser )General Public License)", re.IGNORECASE
)


def problem(name: str, licence: str) -> str | None:
    """Why a package of this licence may not be used, or None."""
    if not licence:
        return f"{name} does not say its licence"
    alternatives = re.split(r"\bOR\b", licence)
    if any(_ALLOWED.search(text) and not _FORBIDDEN.search(text) for text in alternatives):
        return None
    return f"{name}: {licence}"


def licence_of(package: Distribution) -> str:
    """The licence as its metadata says it: as an SPDX expression, by classifiers, or in a field of old."""
    expression, classifiers, words = (
        package.metadata.get_all(field) or [] for field in ("License-Expression", "Classifier", "License")
    )
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")]
    return "".join(expression) or " AND ".join(named) or "".join(words).strip().partition("\n")[0]


def python_problems(lock: Path) -> list[str]:
    """Of the packages in a requirements file, as far as they are for this machine."""
    found = []
    for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(), re.MULTILINE):
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # for another system
        if reason := problem(name, licence_of(package)):
            found.append(reason)
    return found


def node_problems(lock: Path) -> list[str]:
    """Of the packages in a package-lock.json."""
    packages = json.loads(lock.read_text())["packages"]
    checked = (problem(name, entry.get("license", "")) for name, entry in packages.items() if name)
    return [reason for reason in checked if reason]


def main() -> int:
    requirements = [ROOT / "requirements" / f"{name}.txt" for name in ("dev", "cluster", "node", "uv")]
    found = [reason for lock in requirements for reason in python_problems(lock)]
    return report([*found, *node_problems(ROOT / "package-lock.json")])


if __name__ == "__main__":
    sys.exit(main())
