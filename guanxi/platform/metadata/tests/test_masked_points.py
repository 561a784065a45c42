"""What a mask left of a phone or an email is written down as neither."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Context
from guanxi.platform.metadata.masks import mask_email, mask_phone

CONTEXT = Context(workspace_id=1, now=datetime(2026, 11, 23, tzinfo=UTC), zone=UTC, country="CN")


@pytest.mark.parametrize("grade", [1, 2])
def test_a_masked_phone_is_no_phone_of_odd_digits(grade: int) -> None:
    with pytest.raises(FieldError) as refused:
        registry.get("contact")["phones"].clean(mask_phone("+8613812344426", grade), CONTEXT)
    assert refused.value.code == "masked"


def test_a_masked_email_is_no_address() -> None:
    with pytest.raises(FieldError):
        registry.get("contact")["emails"].clean(mask_email("anna@example.com", 1), CONTEXT)


def test_stars_that_people_dial_are_kept() -> None:
    [point] = registry.get("contact")["phones"].clean("*86 1381234", CONTEXT)
    assert point["typed"] == "*86 1381234"
