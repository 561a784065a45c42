"""Members of each role try every door of every object on records of another team and of another workspace.

Made from the registry: a new object, and one that a workspace makes, is tried without being named.
"""

from __future__ import annotations

import json

import pytest
from django.test import Client

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import add_object
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, derive_record

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WORD = "zqxforeign"


def theirs(obj: Object, owner: int, cast: Cast) -> tuple[int, int]:
    """A record of another team's member: its id, and the fact that made it."""
    if obj.derived:
        made = derive_record(obj.name, owner=cast.stranger)
        return made.pk, int(facts_of(obj.name, made.pk).values_list("pk", flat=True)[0])
    by = actor(cast.stranger if obj.private_until else cast.admin)
    needed = {
        one.name: registry.get(getattr(one, "to", "")).rows().values_list("pk", flat=True).first()
        for one in obj.fields
        if one.type == "link" and (one.required or one.name == "company")
    }
    said = {"date": "2026-09-01", "money": "10"}
    needed |= {one.name: said[one.type] for one in obj.fields if one.required and one.type in said}
    made = create_record(object=obj.name, values={obj.title: WORD, "owner": owner, **needed}, by=by)
    return made.pk, int(facts_of(obj.name, made.pk).values_list("pk", flat=True)[0])


def tried(browser: Client, obj: Object, key: int, fact: int) -> list[tuple[str, int, str]]:
    """(door, status, what it said) of every way to a record."""
    plural, verbs = obj.plural, [one.noun for one in obj.verbs]
    here, api, form = f"/{plural}/{key}", f"/api/v1/{plural}", "application/json"
    files = f"/api/v1/attachments?object={obj.name}&record={key}"
    change = json.dumps({"name": "taken"})
    batch = json.dumps({"operations": [{"do": "archive", "id": str(key)}]})
    found = {
        door: browser.get(door)
        for door in (
            f"{here}/",
            f"{here}/peek/",
            f"{here}/edit/",
            f"{here}/changes/",
            f"{here}/timeline/",
            f"{here}/sharing/",
            f"{api}/{key}",
            f"{api}/{key}/facts",
            f"{api}?q={WORD}",
            f"/{plural}/?q={WORD}",
            f"/search/?q={WORD}",
            f"/{plural}/find/?q={WORD}",
            f"/{plural}/export.csv",
            f"/{plural}/board/",
            f"/{plural}/",
            "/changes/",
            files,
        )
    }
    found["API attach"] = browser.post(f"{files}&name=taken.txt", b"x", content_type="text/plain")
    found |= {
        door: browser.post(door, {"name": "taken", "id": str(key), "to": "1", "body": "x"})
        for door in (
            f"{here}/edit/",
            f"{here}/fields/name/",
            f"{here}/cells/name/",
            f"{here}/lane/",
            f"{here}/archive/",
            f"{here}/restore/",
            f"{here}/activities/",
            f"{here}/attachments/",
            f"{here}/delete/",
            f"/undo/{fact}/",
            f"/{plural}/bulk/archive/",
            f"/{plural}/bulk/assign/",
            f"/{plural}/bulk/tag/",
            f"{here}/reveal/name/",
        )
    }
    for noun in (*verbs, "restoration", "deletion", "reveal", "merger"):
        found[f"API {noun}"] = browser.post(f"{api}/{key}/{noun}", "{}", content_type=form)
    found["API patch"] = browser.patch(f"{api}/{key}", change, content_type=form)
    found["API delete"] = browser.delete(f"{api}/{key}")
    found["API batch"] = browser.post(f"{api}/batch", batch, content_type=form)
    return [
        (
            door,
            answer.status_code,
            b"".join(answer).decode("utf-8", "replace"),
        )
        for door, answer in found.items()
    ]


def test_no_door_leads_to_what_is_anothers(cast: Cast):
    wrong, asked = [], 0
    with in_workspace(cast.xishan.pk):
        add_object(label="Machine", plural_label="Machines", by=actor(cast.admin))
        targets = [
            (obj, *theirs(obj, cast.stranger.pk, cast))
            for obj in registry.objects()
            if obj.group and obj.owned
        ]
        before = {obj.name: obj.rows().values().get(pk=key) for obj, key, _fact in targets}
    drain_events()
    for member in (cast.rep, cast.manager, cast.outsider):
        browser = client_for(member)
        browser.raise_request_exception = False
        for obj, key, fact in targets:
            for door, status, said in tried(browser, obj, key, fact):
                asked += 1
                if status >= 500 or (
                    WORD in said.replace(f"q={WORD}", "").replace(f'value="{WORD}"', "")
                    and "search" not in door
                    and "?q=" not in door
                ):
                    wrong.append((member.display_name, door, status))
    with in_workspace(cast.xishan.pk):
        after = {obj.name: obj.rows().values().get(pk=key) for obj, key, _fact in targets}
    assert wrong == []
    assert after == before
    assert asked > 300
