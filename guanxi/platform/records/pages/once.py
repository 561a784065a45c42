"""A form that makes one record however often it is sent: it brings the key that the record will have."""

from __future__ import annotations

from typing import Any

from django.core.signing import BadSignature, Signer

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object
from guanxi.platform.tenancy.keys import new_key

_signer = Signer(salt="guanxi.form")


def form_key(obj: Object, *, by: Actor) -> str:
    """What a form carries along: a key that only this member can use, for this object."""
    return _signer.sign(f"{new_key()}:{obj.name}:{by.member_id}:{by.workspace_id}")


def key_of(text: str, obj: Object, *, by: Actor) -> int | None:
    """The key in it; None for a form without one, of somebody else, or of another object."""
    try:
        key, name, member_id, workspace_id = _signer.unsign(text).split(":")
    except (BadSignature, ValueError):
        return None
    ours = (name, member_id, workspace_id) == (obj.name, str(by.member_id), str(by.workspace_id))
    return int(key) if ours else None


def made_before(obj: Object, key: int | None) -> Any:
    """The record that this form has made already, wherever it is now; None where it has not."""
    return obj.rows().filter(pk=key).first() if key else None
