"""The kinds of notifications, as members switch them on and off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its name, what the switch says, and how it is until somebody chooses.

    wanted   it stands on the page of notifications
    urgent   it waits neither for the end of quiet hours nor for a digest
    """

    name: str
    label: Any
    icon: str
    wanted: bool = True
    urgent: bool = False


UNSEEN = (
    "imported", "import_stopped", "batch", "asked", "answered", "automation_run", "clash", "report",
    "drifted", "delegated", "figures", "merged",
)  # fmt: skip
"""Kinds that lead to no record, or are told whether the member sees it or not."""

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("reminder", _("A reminder of mine is due"), icon="alarm-clock", urgent=True),
        Kind("mentioned", _("Somebody mentions me"), icon="at-sign"),
        Kind("assigned", _("I am handed a record"), icon="user-round-check"),
        Kind("shared", _("Somebody shares a record with me"), icon="user-plus"),
        Kind("asked", _("Somebody asks to see or edit what is mine"), icon="key-round"),
        Kind("answered", _("A request of mine is refused"), icon="ban"),
        Kind("delegated", _("I am to act for a colleague, or a colleague for me"), icon="users-round"),
        Kind("clash", _("Two of us meet on one customer"), icon="users-round"),
        Kind("report", _("A work report of mine or of my team moves on"), icon="clipboard-list"),
        Kind("progress", _("Somebody else moves, wins or loses what is mine"), icon="milestone"),
        Kind("merged", _("Somebody merges a record of mine into another one"), icon="git-merge"),
        Kind("followed", _("Something happens to a record that I follow"), icon="star"),
        Kind("approval", _("I am asked to approve something"), icon="stamp", urgent=True),
        Kind("decided", _("What I have submitted is approved or sent back"), icon="stamp"),
        Kind("automation", _("A workflow tells me something"), icon="workflow"),
        Kind("automation_run", _("A workflow of mine can't go on"), icon="circle-alert"),
        Kind("imported", _("An import of mine is finished"), icon="upload"),
        Kind("batch", _("What I do to more than 50 records is finished"), icon="list-checks"),
        Kind("import_stopped", _("An import of mine by the clock fails"), icon="circle-alert"),
        Kind("drifted", _("A learned model no longer fits the world"), icon="triangle-alert"),
        Kind("figures", _("A figure is where I wanted to be told, or comes no more"), icon="bell"),
        Kind("changed", _("Somebody else changes a record of mine"), icon="pencil", wanted=False),
    )
}
