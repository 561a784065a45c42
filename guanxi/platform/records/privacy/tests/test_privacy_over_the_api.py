"""A person's data handed out, and a person erased, by a program: with the rights of the pages."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from guanxi.api.tests.test_rest import Program
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.privacy.models import Erasure
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"


def of(shop: Shop) -> dict[str, str]:
    return {"object": "contact", "record": str(shop.contact.pk)}


def test_all_that_is_kept_about_a_person_is_one_zip(shop: Shop):
    admin = Program(shop.cast.admin, EVERYTHING)
    path = f"/personal-data?object=contact&record={shop.contact.pk}"
    told = admin("GET", path)
    assert (told.status_code, told["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(told.streaming_content))) as archive:
        assert json.loads(archive.read("data.json"))["values"]["name"] == str(shop.contact)
    for member in (shop.cast.stranger, shop.cast.outsider, shop.cast.rep):
        assert Program(member, EVERYTHING)("GET", path).status_code in (403, 404)
    assert admin("GET", f"/personal-data?object=company&record={shop.company.pk}").status_code == 403
    assert admin("GET", "/personal-data").status_code == 422
    assert Program(shop.cast.admin, ["company:read"])("GET", path).status_code in (403, 404)


def test_a_person_is_erased_and_the_certificate_stays(shop: Shop):
    admin, sent = Program(shop.cast.admin, EVERYTHING), {**of(shop), "name": str(shop.contact)}
    for member, scopes in (
        (shop.cast.rep, EVERYTHING), (shop.cast.stranger, EVERYTHING), (shop.cast.outsider, EVERYTHING),
        (shop.cast.admin, ["*:read", "company:write"]),
    ):  # fmt: skip
        assert Program(member, scopes)("POST", "/erasures", sent).status_code in (403, 404)
    assert admin("POST", "/erasures", {**sent, "name": "somebody"}).status_code == 422
    assert admin("POST", "/erasures", {**sent, "ground": "whim"}).status_code == 422
    begun = admin("POST", "/erasures", sent)
    assert (begun.status_code, begun.json()["state"]) == (202, "waiting"), begun.content
    assert admin("POST", "/erasures", {**sent, "name": "somebody"}).status_code == 422
    again = admin("POST", "/erasures", {**sent, "ground": "consent"})
    assert (again.status_code, again.json()) == (202, begun.json()), "asked for twice it is done once"
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        run_pending_jobs()
    here = f"/erasures/{begun.json()['id']}"
    assert admin("GET", here).json()["state"] == "done"
    assert [one["id"] for one in admin("GET", "/erasures").json()["data"]] == [begun.json()["id"]]
    with in_workspace(shop.cast.xishan.pk):
        assert not registry.get("contact").rows().filter(pk=shop.contact.pk).exists()
        assert Erasure.objects.get().marks == {}
    for member in (shop.cast.rep, shop.cast.stranger, shop.cast.outsider):
        assert Program(member, EVERYTHING)("GET", here).status_code == 404
    assert Program(shop.cast.rep, EVERYTHING)("GET", "/erasures").status_code == 403
    assert Program(shop.cast.outsider, EVERYTHING)("GET", "/erasures").json()["data"] == []
