"""Sample data for a workspace that is set up with them."""

import pytest
from django.test import Client

from guanxi.config.demo.cast import COLLEAGUES
from guanxi.platform.identity.models import User
from guanxi.platform.identity.set_up_code import set_up_link
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


@pytest.fixture
def door(settings, tmp_path) -> str:
    settings.DATA_DIR = tmp_path
    return set_up_link("")


def test_they_come_with_people_as_whom_nobody_signs_in(door):
    client = Client()
    client.post(door, SET_UP)
    run_pending_jobs()
    assert "许南乔" in client.get("/settings/members/").content.decode()
    others = User.objects.exclude(email="ada@firm.example")
    assert others
    assert not any(user.has_usable_password() for user in others)


def test_a_founder_with_the_address_of_somebody_in_them_stays_who_they_are(door):
    client = Client()
    client.post(door, SET_UP | {"email": f"{COLLEAGUES[1].email}@xishan.example"})
    run_pending_jobs()
    founder = User.objects.get(email=f"{COLLEAGUES[1].email}@xishan.example")
    assert (founder.name, founder.timezone) == ("Ada", "")
    assert "许南乔" in client.get("/settings/members/").content.decode()
