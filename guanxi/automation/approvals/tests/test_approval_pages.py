"""Through the doors: pages, forms, strangers, guessed numbers, the settings and the text."""

from __future__ import annotations

import pytest

from guanxi.automation.approvals.actions import ask_by_hand
from guanxi.automation.approvals.models import ApprovalProcess, ApprovalRequest, Signature
from guanxi.automation.approvals.processes import add_process
from guanxi.automation.approvals.texts import processes_as_text, read_process, write_process
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

RECIPE = {"if": "employees > 10", "steps": [{"ask": ["head"]}, {"ask": ["role:administrator"], "how": "all"}]}


@pytest.fixture
def asked(cast):
    """A request for the rep's company at its first step."""
    with in_workspace(cast.xishan.pk):
        add_process(object="company", title="Large customers", recipe=RECIPE, by=actor(cast.admin), on=True)
        company = create_record(
            object="company", values={"name": "青禾水务", "employees": 50}, by=actor(cast.rep)
        )
        cast_request = ask_by_hand(registry.get("company"), company.pk, by=actor(cast.rep))
    return cast, company, cast_request


def state_of(cast, request):
    with in_workspace(cast.xishan.pk):
        return ApprovalRequest.objects.get(pk=request.pk).state


def test_it_is_approved_on_the_page_where_it_waits(asked):
    cast, company, request = asked
    manager, rep = client_for(cast.manager), client_for(cast.rep)
    page = manager.get("/approvals/").content.decode()
    assert company.name in page
    assert 'value="approve"' in page
    assert 'value="approve"' not in rep.get("/approvals/?scope=asked").content.decode()
    assert 'value="approve"' in manager.get(f"/companies/{company.pk}/").content.decode()
    address = f"/approvals/{request.pk}/"
    assert rep.post(address, {"do": "approve"}).status_code == 403
    assert manager.post(address, {"do": "reject", "words": ""}).status_code == 422
    said = {"do": "approve", "words": "老客户", "next": "/approvals/"}
    assert manager.post(address, said)["Location"] == "/approvals/"
    assert manager.post(address, said).status_code == 302  # once more: nothing more happens
    admin = client_for(cast.admin)
    assert "老客户" in admin.get(address).content.decode()
    for answer in ({"do": "remark", "words": "Hm"}, {"do": "return", "step": "0", "words": "Again"}):
        assert admin.post(address, answer).status_code == 302
    assert "Again" in manager.get(f"/companies/{company.pk}/").content.decode()
    manager.post(address, {"do": "approve"})
    admin.post(address, {"do": "approve"})
    assert state_of(cast, request) == "approved"
    assert company.name in admin.get("/approvals/?scope=all").content.decode()
    assert company.name not in manager.get("/approvals/").content.decode()


def test_strangers_outsiders_and_guesses_find_nothing(asked):
    cast, company, request = asked
    address = f"/approvals/{request.pk}/"
    for somebody in (client_for(cast.stranger), client_for(cast.outsider)):
        assert somebody.get(address).status_code == 404
        for do in ("approve", "reject", "withdraw", "hand_over", "remark", "before"):
            answer = somebody.post(address, {"do": do, "words": "x", "member": str(cast.stranger.pk)})
            assert answer.status_code in (403, 404)
        assert company.name not in somebody.get("/approvals/").content.decode()
        assert somebody.post(f"/approvals/ask/companies/{company.pk}/").status_code == 404
    rep = client_for(cast.rep)
    for guessed in (f"/approvals/{request.pk + 1}/", "/approvals/0/", f"/approvals/{2**63}/"):
        assert rep.get(guessed).status_code == 404
        assert rep.post(guessed, {"do": "approve"}).status_code == 404
    assert rep.get("/approvals/?scope=all").status_code == 404
    assert rep.get("/settings/approvals/").status_code == 403
    assert rep.post(address, {"do": "hand_over", "member": str(cast.admin.pk)}).status_code == 403
    assert client_for(cast.manager).post(address, {"do": "before", "member": "1"}).status_code == 422
    assert state_of(cast, request) == "open"
    with in_workspace(cast.xishan.pk):
        assert [one.member_id for one in Signature.objects.filter(state="open")] == [cast.manager.pk]
    assert rep.post(address, {"do": "withdraw"}).status_code == 302
    assert rep.post(f"/approvals/ask/companies/{company.pk}/").status_code == 302


def test_a_process_is_built_line_by_line(cast):
    admin = client_for(cast.admin)
    assert admin.post("/settings/approvals/", {"title": "", "object": "deal"}).status_code == 422
    page = admin.post("/settings/approvals/", {"title": "Large deals", "object": "deal"})["Location"]
    address = page.partition("?")[0]
    assert admin.get(page).status_code == 200
    said = [
        {"do": "save", "edit": "if", "if": "amount > 100000"},
        {
            "do": "save",
            "edit": "add",
            "ask": ["role:administrator", "head"],
            "how": "all",
            "if": "amount > 500000",
        },
        {"do": "up", "edit": "step:1"},
        {"do": "save", "edit": "step:1", "ask": ["chain:amount"], "limits": "role:manager = 200000"},
        {"do": "save", "edit": "rules", "author": "always", "nobody": "pass", "remind": "8"},
        {"do": "save", "edit": "title", "title": "Deals that matter"},
        {"do": "on"},
    ]
    for one in said:
        assert admin.post(address, one).status_code == 302, one
    for wrong in ({"do": "save", "edit": "if", "if": "nothing > 1"}, {"do": "save", "edit": "add"}):
        assert admin.post(address, wrong).status_code == 422
    for edit in ("if", "rules", "add", "step:0", "step:1", "title"):
        assert admin.get(f"{address}?edit={edit}").status_code == 200
    assert admin.get(f"{address}?edit=step:9").status_code == 404
    assert "Deals that matter" in admin.get("/settings/approvals/").content.decode()
    with in_workspace(cast.xishan.pk):
        process = ApprovalProcess.objects.get()
        kept, written = process.recipe, write_process(process)
        assert process.on_at is not None
        assert kept == {
            "if": "amount > 100000",
            "steps": [
                {"ask": ["role:administrator", "head"], "how": "all", "if": "amount > 500000"},
                {"ask": ["chain:amount"], "how": "any", "limits": {"role:manager": 200_000}},
            ],
            "author": "always",
            "nobody": "pass",
            "remind": 8,
        }
        assert read_process(written) == kept
        assert processes_as_text()["deal"][process.name]["on"] is True
    assert admin.get(f"{address}text/").status_code == 200
    assert admin.post(f"{address}text/", {"text": written.replace("200000", "300000")}).status_code == 302
    assert admin.post(f"{address}text/", {"text": "x ="}).status_code == 422
    assert client_for(cast.outsider).get(address).status_code == 404
    assert client_for(cast.manager).post(address, {"do": "off"}).status_code == 403
    assert admin.post(address, {"do": "archive"}).status_code == 302


def test_what_makes_no_sense_is_named(cast):
    with in_workspace(cast.xishan.pk):
        wrong: tuple[dict[str, object], ...] = (
            {"ask": []}, {"ask": ["nobody"]}, {"ask": ["role:none"]}, {"ask": ["chain:99"]},
            {"ask": ["chain:name"]}, {"ask": ["head"], "how": "most"}, {"ask": ["head"], "if": "x ="},
            {"ask": ["head"], "limits": {"role:manager": "much"}}, {"ask": ["head"], "else": 1},
        )  # fmt: skip
        for step in wrong:
            with pytest.raises(InvalidValues):
                add_process(object="company", title="T", recipe={"steps": [step]}, by=actor(cast.admin))
        with pytest.raises(Refused):
            add_process(object="company", title="T", recipe=RECIPE, by=actor(cast.manager))
