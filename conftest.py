"""Fixtures that every room's tests may use."""

from tests.cast import cast  # noqa: F401
