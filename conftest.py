"""Fixtures that every room's tests may use."""

from tests.cast import cast  # noqa: F401
from tests.chromium import browser  # noqa: F401
