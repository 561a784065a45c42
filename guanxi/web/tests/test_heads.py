"""HEAD answers as GET does, without a body, and does nothing that a POST would do."""

import pytest

from guanxi.people.contacts.models import Contact
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/sign-in/", "/today/", "/contacts/", "/contacts/new/"])
def test_the_answer_of_get_without_its_body(cast: Cast, address: str) -> None:
    client = client_for(cast.admin)
    shown, asked = client.get(address), client.head(address)
    assert (asked.status_code, asked.content) == (shown.status_code, b"")
    assert asked.headers["Content-Type"] == shown.headers["Content-Type"]


def test_a_guest_is_led_to_sign_in(cast: Cast, client) -> None:
    assert client.head("/contacts/").headers["Location"] == "/sign-in/?next=/contacts/"


def test_nothing_is_made_or_switched(cast: Cast) -> None:
    client = client_for(cast.admin)
    assert client.head("/contacts/new/?name=Nobody").status_code == 200
    assert client.head(f"/workspaces/{cast.marlin.slug}/").status_code in {200, 404}
    with in_workspace(cast.xishan.pk):
        assert not Contact.objects.exists()


def test_what_only_posts_is_not_there(cast: Cast) -> None:
    assert client_for(cast.admin).head("/sign-out/").status_code == 405
