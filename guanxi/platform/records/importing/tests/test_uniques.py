"""Values that are there only once: the check says of a row what the run does with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from guanxi.people.contacts.models import Contact
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.importing.models import Import
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db

ROWS = "Name,Badge\nAnna,B-1\nBert,B-2\nCeci,B-1\nDora,B-9\nEmil,\nFinn,\n"


@pytest.fixture
def badges(cast: Cast, settings: Any, tmp_path: Any) -> Any:
    """Contacts have a badge of their own, and somebody has B-9."""
    settings.DATA_DIR = tmp_path
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        add_field(object="contact", type="text", label="Badge", unique=True, by=by)
        create_record(object="contact", values={"name": "Gina", "badge": "B-9"}, by=by)
        yield cast


def bring(cast: Cast, *texts: str) -> tuple[Any, Import]:
    browser = client_for(cast.admin)
    uploads = [SimpleUploadedFile(f"people{at}.csv", text.encode()) for at, text in enumerate(texts)]
    address = browser.post("/import/", {"files": uploads})["Location"]
    return browser, Import.objects.get(pk=int(address.split("/")[2]))


def told(job: Import) -> list[tuple[int, int, list[tuple[str, int]]]]:
    """By file: created, updated and why others are not, as the check says."""
    return [
        (
            one.checked.get("create", 0),
            one.checked.get("update", 0),
            [(problem["code"], problem["count"]) for problem in one.problems],
        )
        for one in job.files.order_by("position")
    ]


def run(browser: Any, job: Import) -> list[tuple[int, int, int]]:
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    return [(one.created, one.updated, one.rejected) for one in job.files.order_by("position")]


def test_a_value_that_another_row_or_a_record_has_is_told_before_it_runs(badges: Cast):
    browser, job = bring(badges, ROWS)
    page = browser.get(f"/import/{job.pk}/check/").content.decode()
    assert "B-1" in page
    assert told(job) == [(4, 0, [("taken", 2)])]
    assert run(browser, job) == [(4, 0, 2)]
    assert set(Contact.objects.values_list("name", flat=True)) == {"Gina", "Anna", "Bert", "Emil", "Finn"}


def test_rows_of_two_files_do_not_have_the_same_either(badges: Cast):
    browser, job = bring(badges, ROWS, "Name,Badge\nHugo,B-2\nIda,B-3\n")
    browser.get(f"/import/{job.pk}/check/")
    assert told(job) == [(4, 0, [("taken", 2)]), (1, 0, [("taken", 1)])]
    assert run(browser, job) == [(4, 0, 2), (1, 0, 1)]


def test_a_row_that_says_of_its_record_what_it_has_already_is_no_other(badges: Cast):
    with in_workspace(badges.xishan.pk):
        by = actor(badges.admin)
        create_record(object="contact", values={"name": "Anna", "badge": "B-1", "emails": "a@x.test"}, by=by)
        create_record(object="contact", values={"name": "Bert", "badge": "B-2", "emails": "b@x.test"}, by=by)
    browser, job = bring(badges, "Name,Email,Badge\nAnna,a@x.test,B-1\nBert,b@x.test,B-9\n")
    browser.post(f"/import/{job.pk}/columns/", {"key": "emails", "found": "update"})
    browser.get(f"/import/{job.pk}/check/")
    assert told(job) == [(0, 1, [("taken", 1)])]
    assert run(browser, job) == [(0, 1, 1)]
