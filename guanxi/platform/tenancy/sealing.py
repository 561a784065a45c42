"""Secrets that the product has to say again to others: in the database they stand encrypted.

The key follows from the installation's own (GUANXI_SECRET_KEY, or the file `secret` beside the data), so who
has a copy of the database alone can read none of them. What was sealed under a key before is read as long as
that is named in SECRET_KEY_FALLBACKS, and `guanxi reseal` writes it anew. What can't be read any more is as
if it had never been given: the page asks for it again.

Passwords, tokens of the API and links of invitations need no sealing: of those only hashes are kept.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.models import Workspace, WorkspaceModel

SEALED = "sealed:"
_strict: ContextVar[bool] = ContextVar("guanxi_strict_sealing", default=False)
_log = structlog.get_logger(__name__)


def seal(text: str) -> str:
    """Encrypted under the key that holds now; nothing stays nothing."""
    return SEALED + _ring().encrypt(text.encode()).decode() if text else text


def unseal(kept: str) -> str:
    """What was sealed, "" where no known key opens it; text from before there was sealing is itself."""
    if not kept.startswith(SEALED):
        return kept
    try:
        return _ring().decrypt(kept.removeprefix(SEALED)).decode()
    except InvalidToken:
        if _strict.get():
            raise
        _log.warning("a sealed value can't be read: it was written under another key")
        return ""


class SealedText(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted in the database and plain in Python. Nobody searches for it; it stays here."""

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return seal(prepared) if isinstance(prepared, str) else prepared

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return unseal(value) if isinstance(value, str) else value


class SealedJSON(models.JSONField):
    """JSON of which some parts are encrypted in the database, wherever they stand.

    sealed   names of parts: what stands under them is encrypted, all texts of a mapping
    secret   those of them that don't go along when a workspace moves, or when somebody writes it as text;
             "robot.url" is the part url of a mapping that has a part robot, and no other url
    """

    def __init__(self, *args: Any, sealed: Collection[str] = (), secret: Collection[str] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.sealed, self.secret = frozenset(sealed), frozenset(secret)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "sealed": sorted(self.sealed), "secret": sorted(self.secret)}

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(_within(value, self.sealed, seal))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return _within(super().from_db_value(value, expression, connection), self.sealed, unseal)

    def without_secrets(self, value: Any) -> Any:
        """The same, with nothing in the places of secrets."""
        return emptied(value, self.secret)


def emptied(value: Any, names: Collection[str]) -> Any:
    """A copy of a JSON value with no text under any of these names."""
    return _within(value, names, lambda text: "")


def sealed_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [one for one in model._meta.concrete_fields if isinstance(one, SealedText | SealedJSON)]


def reseal() -> tuple[int, int]:
    """Write every sealed value of every workspace under the key that holds now.

    Returns how many rows were written, and how many were left as they are because no known key opens them.
    """
    written = left = 0
    with_secrets = [
        one for one in apps.get_models() if issubclass(one, WorkspaceModel) and sealed_fields(one)
    ]
    for workspace_id in list(Workspace.objects.values_list("pk", flat=True)):
        with in_workspace(workspace_id), transaction.atomic():
            for model in with_secrets:
                for key in list(model.objects.order_by("pk").values_list("pk", flat=True)):
                    if _resealed(model, key):
                        written += 1
                    else:
                        left += 1
    return written, left


def seal_rows(app: str, *names: str) -> Callable[[Any, Any], None]:
    """What a migration runs to seal what stands in these models since before."""

    def run(known: Any, schema_editor: Any) -> None:
        with everywhere("secrets of all workspaces are sealed"):
            for name in names:
                model = known.get_model(app, name)
                for row in model._base_manager.order_by("pk").iterator(chunk_size=500):
                    row.save(update_fields=[one.name for one in sealed_fields(model)])

    return run


def _resealed(model: Any, key: int) -> bool:
    token = _strict.set(True)
    try:
        row = model.objects.select_for_update().get(pk=key)
    except InvalidToken:
        return False
    finally:
        _strict.reset(token)
    row.save(update_fields=[one.name for one in sealed_fields(model)])
    return True


def _within(value: Any, names: Collection[str], change: Callable[[str], str], inside: bool = False) -> Any:
    """A copy in which every text under one of these names is changed."""
    if isinstance(value, dict):
        meant = {name.partition(".")[2] or name for name in names if name.partition(".")[0] in value}
        return {name: _within(one, names, change, inside or name in meant) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_within(one, names, change, inside) for one in value]
    return change(value) if inside and isinstance(value, str) else value


def _ring() -> MultiFernet:
    return _opened((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _opened(keys: tuple[str, ...]) -> MultiFernet:
    """The first one seals, all of them open."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"guanxi: secrets at rest").derive(key.encode())
