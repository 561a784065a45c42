from __future__ import annotations

import pytest

from guanxi.platform.jobs.worker import _rest


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("took", "most", "rest"),
    [(0.05, 1, 0.15), (0.5, 1, 0.0), (0.05, 50, 0.15), (0.5, 50, 0.5), (3.0, 50, 1.0), (0.5, 200, 0.0)],
)
def test_a_busy_worker_gathers_what_comes_one_by_one(took, most, rest):
    assert _rest(took, most) == pytest.approx(rest)
