"""What can be wrong with a value, said to a person."""

from __future__ import annotations

from collections.abc import Mapping


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


class NotFound(LookupError):
    """There is no such record, or none that the actor may see: the two are not told apart."""


class Refused(PermissionError):
    """The actor sees it but may not do this; `str()` says what is missing."""
