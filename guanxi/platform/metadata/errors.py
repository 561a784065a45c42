"""What can be wrong with a value, said to a person."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

_RIGHT = re.compile(r"[a-z0-9_*]+(?:[.:][a-z0-9_]+)?")  # "import", "deal.change", "deal:write"


class FieldError(ValueError):
    """One value is not acceptable; `str()` says why in the active language, `code` is for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class InvalidValues(ValueError):
    """Some values of a record are not acceptable: field name → errors. Nothing was saved.

    about   which part of a file they are of, where many are read at once: "company.views.mine"
    """

    about = ""

    def __init__(self, errors: Mapping[str, list[FieldError]]) -> None:
        super().__init__(
            "; ".join(f"{name}: {problem}" for name, found in errors.items() for problem in found)
        )
        self.errors = dict(errors)

    @property
    def words(self) -> str:
        """What is wrong, for people: without the names of fields, which they know by their labels."""
        return " ".join(problem.message for found in self.errors.values() for problem in found)


def words_of(problem: Exception) -> str:
    """What went wrong, for people."""
    return problem.words if isinstance(problem, InvalidValues | Refused) else str(problem)


class NotFound(LookupError):
    """There is no such record, or none that the actor may see: the two are not told apart."""


class Refused(PermissionError):
    """The actor sees it but may not do this; `str()` is the right that is missing, or a sentence of why.

    needs   the right, as roles and tokens name it: "deal.change", "deal:write"; "" where none would help
    why     the sentence; "" where it is the role that lacks the right
    """

    def __init__(self, said: str, *, why: str = "") -> None:
        super().__init__(said)
        self.needs = said if _RIGHT.fullmatch(said) else ""
        self.why = why or ("" if self.needs else said)

    @property
    def words(self) -> str:
        """Why not, for people."""
        return self.why or _("Your role does not allow this.")
