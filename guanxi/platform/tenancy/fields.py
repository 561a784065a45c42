"""The column type of primary keys."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from guanxi.platform.tenancy.keys import new_key


class KeyField(models.BigIntegerField):  # type: ignore[type-arg]
    """A primary key that the application makes (keys.py).

    On SQLite it is an `integer primary key`, the row's own address; declared as bigint, as Django
    would, each table would keep a second B-tree only to find its rows by key (0003-keys.md has the figures).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"primary_key": True, "default": new_key, "editable": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("primary_key", "default", "editable"):
            kwargs.pop(fixed, None)
        return str(name), path, list(args), dict(kwargs)

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return models.BigIntegerField().db_type(connection)
