"""Which workspace this thread or task works in.

There is no default: code that forgot to say where it works gets an error from the managers
and, on PostgreSQL, no rows from the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

EVERYWHERE = -1

_current: ContextVar[int | None] = ContextVar("guanxi_workspace", default=None)
_remembered: ContextVar[dict[str, Any] | None] = ContextVar("guanxi_remembered", default=None)


class NoWorkspace(RuntimeError):
    """A table of a workspace was touched while no workspace was chosen."""


def current_workspace_id() -> int | None:
    """The chosen workspace, EVERYWHERE, or None."""
    return _current.get()


def require_workspace_id() -> int:
    """The chosen workspace; raises NoWorkspace where none, or everywhere, is chosen."""
    chosen = _current.get()
    if chosen is None or chosen == EVERYWHERE:
        raise NoWorkspace("choose one with in_workspace(workspace_id)")
    return chosen


@contextmanager
def in_workspace(workspace_id: int) -> Iterator[None]:
    """Work in one workspace: managers show and write only its rows."""
    again = _current.get() == workspace_id
    token = _current.set(workspace_id)
    memory = _remembered.set(_remembered.get() if again else {})
    try:
        yield
    finally:
        _remembered.reset(memory)
        _current.reset(token)


def remembered() -> dict[str, Any]:
    """What was looked up about the chosen workspace since it was entered: a request or a job asks once.

    Nothing is kept from one entering to the next, and in no workspace nothing at all.
    """
    found = _remembered.get()
    return {} if found is None or _current.get() in (None, EVERYWHERE) else found


@contextmanager
def nowhere() -> Iterator[None]:
    """Work in no workspace, whatever the caller had chosen: jobs of the installation itself."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def everywhere(reason: str) -> Iterator[None]:
    """Work across workspaces: for the machinery (relay, sign-in, backup), never for a member's request.

    `reason` is for the reader of the code; a test lists every place that calls this.
    """
    if not reason:
        raise ValueError("say why all workspaces are needed")
    token = _current.set(EVERYWHERE)
    try:
        yield
    finally:
        _current.reset(token)
