"""What one key says of a pair is taken back by the next one."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from django.db import transaction

from guanxi.platform.records.duplicates.models import DuplicatePair
from guanxi.platform.records.writing import create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("before", ["open", "later"])
def test_not_the_same_can_be_taken_back(cast: Cast, before: str):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        low, high = create_records(object="contact", rows=[{"name": "A"}, {"name": "A"}], by=actor(cast.rep))
        pair = DuplicatePair(object="contact", low_id=low.pk, high_id=high.pk, permille=900, state=before)
        pair.save(force_insert=True)
    browser = client_for(cast.rep)
    page = f"/contacts/duplicates/{pair.pk}/"
    said = browser.post(page, {"said": "different"})
    undo = json.loads(unquote(said.cookies["toast"].value))["undo"]
    assert state_of(cast, pair) == "different"
    for other in (cast.stranger, cast.outsider, cast.observer):
        assert client_for(other).post(undo).status_code in (403, 404)
    assert browser.post(f"{page}merged/").status_code == 404
    assert browser.post(undo, headers={"HX-Request": "true"}).status_code == 204
    assert state_of(cast, pair) == before
    assert browser.post(page, {"said": "different"}).status_code == 302
    assert browser.post(undo)["Location"] == "/contacts/duplicates/"
    assert state_of(cast, pair) == before


def state_of(cast: Cast, pair: DuplicatePair) -> str:
    with in_workspace(cast.xishan.pk):
        return str(DuplicatePair.objects.get(pk=pair.pk).state)
