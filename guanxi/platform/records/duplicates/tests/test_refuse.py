"""A rule that refuses duplicates holds many at once, a paste, and the rows of one file among themselves."""

from __future__ import annotations

import json

import pytest
from django.db import transaction

from guanxi.people.contacts.models import Contact
from guanxi.platform.metadata import registry
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.duplicates.rules import set_rule
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db
CONTACT = registry.get("contact")
PHONE = "138 5710 4426"
KEPT = [{"number": "+8613857104426", "typed": PHONE}]


@pytest.fixture
def people(shop: Shop) -> list[Contact]:
    """Two people without a number, and one who has it."""
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        set_rule(CONTACT, action="refuse", kinds=["phone"], others="exists", by=actor(shop.cast.admin))
        by = actor(shop.cast.rep)
        rows = [{"name": "A"}, {"name": "B"}, {"name": "C", "phones": "139 0000 1111"}]
        return [create_record(object="contact", values=row, by=by) for row in rows]


def test_two_of_many_do_not_get_the_same_number(shop: Shop, people: list[Contact]):
    by = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        done = change_many(CONTACT, [Wish(one.pk, {"phones": KEPT}) for one in people[:2]], by=by)
        assert done.changed == [people[0].pk]
        assert [pk for pk, _why in done.refusals] == [people[1].pk]
        taken = [{"number": "+8613900001111", "typed": "139 0000 1111"}]
        done = change_many(CONTACT, [Wish(people[1].pk, {"phones": taken})], by=by)
        assert done.changed == []
        assert "C" in done.refusals[0][1]
        # What somebody has already is no new likeness.
        done = change_many(CONTACT, [Wish(people[2].pk, {"phones": [*taken, *KEPT[:0]], "name": "D"})], by=by)
        assert done.changed == [people[2].pk]


def test_a_paste_is_held_by_the_rule(shop: Shop, people: list[Contact]):
    rows = [[str(one.pk), str(one.version)] for one in people[:2]]
    sent = {
        "cells": json.dumps({"names": ["phones"], "rows": rows, "text": f"{PHONE}\n{PHONE}"}),
        "apply": "1",
    }
    client_for(shop.cast.rep).post("/contacts/grid/paste/", sent)
    with in_workspace(shop.cast.xishan.pk):
        assert Contact.objects.get(pk=people[0].pk).phones
        assert not Contact.objects.get(pk=people[1].pk).phones


def test_equal_rows_of_one_file_are_not_two_records(shop: Shop, people: list[Contact], monkeypatch, tmp_path):
    text = f"Name,Phone\nEins,{PHONE}\nZwei,{PHONE}\nDrei,137 0000 2222\nVier,137 0000 2222\n"
    path = tmp_path / "people.csv"
    path.write_text(text)
    by = actor(shop.cast.admin)
    with in_workspace(shop.cast.xishan.pk):
        job = begin_import([Incoming(path, path.name)], by=by)
        check_import(job, by=by)
        file = ImportFile.objects.get(of_import=job)
        assert file.checked["create"] == 2
        assert file.checked["reject"] == 2
        monkeypatch.setattr("guanxi.platform.records.importing.running.CHUNK", 2)
        job.state = Import.State.RUNNING
        job.save()
        run_import(job, by=by)
        file.refresh_from_db()
        assert (file.created, file.rejected) == (2, 2)
        made = Contact.objects.filter(name__in=["Eins", "Zwei", "Drei", "Vier"])
        assert set(made.values_list("name", flat=True)) == {"Eins", "Drei"}
