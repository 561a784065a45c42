"""Mails of the product that a template can stand in for: the room that sends one says so here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guanxi.platform.i18n.labels import L


@dataclass(frozen=True, slots=True)
class MailUse:
    """`holes`: what can be filled in beside the fields of the record, and what each stands for."""

    object: str
    name: str
    label: L
    holes: Mapping[str, L] = field(default_factory=dict)


USES: dict[tuple[str, str], MailUse] = {}


def register_use(use: MailUse) -> MailUse:
    USES[use.object, use.name] = use
    return use


def uses_of(object: str) -> list[MailUse]:
    return [one for (name, _use), one in USES.items() if name == object]
