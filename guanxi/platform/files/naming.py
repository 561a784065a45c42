"""Names of files, as people give them and as they are kept."""

from __future__ import annotations

import unicodedata

LONGEST = 255


def clean_name(name: str) -> str:
    """A file name without folders, control signs and signs that turn the text around; never empty."""
    return said_name(name) or "file"


def said_name(name: str) -> str:
    """The same, or "" where nothing of a name is left."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(
        sign for sign in last if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > LONGEST and dot and len(ending) < 20:
        return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
    return plain[:LONGEST]
