"""Other programs take out what the one whose token it is may export, and nothing is written by them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pyarrow.parquet
import pytest
from django.test import Client

from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actions.tokens import create_token, revoke_token
from guanxi.platform.identity.models import Member, Token
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db


def token(member: Member, *scopes: str) -> tuple[Token, dict[str, str]]:
    with in_workspace(member.workspace_id):
        made, secret = create_token(member=member, name="BI", scopes=list(scopes), by=actor_for(member))
    return made, {"authorization": f"Bearer {secret}"}


def rows(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    read = pyarrow.parquet.read_table(io.BytesIO(b"".join(answer.streaming_content)))
    return list(read.to_pylist())


def test_a_program_reads_what_its_member_may_take_out(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        for member, name in (
            (cast.rep, "林的客户"),
            (cast.below, "=cmd|' /C calc'!A0"),
            (cast.stranger, "何的客户"),
        ):
            create_record(
                object="company", values={"name": name, "industry": "水务", "employees": 9}, by=actor(member)
            )
        fed()
    address, program = "/analytics/data/company.parquet", Client()
    _made, whole = token(cast.admin, "*:read", "*:write")
    assert {row["name"] for row in rows(program.get(address, headers=whole))} >= {"林的客户", "何的客户"}
    tables = {one["name"]: one for one in program.get("/analytics/data/", headers=whole).json()["data"]}
    assert tables["company"]["parquet"] == address
    sheet: Any = program.get("/analytics/data/company.csv", headers=whole)
    text = b"".join(sheet.streaming_content).decode()
    assert "'=cmd" in text, "no spreadsheet runs it"
    assert program.get(f"{address}?as_of=2020-01-01", headers=whole).status_code == 200
    assert rows(program.get(f"{address}?as_of=2020-01-01", headers=whole)) == []
    for day in ("yesterday", "9999-12-31"):
        assert program.get(f"{address}?as_of={day}", headers=whole).status_code == 400

    made, mine = token(cast.rep, "*:read", "*:write")
    assert program.get(address, headers=mine).status_code == 403, "members export nothing"
    _made, others = token(cast.outsider, "*:read", "*:write")
    answer = program.get(address, headers=others)
    assert answer.status_code == 403 or rows(answer) == []
    for verb in (program.post, program.put, program.delete):
        assert verb(address, headers=whole).status_code == 405
    for wrong in ("company.exe", "password.parquet", "identity_user.parquet", "company'.parquet"):
        assert program.get(f"/analytics/data/{wrong}", headers=whole).status_code == 404, wrong

    with in_workspace(cast.xishan.pk):
        revoke_token(token=made, by=actor(cast.rep))
    assert program.get(address, headers=mine).status_code == 401
    assert program.get(address).status_code in (302, 401)

    everything = {"verbs": ["*"], "see": "all", "edit": "all"}
    hidden = {**everything, "fields": {"industry": "hidden", "employees": "masked1"}}
    give_role(cast.observer, {"*": everything, "company": hidden})
    found = rows(client_for(cast.observer).get(address))
    assert len(found) == 3
    assert not {"industry", "employees"} & set(found[0])


def test_a_token_for_reading_changes_nothing_through_pages(cast: Cast) -> None:
    _made, reading_only = token(cast.rep, "company:read", "company:write")
    _made, whole = token(cast.rep, "*:read", "*:write")
    sent = {
        "/analytics/dashboards/": {"name": "Mine"},
        "/analytics/deliveries/": {
            "address": "/analytics/dashboards/home/sales/", "every": "day", "hour": "8",
        },
        "/work_reports/day/": {"period": "day"},
    }  # fmt: skip
    for address, values in sent.items():
        assert Client().post(address, values, headers=reading_only).status_code == 403, address
        assert Client().post(address, values, headers=whole).status_code == 302, address
