"""Administrators take a copy of the workspace along; nobody else does, and it is gone after a week."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.transfer.copies import path_of
from guanxi.platform.records.transfer.jobs import forget_old_copies
from guanxi.platform.records.transfer.models import Copy
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = "/settings/copies/"


def test_a_copy_is_made_fetched_and_forgotten(cast: Cast, tmp_path):
    admin = client_for(cast.admin)
    with override_settings(DATA_DIR=tmp_path):
        with in_workspace(cast.xishan.pk):
            create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))
        assert admin.post(PLACE).status_code == 302
        assert admin.post(PLACE).status_code == 403  # one at a time
        with in_workspace(cast.xishan.pk), reading():
            copy = Copy.objects.get()
        assert admin.get(f"{PLACE}{copy.pk}/progress/").status_code == 200
        assert admin.post(f"{PLACE}{copy.pk}/file/").status_code == 404
        run_pending_jobs()
        with in_workspace(cast.xishan.pk), reading():
            copy.refresh_from_db()
            assert (copy.state, copy.rows > 10) == ("done", True)
            assert path_of(copy).stat().st_mode & 0o077 == 0
        assert copy.digest in admin.get(PLACE).content.decode()
        fetched = admin.post(f"{PLACE}{copy.pk}/file/").getvalue()
        with zipfile.ZipFile(io.BytesIO(fetched)) as archive:
            assert json.loads(archive.read("manifest.json"))["digest"] == copy.digest
            assert "青禾水务" in archive.read("records/companies.csv").decode()
        with in_workspace(cast.xishan.pk), reading():
            told = Fact.objects.filter(object="copy").order_by("pk")
            assert [one.verb for one in told] == ["asked", "fetched"]
        for nobody in (cast.rep, cast.manager, cast.outsider):
            browser = client_for(nobody)
            expected = 404 if nobody == cast.outsider else 403
            assert browser.post(f"{PLACE}{copy.pk}/file/").status_code == expected
            assert browser.get(f"{PLACE}{copy.pk}/progress/").status_code == expected
            assert browser.get(PLACE).status_code == (200 if nobody == cast.outsider else 403)
        with in_workspace(cast.xishan.pk), transaction.atomic():
            Copy.objects.update(asked_at=timezone.now() - timedelta(days=8))
        with in_workspace(cast.xishan.pk):
            place = path_of(copy)
            assert forget_old_copies.func() == 1
            assert not place.parent.exists()


def test_a_copy_can_be_stopped(cast: Cast, tmp_path):
    admin = client_for(cast.admin)
    with override_settings(DATA_DIR=tmp_path):
        admin.post(PLACE)
        with in_workspace(cast.xishan.pk), reading():
            copy = Copy.objects.get()
        assert admin.post(f"{PLACE}{copy.pk}/cancel/").status_code == 302
        run_pending_jobs()
        with in_workspace(cast.xishan.pk), reading():
            copy.refresh_from_db()
        assert copy.state == "cancelled"
        assert admin.post(PLACE).status_code == 302


def test_a_program_asks_waits_and_fetches(cast: Cast, tmp_path):
    copies = "/workspace-copies"
    with override_settings(DATA_DIR=tmp_path):
        with in_workspace(cast.xishan.pk), transaction.atomic():
            create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))
            admin, narrow = Program(cast.admin, ["*:read", "*:write"]), Program(cast.admin, ["company:write"])
            reads, manager = Program(cast.admin, ["*:read"]), Program(cast.manager, ["*:read", "*:write"])
        with in_workspace(cast.marlin.pk), transaction.atomic():
            outsider = Program(cast.outsider, ["*:read", "*:write"])
        asked = admin("POST", copies)
        assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
        one = f"{copies}/{asked.json()['id']}"
        assert admin("POST", f"{one}/file").status_code == 404  # not there yet
        assert admin("POST", copies).status_code == 403  # one at a time
        run_pending_jobs()
        told = admin("GET", one).json()
        assert (told["state"], told["missing"], told["by"]) == ("done", 0, str(cast.admin.pk))
        fetched = admin("POST", f"{one}/file")
        with zipfile.ZipFile(io.BytesIO(fetched.getvalue())) as archive:
            assert json.loads(archive.read("manifest.json"))["digest"] == told["digest"]
        assert [row["id"] for row in admin("GET", copies).json()["data"]] == [told["id"]]
        for nobody in (narrow, reads, manager):
            assert {nobody("GET", copies).status_code, nobody("GET", one).status_code} == {403}
            assert nobody("POST", f"{one}/file").status_code == 403
            assert nobody("POST", f"{one}/cancellation").status_code == 403
            assert nobody("POST", copies).status_code == 403
        assert outsider("GET", copies).json()["data"] == []
        assert {outsider("GET", one).status_code, outsider("POST", f"{one}/file").status_code} == {404}


def test_a_program_stops_a_copy(cast: Cast, tmp_path):
    with override_settings(DATA_DIR=tmp_path):
        with in_workspace(cast.xishan.pk), transaction.atomic():
            admin = Program(cast.admin, ["*:read", "*:write"])
        one = f"/workspace-copies/{admin('POST', '/workspace-copies').json()['id']}"
        assert admin("POST", f"{one}/cancellation").status_code == 204
        assert admin("GET", one).json()["state"] == "cancelled"
        assert admin("POST", f"{one}/file").status_code == 404
