"""Fixtures that every room's tests may use."""

from hypothesis import HealthCheck, settings

from tests.cast import cast  # noqa: F401
from tests.chromium import browser  # noqa: F401

# A busy machine draws slowly: that is no fault of what is tested.
settings.register_profile("guanxi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("guanxi")
