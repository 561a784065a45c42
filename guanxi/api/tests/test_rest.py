"""The API through its HTTP door: every noun alike, errors as problems, strangers see nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from guanxi.api.openapi.building import build_openapi
from guanxi.api.openapi.operations import FORM, operations_of
from guanxi.api.rest import views as rest
from guanxi.api.urls import urlpatterns
from guanxi.platform.identity.actions.tokens import create_token, revoke_token
from guanxi.platform.identity.models import Member
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


class Program:
    """A caller with a token."""

    def __init__(self, member: Member, scopes: list[str]) -> None:
        with in_workspace(member.workspace_id):
            _token, self.secret = create_token(member=member, name="tests", scopes=scopes, by=actor(member))
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}"})

    def __call__(self, method: str, path: str, body: object = None, **headers: str):
        return self.client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )


@pytest.fixture
def rep(cast: Cast) -> Program:
    return Program(cast.rep, ["*:read", "*:write"])


def test_the_life_of_a_company(cast: Cast, rep: Program):
    made = rep("POST", "/companies", {"name": "青禾水务", "industry": "water"})
    assert made.status_code == 201
    company = made.json()
    assert company["name"] == "青禾水务"
    assert company["owner"] == {"id": str(cast.rep.pk), "title": "林知遥"}
    path = f"/companies/{company['id']}"
    assert made["Location"] == f"/api/v1{path}"
    got = rep("GET", path)
    assert got["ETag"] == '"1"'
    assert rep("GET", path, if_none_match='"1"').status_code == 304
    changed = rep("PATCH", path, {"industry": "food"}, if_match='"1"')
    assert (changed.json()["industry"], changed["ETag"]) == ("food", '"2"')
    stale = rep("PATCH", path, {"industry": "paper"}, if_match='"1"')
    assert stale.status_code == 409
    assert stale.json()["conflicts"] == {"industry": {"theirs": "food", "yours": "paper"}}
    assert rep("DELETE", path).status_code == 204
    assert rep("GET", "/companies").json()["data"] == []
    assert rep("GET", "/companies?archived=true").json()["data"][0]["id"] == company["id"]
    assert rep("POST", f"{path}/restoration").json()["archived_at"] is None
    names = [fact["name"] for fact in rep("GET", f"{path}/facts").json()["data"]]
    assert names == ["company.restored", "company.archived", "company.changed", "company.created"]


def test_lists_filter_sort_page_and_count(cast: Cast, rep: Program):
    with in_workspace(cast.xishan.pk):
        for number in range(7):
            create_record(
                object="company", values={"name": f"c{number}", "employees": number}, by=actor(cast.rep)
            )
        create_record(object="company", values={"name": "hidden"}, by=actor(cast.stranger))
    page = rep("GET", "/companies?sort=-employees&limit=3&fields=name&total=true").json()
    assert [row["name"] for row in page["data"]] == ["c6", "c5", "c4"]
    assert page["total"] == 7
    rest = rep("GET", f"/companies?sort=-employees&limit=9&fields=name&after={page['next']}").json()
    assert [row["name"] for row in rest["data"]] == ["c3", "c2", "c1", "c0"]
    assert rest["next"] is None
    few = rep("GET", "/companies?filter=employees%20between%20(2,%203)").json()
    assert {row["name"] for row in few["data"]} == {"c2", "c3"}
    sums = rep("GET", "/companies/summary?filter=employees%20%3E%203&sum=revenue").json()
    assert sums["data"][0]["count"] == 3


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/companies?filter=nonsense%20%3D%201", 400, "unknown_field"),
        ("/companies?filter=name", 400, "filter"),
        ("/companies?sort=secret", 400, "sort"),
        ("/companies?limit=0", 400, "limit"),
        ("/companies?limit=%C2%B2", 400, "limit"),
        ("/companies?after=x", 400, "cursor"),
        ("/companies?fields=password", 400, "unknown_field"),
        ("/companies/99999999999999999999999", 404, "not_found"),
        ("/companies/1", 404, "not_found"),
        ("/users", 404, "not_found"),
        ("/companies/1/win", 404, "not_found"),
    ],
)
def test_errors_are_problems(rep: Program, path: str, status: int, code: str):
    answer = rep("POST" if path.endswith("/win") else "GET", path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 50_000, b'"x"'])
def test_a_broken_body_is_a_400(rep: Program, body: bytes):
    answer = rep.client.generic("POST", "/api/v1/companies", body, content_type="application/json")
    assert answer.status_code == 400


def test_wrong_values_are_named_and_nothing_is_saved(rep: Program):
    answer = rep("POST", "/contacts", {"name": "", "emails": ["x"], "unknown": 1})
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"name", "emails", "unknown"}
    assert rep("GET", "/contacts").json()["data"] == []


def test_a_call_that_is_sent_twice_is_done_once(cast: Cast, rep: Program):
    first = rep("POST", "/companies", {"name": "A"}, idempotency_key="k1")
    again = rep("POST", "/companies", {"name": "A"}, idempotency_key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert rep("POST", "/companies", {"name": "B"}, idempotency_key="k1").status_code == 422
    assert rep("GET", "/companies?total=true").json()["total"] == 1
    other = Program(cast.manager, ["*:read", "*:write"])
    assert other("POST", "/companies", {"name": "A"}, idempotency_key="k1").json()["id"] != first.json()["id"]
    refused = rep("POST", "/companies", {"name": ""}, idempotency_key="k2")
    assert refused.status_code == 422
    assert rep("POST", "/companies", {"name": "C"}, idempotency_key="k2").status_code == 201


def test_batches(cast: Cast, rep: Program):
    company = rep("POST", "/companies", {"name": "A"}).json()
    operations = [
        {"do": "create", "values": {"name": "B"}},
        {"do": "change", "id": company["id"], "version": 1, "values": {"industry": "x"}},
        {"do": "create", "values": {"name": ""}},
        {"do": "archive", "id": "17"},
        {"do": "dance"},
        7,
    ]
    answer = rep("POST", "/companies/batch", {"operations": operations})
    assert answer.status_code == 207
    assert [one["status"] for one in answer.json()["data"]] == [201, 200, 422, 404, 404, 400]
    whole = rep("POST", "/companies/batch", {"atomic": True, "operations": operations[:1] + operations[2:3]})
    assert whole.status_code == 422
    assert rep("GET", "/companies?total=true").json()["total"] == 2


def test_scopes_limit_a_token(cast: Cast):
    reader = Program(cast.rep, ["company:read"])
    assert reader("GET", "/companies").status_code == 200
    assert reader("POST", "/companies", {"name": "A"}).status_code == 403
    assert reader("GET", "/contacts").status_code == 403


def test_strangers(cast: Cast, rep: Program):
    company = rep("POST", "/companies", {"name": "A"}).json()["id"]
    for member in (cast.stranger, cast.outsider):
        other = Program(member, ["*:read", "*:write"])
        for method, path, body in (
            ("GET", f"/companies/{company}", None),
            ("PATCH", f"/companies/{company}", {"name": "mine"}),
            ("DELETE", f"/companies/{company}", None),
            ("GET", f"/companies/{company}/facts", None),
            ("POST", f"/companies/{company}/restoration", None),
        ):
            assert other(method, path, body).status_code == 404, (method, path)
        assert other("GET", "/companies?total=true").json() == {"data": [], "next": None, "total": 0}
    observer = Program(cast.observer, ["*:read", "*:write"])
    assert observer("GET", f"/companies/{company}").status_code == 200
    assert observer("PATCH", f"/companies/{company}", {"name": "mine"}).status_code == 403
    assert Client().get("/api/v1/companies").status_code == 401
    assert Client(headers={"Authorization": "Bearer nonsense"}).get("/api/v1/companies").status_code == 401


@pytest.mark.parametrize("token", ["", "nonsense", "gone"])
def test_who_is_not_known_is_asked_for_a_token_whatever_is_sent(cast: Cast, token: str):
    """Never for the page's own secret, of which a program whose token has ended knows nothing."""
    with in_workspace(cast.xishan.pk):
        row, gone = create_token(member=cast.rep, name="Gone", scopes=["*:write"], by=actor(cast.rep))
        revoke_token(token=row, by=actor(cast.rep))
    said = gone if token == "gone" else token
    headers = {"Authorization": f"Bearer {said}"} if said else {}
    program = Client(enforce_csrf_checks=True, headers=headers)
    for word, door in (
        ("post", "companies"), ("patch", "companies/1"), ("delete", "companies/1"),
        ("post", "companies/batch"),
        ("post", "imports"), ("post", "files"), ("post", "attachments?object=company&record=1"),
        ("post", "objects"), ("post", "fields/1/retyping"), ("post", "shares"),
    ):  # fmt: skip
        answer = getattr(program, word)(f"/api/v1/{door}", b"{}", content_type="application/json")
        assert (answer.status_code, answer.get("WWW-Authenticate")) == (401, "Bearer"), (word, door)


def test_a_session_needs_its_csrf_token(cast: Cast):
    browser = client_for(cast.rep)
    assert browser.get("/api/v1/companies").status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    answer = strict.post("/api/v1/companies", b'{"name": "A"}', content_type="application/json")
    assert answer.status_code == 403


def test_the_description_covers_every_object(cast: Cast, rep: Program):
    described = rep("GET", "/openapi.json").json()
    assert described["openapi"] == "3.1.0"
    for plural in ("companies", "contacts", "deals", "products", "activities"):
        assert f"/api/v1/{plural}" in described["paths"]
    assert "/api/v1/deals/{id}/win" in described["paths"]
    assert described["components"]["schemas"]["Deal"]["properties"]["stage"]["title"] == "阶段"
    assert "openapi.json" in client_for(cast.rep).get("/api/").text


def test_every_door_is_described(cast: Cast):
    """What stands in the address table stands in the description, and the other way round."""
    described = {
        re.sub(r"\{\w+\}", "{}", path): set(doors)
        for path, doors in client_for(cast.admin).get("/api/v1/openapi.json").json()["paths"].items()
    }
    there = set()
    for one in urlpatterns:
        text = re.sub(r"<\w+:(plural|noun)>", r"<\1>", str(one.pattern))
        if not text.startswith("api/v1/") or "openapi" in text:
            continue
        path = "/" + re.sub(r"<\w+:\w+>", "{}", text).replace("<plural>", "companies")
        for noun in ("restoration", "order") if "objects" in path else ("restoration",):
            there.add(path.replace("<noun>", noun))
    assert there - set(described) == set()
    for path in described:
        assert resolve(path.replace("{}", "1")).func is not rest.unknown, path


def test_many_are_changed_pasted_and_taken_back(cast: Cast, rep: Program):
    made = [rep("POST", "/companies", {"name": f"C{n}"}).json() for n in range(3)]
    with in_workspace(cast.xishan.pk):
        far = create_record(object="company", values={"name": "far"}, by=actor(cast.stranger))
    ids = [one["id"] for one in made]
    asked = {"do": "change", "ids": [*ids, str(far.pk)], "values": {"industry": "x"}}
    done = rep("POST", "/companies/bulk", asked)
    assert done.status_code == 200, done.content
    batch = done.json()
    assert (batch["done"], batch["refused"], batch["state"]) == (3, 1, "done")
    assert [one["id"] for one in batch["refusals"]] == [str(far.pk)]
    rows = [{"id": one, "version": 2, "cells": ["12", f"D{n}"]} for n, one in enumerate(ids)]
    rows[0]["cells"][0] = "many"
    asked = {"fields": ["employees", "name"], "rows": [*rows, {"id": str(far.pk), "version": 1, "cells": []}]}
    preview = rep("POST", "/companies/paste", {**asked, "dry_run": True}).json()["data"]
    assert preview[0]["cells"][0]["error"]
    assert preview[1]["cells"] == [
        {"field": "employees", "text": "12", "value": 12, "error": None},
        {"field": "name", "text": "D1", "value": "D1", "error": None},
    ]
    assert preview[3]["cells"] == []
    assert rep("GET", f"/companies/{ids[1]}").json()["employees"] is None
    pasted = rep("POST", "/companies/paste", asked)
    assert pasted.json()["done"] == 3
    assert rep("GET", f"/companies/{ids[1]}").json()["employees"] == 12
    back = rep("POST", f"/batches/{pasted.json()['id']}/undoing")
    assert back.json()["state"] == "done"
    assert rep("GET", f"/companies/{ids[1]}").json()["name"] == "C1"
    nothing = rep("POST", "/companies/bulk", {"do": "archive", "filter": 'industry = "nowhere"'}).json()
    assert (nothing["state"], nothing["done"], nothing["may_undo"]) == ("done", 0, False)
    assert rep("POST", f"/batches/{nothing['id']}/undoing").status_code == 403
    gone = rep("POST", "/companies/bulk", {"do": "archive", "filter": "industry = x"})
    assert gone.json()["done"] == 3
    listed = [one["id"] for one in rep("GET", "/batches").json()["data"]]
    assert {batch["id"], gone.json()["id"]} <= set(listed)
    for other in (cast.stranger, cast.outsider):
        program = Program(other, ["*:read", "*:write"])
        assert program("GET", f"/batches/{batch['id']}").status_code == 404
        assert program("POST", f"/batches/{batch['id']}/undoing").status_code == 404
        tried = program("POST", "/companies/bulk", {"do": "change", "ids": ids, "values": {"industry": "z"}})
        assert tried.json()["done"] == 0
        assert "C1" not in tried.content.decode()
    reader = Program(cast.rep, ["*:read"])
    assert reader("POST", "/companies/bulk", {"do": "delete", "ids": ids}).status_code == 403
    nothing = ({"do": "x"}, {"do": "change", "ids": ids}, {"do": "archive"}, {"do": "archive", "ids": [{}]})
    for wrong in nothing:
        assert rep("POST", "/companies/bulk", wrong).status_code == 400, wrong
    pastes: tuple[dict[str, Any], ...] = (
        {},
        {"fields": ["name"], "rows": [{"id": "1"}]},
        {"fields": ["name", "name"], "rows": rows},
    )
    for unread in pastes:
        assert rep("POST", "/companies/paste", unread).status_code == 400, unread


def test_a_view_is_a_list_and_its_foot_is_told(cast: Cast, rep: Program):
    for name, employees, industry in (("青禾", 10, "water"), ("禾木", 40, "food"), ("远山", None, "food")):
        rep("POST", "/companies", {"name": name, "employees": employees, "industry": industry})
    sent = {"object": "company", "name": "Food", "filter": "industry = food", "sort": "-name"}
    view = rep("POST", "/views", sent).json()
    assert [one["name"] for one in rep("GET", f"/companies?view={view['key']}").json()["data"]] == [
        "远山",
        "禾木",
    ]
    by_name = rep("GET", f"/companies?view={view['key']}&sort=name").json()["data"]
    assert [one["name"] for one in by_name] == ["禾木", "远山"]
    same = rep("GET", f"/companies?filter={view['filter']}").json()["data"]
    assert {one["id"] for one in same} == {one["id"] for one in by_name}
    assert rep("GET", "/companies?view=7").status_code == 404
    told = rep("GET", f"/companies/summary?view={view['key']}&aggregates=employees:avg,name:distinct").json()
    assert told["data"][0]["count"] == 2
    assert told["aggregates"] == {"employees": {"avg": "40"}, "name": {"distinct": 2}}
    several = "employees:sum,employees:avg,name:distinct,employees:max,employees:sum"
    told = rep("GET", f"/companies/summary?view={view['key']}&aggregates={several}").json()
    assert list(told["aggregates"]["employees"]) == ["sum", "avg", "max"]
    assert told["aggregates"]["employees"]["avg"] == "40"
    assert told["aggregates"]["name"] == {"distinct": 2}
    for kind, figure in (
        ("min", 10),
        ("max", 40),
        ("sum", "50"),
        ("median", "25"),
        ("filled", 2),
        ("empty", 1),
    ):
        found = rep("GET", f"/companies/summary?aggregates=employees:{kind}").json()["aggregates"]
        assert found == {"employees": {kind: figure}}
    for wrong in ("employees:colour", "cow:sum", "name:sum", "employees"):
        assert rep("GET", f"/companies/summary?aggregates={wrong}").status_code == 400, wrong


def test_a_sign_that_no_database_keeps_is_left_out_wherever_it_is_sent(cast: Cast):
    admin = Program(cast.admin, ["*:read", "*:write"])
    made = admin("POST", "/companies", {"name": "青\0禾"}).json()
    assert made["name"] == "青禾"
    to = f"member:{cast.rep.pk}"
    shared = admin("POST", "/shares", {"object": "company", "id": made["id"], "to": to, "word": "a\0b"})
    assert (shared.status_code, shared.json()["word"]) == (201, "ab")
    assert admin("POST", "/roles", {"name": "a\0b", "grants": {}}).json()["name"] == "ab"
    bulk = {"do": "change", "ids": [made["id"]], "values": {"industry": "food"}, "note": "a\0b"}
    assert admin("POST", "/companies/bulk", bulk).status_code == 200
    assert admin("POST", "/companies", {"name": "\\u0000"}).json()["name"] == "\\u0000"


def test_no_door_passes_over_a_parameter_that_it_does_not_know(cast: Cast):
    """Whatever is described is heard, and nothing else, at every door of the description."""
    admin = Program(cast.admin, ["*:read", "*:write"])
    with in_workspace(cast.xishan.pk):
        operations = operations_of(build_openapi(server="http://here", by=actor(cast.admin)))
    doors = 0
    for one in operations.values():
        path = re.sub(r"{[^}]*}", "7", one.path.replace("{form}", "csv")).removeprefix("/api/v1")
        admin.client.raise_request_exception = False
        kind = one.sends or "application/json"
        wrong = admin.client.generic(one.method, f"/api/v1{path}?colour=red", b"{}", content_type=kind)
        if one.sends == FORM:  # a form is looked at before anything else
            continue
        assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_parameter"), one.name
        assert "“colour”" in wrong.json()["title"]
        doors += 1
        if one.asked and one.method == "GET":
            known = "&".join(f"{name}=" for name in one.asked)
            told = admin("GET", f"{path}?{known}")
            if told["Content-Type"].startswith("application/problem"):
                assert told.json()["code"] != "unknown_parameter", one.name
    assert doors > 300


@pytest.mark.parametrize("below", ["", "/7", "/7/facts", "/summary", "/export.csv"])
def test_where_nothing_is_that_is_told_before_a_parameter_that_nobody_knows(rep: Program, below: str):
    lost = rep("GET", f"/me{below}?x=1")
    assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
    here = rep("GET", f"/companies{below}?x=1")
    assert (here.status_code, here.json()["code"]) == (400, "unknown_parameter")


@pytest.mark.parametrize("below", ["", "/batch", "/bulk", "/paste", "/7/restoration"])
def test_nothing_is_sent_to_where_nothing_is(rep: Program, below: str):
    lost = rep("POST", f"/me{below}?x=1", {})
    assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
    assert rep("POST", f"/companies{below}?x=1", {}).json()["code"] == "unknown_parameter"


def test_what_may_be_meant_is_named(rep: Program):
    for asked, near in (
        ("fliter=x", "“filter”"),
        ("search=x", "filter, sort, fields"),
        ("Limit=2", "“limit”"),
    ):
        wrong = rep("GET", f"/companies?{asked}")
        assert wrong.status_code == 400
        assert near in wrong.json()["title"]
    assert "“object”" in rep("GET", "/duplicate-pairs?objects=company").json()["title"]
    made = rep("POST", "/companies?dry_run=true", {"name": "A"})
    assert (made.status_code, rep("GET", "/companies").json()["data"]) == (400, [])
