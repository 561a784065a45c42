"""Whatever a table holds: brought in and taken back, what was there is as it was, and nothing new lives."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.platform.metadata import registry
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.jobs import State, work_on
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.records.importing.undoing import undo_import
from guanxi.platform.records.models import Value
from guanxi.platform.records.writing import create_record, told
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HEADERS = ("Name", "Email", "Phone", "Company", "Title", "Birthday")
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
rows = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(["Anna Berg", "钱多多", ""]), texts),
        st.sampled_from(["", "anna@x.example", "qian@x.example", "new@x.example", "no address"]),
        st.sampled_from(["", "0571-8820 4410", "13800138000", "12"]),
        st.sampled_from(["", "Acme", "Nowhere Ltd."]),
        texts,
        st.sampled_from(["", "1980-02-29", "31.12.2001", "soon"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=rows)
def test_an_import_undone_is_as_if_nothing_had_been(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: list[tuple[str, ...]]
):
    monkeypatch.setattr(django_settings, "DATA_DIR", tmp_path / "kept")
    path = tmp_path / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as written:
        csv.writer(written).writerows([HEADERS, *table])
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        if not registry.get("contact").rows().exists():
            acme = create_record(object="company", values={"name": "Acme"}, by=by)
            for name, address in (("Anna Berg", "anna@x.example"), ("钱多多", "qian@x.example")):
                values = {"name": name, "emails": address, "company": acme.pk, "title": "Buyer"}
                create_record(object="contact", values=values, by=by)
        before = living()
        job = begin_import([Incoming(path, path.name, object="contact")], by=by)
        work_on(job, State.CHECKING, check_import, State.CHECKED)
        assert living() == before
        work_on(job, State.RUNNING, run_import, State.DONE)
        file = job.files.get()
        assert job.state == State.DONE, job.error
        assert file.balances
        assert file.finished
        work_on(job, State.UNDOING, undo_import, State.UNDONE)
        assert job.files.get().kept == 0
        assert living() == before


def living() -> Any:
    """All that is kept of the companies and contacts that are not in the archive, but for versions."""
    found = {}
    for name in ("company", "contact"):
        obj = registry.get(name)
        records = list(obj.rows().filter(archived_at=None))
        values = Value.objects.filter(object=name, record_id__in=[one.pk for one in records])
        found[name] = (
            {one.pk: {**told(obj, one), "owned_since": None} for one in records},
            sorted(values.values_list("record_id", "field", "value")),
        )
    return found
