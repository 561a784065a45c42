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
