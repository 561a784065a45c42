"""Words that are written down and stay, for whoever reads them later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation

from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.models import Workspace


@contextmanager
def in_own_language() -> Iterator[None]:
    """What is said within is said in the chosen workspace's language: jobs and consumers have no reader's."""
    kept = Workspace.objects.filter(pk=require_workspace_id()).values_list("language", flat=True).first()
    with translation.override(kept or translation.get_language()):
        yield
