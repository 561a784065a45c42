"""What has to be right around the product. Each check says what it found, and what mends it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from guanxi.analytics.warehouse.freshness import MOST, Health, health
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.row_security import workspace_tables
from guanxi.platform.tenancy.transactions import reading

OLDEST_SQLITE = (3, 40)
OLDEST_POSTGRESQL = 15
LEAST_FREE_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `text` says what was found; when not right, also what mends it."""

    what: str
    right: bool
    text: str


def examine() -> Iterator[Finding]:
    """Look at everything, one after the other; without a database the checks that need it are left out."""
    for check in (data_folder, secret_key, free_space, front_end, translations):
        yield _found(check)
    reached = _found(database)
    yield reached
    if reached.right:
        for check in (migrations, database_role, row_security):
            yield _found(check)
        yield from warehouses()


def data_folder() -> tuple[bool, str]:
    writable = os.access(settings.DATA_DIR, os.W_OK | os.X_OK)
    return writable, f"{settings.DATA_DIR} can{'' if writable else 'not'} be written"


def secret_key() -> tuple[bool, str]:
    kept = settings.DATA_DIR / "secret"
    if not kept.exists():
        return True, "is given by GUANXI_SECRET_KEY"
    mode = stat.S_IMODE(kept.stat().st_mode)
    if mode & 0o077:
        return False, f"{kept} has mode {mode:04o}, so others can read it: chmod 600"
    return True, "only its owner can read it"


def free_space() -> tuple[bool, str]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    return (
        free >= LEAST_FREE_BYTES,
        f"{free / 2**30:.1f} GiB are free; at least {LEAST_FREE_BYTES / 2**30:.1f} are needed",
    )


def front_end() -> tuple[bool, str]:
    dist = Path(settings.STATIC_ROOT)
    try:
        names = json.loads((dist / "manifest.json").read_text()).values()
    except FileNotFoundError:
        return False, "is not built: scripts/build"
    missing = [name for name in names if not (dist / name).exists()]
    return not missing, f"lacks {', '.join(missing)}: scripts/build" if missing else "is built"


def translations() -> tuple[bool, str]:
    catalogs = list((settings.BASE_DIR / "guanxi").rglob("*.po"))
    stale = [po for po in catalogs if not po.with_suffix(".mo").exists()]
    if stale:
        return False, f"{len(stale)} of {len(catalogs)} are not compiled: scripts/translate --compile"
    return True, "are all compiled"


def database() -> tuple[bool, str]:
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        version = sqlite3.sqlite_version_info[:2]
        return version >= OLDEST_SQLITE, f"SQLite {sqlite3.sqlite_version}; 3.40 is the oldest that serves"
    major = connection.pg_version // 10_000  # type: ignore[attr-defined]
    return major >= OLDEST_POSTGRESQL, f"PostgreSQL {major}; {OLDEST_POSTGRESQL} is the oldest that serves"


def migrations() -> tuple[bool, str]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not waiting, f"{len(waiting)} wait: guanxi migrate" if waiting else "are all applied"


def database_role() -> tuple[bool, str]:
    if connection.vendor != "postgresql":
        return True, "SQLite has none"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        name, passes_locks = cursor.fetchone()
    if passes_locks:
        return False, f"{name} passes row-level security: ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS"
    return True, f"{name} is held by row-level security"


def row_security() -> tuple[bool, str]:
    tables = workspace_tables()
    if connection.vendor != "postgresql":
        return True, "SQLite has none; the managers keep workspaces apart"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relrowsecurity AND relforcerowsecurity"
            " AND relnamespace = current_schema()::regnamespace",
            [tables],
        )
        locked = {name for (name,) in cursor.fetchall()}
    bare = [table for table in tables if table not in locked]
    if bare:
        return False, f"{', '.join(bare)} stand open: guanxi migrate"
    return True, f"locks all {len(tables)} tables of workspaces"


def warehouses() -> Iterator[Finding]:
    """One line for each open workspace: how fresh its warehouse is, its size, whether it is whole."""
    if not settings.WAREHOUSE:
        yield Finding("warehouse", True, "is kept by nobody: GUANXI_WAREHOUSE=off")
        return
    try:
        with everywhere("the warehouse of each workspace"), reading():
            firms = list(Workspace.objects.filter(closed_at=None).order_by("slug").values_list("pk", "slug"))
    except DatabaseError:
        return  # the migrations were named above
    for workspace_id, slug in firms:
        with in_workspace(workspace_id):
            yield _warehouse(f"warehouse of {slug}", health(workspace_id))


def _warehouse(what: str, found: Health) -> Finding:
    if found.fresh.fed_at is None:
        return Finding(what, not found.fresh.behind, _NEVER_FED if found.fresh.behind else "has nothing yet")
    fed = f"fed {found.fresh.fed_at:%Y-%m-%d %H:%M} UTC, {found.fresh.behind} facts behind"
    built = f"rebuilt {found.built_at:%Y-%m-%d %H:%M} UTC" if found.built_at else "never rebuilt"
    said = f"{fed}; {found.rows} rows in {found.files} files, {found.size / 2**20:.1f} MiB; {built}"
    if found.wrong:
        more = f" and {len(found.wrong) - 3} more" if len(found.wrong) > 3 else ""
        return Finding(what, False, f"{said}; {', '.join(found.wrong[:3])}{more}: guanxi warehouse rebuild")
    late = found.fresh.behind >= MOST
    return Finding(what, not late, f"{said}; {'start the workers: guanxi serve' if late else 'whole'}")


_NEVER_FED = "has heard nothing: guanxi warehouse rebuild"


def _found(check: Callable[[], tuple[bool, str]]) -> Finding:
    what = check.__name__.replace("_", " ")
    try:
        return Finding(what, *check())
    except (DatabaseError, OSError) as error:
        return Finding(what, False, str(error).strip().partition("\n")[0])
