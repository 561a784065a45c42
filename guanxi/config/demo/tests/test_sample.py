"""Sample data for a workspace that is set up with them."""

import pytest
from django.test import Client

from guanxi.platform.identity.models import User
from guanxi.platform.jobs.running import run_pending_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SET_UP = {
    "person": "Ada",
    "email": "ada@firm.example",
    "password": "stone-bridge-42",
    "name": "Firm",
    "size": "team",
    "language": "en",
    "country": "US",
    "currency": "USD",
    "timezone": "UTC",
    "delta": "intl",
    "begin": "sample",
}


def test_they_come_with_people_as_whom_nobody_signs_in():
    client = Client()
    client.post("/set-up/", SET_UP)
    run_pending_jobs()
    assert "许南乔" in client.get("/settings/members/").content.decode()
    others = User.objects.exclude(email="ada@firm.example")
    assert others
    assert not any(user.has_usable_password() for user in others)
