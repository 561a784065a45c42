"""Sweeps and the queue: what is found, who sees it, what is remembered, and a worker that died."""

from __future__ import annotations

import random

import pytest
from django.db import transaction

from guanxi.people.contacts.models import Contact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.records.duplicates.models import DuplicatePair, Sweep
from guanxi.platform.records.duplicates.queue import decide_pair, next_pair
from guanxi.platform.records.duplicates.sweeping import begin_sweep, file_of, sweep_records
from guanxi.platform.records.writing import create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SYLLABLES = ["ka", "lo", "mi", "ren", "tas", "vel", "dor", "shi", "bun", "gre", "pol", "zan"]


@pytest.fixture
def people(cast: Cast, settings, tmp_path) -> list[int]:
    """Forty people of the rep's, ten of them twice with a slip; the stranger has two that are the same."""
    settings.DATA_DIR = tmp_path
    dice = random.Random(7)

    def word(count: int) -> str:
        return "".join(dice.choice(SYLLABLES) for _one in range(count)).title()

    rows = []
    for number in range(40):
        email = f"{word(3)}{number}@firm.example".lower()
        phone = f"+86138{dice.randrange(10**8):08}"
        rows.append(
            {
                "name": f"{word(2)} {word(3)}",
                "emails": [{"kind": "work", "email": email}],
                "phones": [{"kind": "mobile", "number": phone, "typed": phone}],
            }
        )
    twice = [{**row, "name": str(row["name"]).replace("a", "e", 1)} for row in rows[:10]]
    with in_workspace(cast.xishan.pk), transaction.atomic():
        made = create_records(object="contact", rows=[*rows, *twice], by=actor(cast.rep))
        far = {"name": "Far Away", "emails": [{"kind": "work", "email": "far@x.example"}]}
        create_records(object="contact", rows=[far, far], by=actor(cast.stranger))
    return [one.pk for one in made]


def swept(cast: Cast) -> Sweep:
    with in_workspace(cast.xishan.pk):
        with transaction.atomic():
            sweep = begin_sweep(registry.get("contact"), by=actor(cast.admin))
        return sweep_records(sweep, registry.get("contact"))


def test_a_sweep_finds_pairs_and_people_decide(cast: Cast, people: list[int], monkeypatch):
    contact = registry.get("contact")
    with in_workspace(cast.xishan.pk), transaction.atomic(), pytest.raises(Refused):
        begin_sweep(contact, by=actor(cast.rep))
    browser = client_for(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        begin_sweep(contact, by=actor(cast.admin))
    assert 'hx-trigger="every 3s"' in browser.get("/contacts/duplicates/").content.decode()
    sweep = swept(cast)
    assert sweep.state == "done"
    assert 'hx-trigger="every 3s"' not in browser.get("/contacts/duplicates/").content.decode()
    assert not file_of(sweep).exists()
    with in_workspace(cast.xishan.pk), transaction.atomic():
        found = set(DuplicatePair.objects.filter(permille__gte=500).values_list("low_id", "high_id"))
        assert {(people[at], people[40 + at]) for at in range(10)} <= found
        assert len(found) <= 12
        assert Contact.objects.filter(archived_at=None).count() == 52  # nothing is merged by itself
        pair = next_pair(contact, by=actor(cast.rep))
        assert pair is not None
        assert next_pair(contact, by=actor(cast.below)) is None
        decide_pair(pair, "different", by=actor(cast.rep))
    browser = client_for(cast.rep)
    page = browser.get("/contacts/duplicates/")
    assert page.status_code == 200
    assert "Far Away" not in page.content.decode()
    assert client_for(cast.observer).get("/contacts/duplicates/").status_code == 403
    with in_workspace(cast.xishan.pk), transaction.atomic():
        shown = next_pair(contact, by=actor(cast.rep))
        assert shown is not None
    path = f"/contacts/duplicates/{shown.pk}/"
    for stranger in (cast.stranger, cast.outsider):
        assert client_for(stranger).post(path, {"said": "different"}).status_code == 404
    to = browser.post(path, {"said": "same"})["Location"]
    merging = browser.get(to)
    assert merging.status_code == 200
    assert client_for(cast.stranger).get(to).status_code == 404
    sent = {"id": [str(shown.low_id), str(shown.high_id)], "winner": str(shown.low_id)}
    assert browser.post("/contacts/bulk/merge/", sent).status_code == 302
    with in_workspace(cast.xishan.pk), transaction.atomic():
        assert DuplicatePair.objects.get(pk=shown.pk).state == "merged"
    # A later sweep goes on where a worker died, and does not ask again what was decided.
    with in_workspace(cast.xishan.pk):
        with transaction.atomic():
            again = begin_sweep(contact, by=actor(cast.admin))

        def killed(*_args, **_more):
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr("guanxi.platform.records.duplicates.sweeping._weigh", killed)
            with pytest.raises(KeyboardInterrupt):
                sweep_records(again, contact)
        with transaction.atomic():
            again = Sweep.objects.get(pk=again.pk)
        assert again.stage["name"] == "weighing"
        learnt = again.model
        done = sweep_records(again, contact)
        assert (done.state, done.model) == ("done", learnt)
        with transaction.atomic():
            assert DuplicatePair.objects.get(pk=pair.pk).state == "different"


def test_the_bulk_bar_leads_to_the_page(cast: Cast, people: list[int]):
    browser = client_for(cast.rep)
    assert "/contacts/bulk/merge/" in browser.get("/contacts/").content.decode()
    page = browser.post("/contacts/bulk/merge/", {"id": [str(one) for one in people[:3]]})
    assert page.status_code == 200
    assert page.content.decode().count('name="winner"') == 3
    assert browser.post("/contacts/bulk/merge/", {"id": [str(people[0])]}).status_code in (302, 422)
    assert browser.get("/contacts/bulk/merge/").status_code == 404
