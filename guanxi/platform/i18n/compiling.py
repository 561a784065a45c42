"""Compiled catalogs: what gettext reads at run time. Apart from `catalogs`, so that a start costs nothing."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LOCALES = ("zh_Hans", "zh_Hant")


def catalog_homes(root: Path = ROOT) -> list[Path]:
    """The folders that keep catalogs: every Django app under guanxi/."""
    return sorted(found.parent for found in (root / "guanxi").rglob("apps.py"))


def po_path(home: Path, locale: str) -> Path:
    return home / "locale" / locale / "LC_MESSAGES" / "django.po"


def compile_catalogs(root: Path = ROOT) -> int:
    """Write the .mo of every .po that has changed since; returns how many were written."""
    written = 0
    for home in catalog_homes(root):
        for locale in LOCALES:
            source = po_path(home, locale)
            target = source.with_suffix(".mo")
            if not source.exists():
                target.unlink(missing_ok=True)
            elif not target.exists() or target.stat().st_mtime_ns != source.stat().st_mtime_ns:
                _compile(source, target, locale)
                written += 1
    return written


def _compile(source: Path, target: Path, locale: str) -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    from guanxi.platform.i18n.catalogs import read_po

    catalog = Catalog(locale=locale, domain="django", fuzzy=False)
    for key, entry in read_po(source).items():
        if entry.said and not entry.fuzzy:
            catalog.add(
                (key.text, key.plural) if key.plural else key.text,
                (entry.said,) if key.plural else entry.said,
                context=key.context or None,
            )
    # Several processes may start at once: each writes its own file and puts it in place whole.
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    with draft.open("wb") as out:
        write_mo(out, catalog)
    stamp = source.stat()
    os.utime(draft, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    draft.replace(target)
