"""The first set-up of an installation."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from guanxi.platform.identity.actions.users import create_user
from guanxi.platform.identity.actions.workspaces import found_workspace
from guanxi.platform.identity.models import Member, User
from guanxi.platform.identity.queries import is_set_up
from guanxi.platform.identity.set_up_code import is_set_up_code
from guanxi.platform.tenancy.context import in_workspace

_LOCK = 0x6775616E7869  # "guanxi", for PostgreSQL's advisory locks

SampleLoader = Callable[[Member], None]
_loaders: list[SampleLoader] = []


def offer_sample(loader: SampleLoader) -> None:
    """Have the set-up offer sample data; `loader(administrator)` starts filling the new workspace.

    It is called inside the workspace, in the transaction that founds it: let it enqueue a job.
    """
    _loaders[:] = [loader]


def sample_offered() -> bool:
    return bool(_loaders)


def set_up_installation(
    *, code: str, person: dict[str, str], workspace: dict[str, str], with_sample: bool = False
) -> Member:
    """The first workspace and its administrator, who is also the operator of the installation.

    `code` is the installation's (set_up_code.py). `person` has name, email, password; `workspace` has name
    and its settings. Raises PermissionDenied without the code, ValidationError where anything is wrong, and
    where somebody else was faster.
    """
    if not is_set_up_code(code):
        raise PermissionDenied
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if is_set_up():
            raise ValidationError(_("Guanxi is set up already."))
        user = create_user(**person, language=workspace.get("language", ""))
        User.objects.filter(pk=user.pk).update(is_operator=True)
        member = found_workspace(founder=user, **workspace)
        if with_sample and _loaders:
            with in_workspace(member.workspace_id):
                _loaders[0](member)
    return member
