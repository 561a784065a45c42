"""A line of signers: who is asked, what follows from each answer, and who can't answer."""

from __future__ import annotations

import pytest
from django.db import transaction

from guanxi.automation.approvals.actions import (
    add_signer,
    ask_by_hand,
    hand_over,
    may_answer,
    open_request,
    refill,
    reject,
    remark,
    remind,
    return_to,
    sign,
    withdraw,
)
from guanxi.automation.approvals.models import ApprovalRequest, Signature
from guanxi.automation.approvals.processes import add_process
from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actions.delegations import delegate
from guanxi.platform.identity.actions.members import change_member, end_membership
from guanxi.platform.identity.models import Role
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.batches.running import change_chosen
from guanxi.platform.records.trash.actions import delete_record
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor


@pytest.fixture
def firm(cast):
    """Inside the workspace and a transaction; `cast.company` is the rep's."""
    with in_workspace(cast.xishan.pk), transaction.atomic():
        yield cast


def a_process(cast, *steps, object="company", **more):
    recipe = {"steps": list(steps), **more}
    return add_process(object=object, title="New customers", recipe=recipe, by=actor(cast.admin), on=True)


def a_company(cast, by=None, **values):
    return create_record(object="company", values={"name": "青禾水务", **values}, by=by or actor(cast.rep))


def asked(request):
    rows = Signature.objects.filter(request=request, state="open").order_by("step", "place")
    return [one.member_id for one in rows]


def submitted(cast, *steps, **more):
    a_process(cast, *steps, **more)
    company = a_company(cast)
    return company, ask_by_hand(registry.get("company"), company.pk, by=actor(cast.rep))


def last_fact(object, record_id):
    found = facts_of(object, record_id).last()
    assert found is not None
    return found


def state_of(request):
    return ApprovalRequest.objects.get(pk=request.pk).state


def test_step_by_step_the_head_then_everybody_of_a_role(firm):
    company, request = submitted(firm, {"ask": ["head"]}, {"ask": ["role:administrator"], "how": "all"})
    assert asked(request) == [firm.manager.pk]
    for wrong, problem in ((firm.rep, Refused), (firm.stranger, NotFound), (firm.admin, Refused)):
        with pytest.raises(problem):
            sign(request.pk, by=actor(wrong))
    sign(request.pk, by=actor(firm.manager), words="Good customer")
    assert asked(request) == [firm.admin.pk]
    sign(request.pk, by=actor(firm.manager))  # a second click says nothing more
    assert asked(request) == [firm.admin.pk]
    sign(request.pk, by=actor(firm.admin))
    assert state_of(request) == "approved"
    sign(request.pk, by=actor(firm.admin))
    assert [one.verb for one in facts_of("approval", request.pk)] == ["asked", "signed", "signed", "approved"]
    assert last_fact("company", company.pk).name == "company.approved"
    with pytest.raises(InvalidValues):
        reject(request.pk, by=actor(firm.admin), words="No")


def test_what_waits_is_read_only_until_it_is_withdrawn(firm):
    company, request = submitted(firm, {"ask": ["head"]})
    rep = actor(firm.rep)
    with pytest.raises(InvalidValues, match=r"审批|approval"):
        change_record(company, {"name": "Another"}, by=rep)
    with pytest.raises(InvalidValues):
        archive_record(company, by=rep)
    with pytest.raises(InvalidValues):
        ask_by_hand(registry.get("company"), company.pk, by=rep)
    with pytest.raises(Refused):
        withdraw(request.pk, by=actor(firm.manager))
    withdraw(request.pk, by=rep)
    withdraw(request.pk, by=rep)
    assert change_record(company, {"name": "Another"}, by=rep).name == "Another"
    assert Signature.objects.get(request=request).state == "void"
    with pytest.raises(InvalidValues):
        sign(request.pk, by=actor(firm.manager))


def test_what_waits_is_left_out_of_a_change_of_many(firm):
    company, _request = submitted(firm, {"ask": ["head"]})
    free = a_company(firm, name="禾木")
    for kind, values in (("change", {"values": {"industry": "water"}}), ("archive", {})):
        chosen = [company.pk, free.pk]
        change_chosen(registry.get("company"), chosen, kind=kind, values=values, by=actor(firm.rep))
        company.refresh_from_db()
        free.refresh_from_db()
        assert not company.industry
        assert company.archived_at is None
        assert free.industry == "water"
    assert free.archived_at is not None
    handed = {"values": {"owner": str(firm.below.pk)}}
    by = actor(firm.admin)
    change_chosen(registry.get("company"), [company.pk], kind="change", values=handed, by=by)
    company.refresh_from_db()
    assert company.owner_id == firm.below.pk  # whose it is promises nothing


def test_any_one_of_them_spares_the_others(firm):
    _company, request = submitted(
        firm, {"ask": [f"member:{firm.manager.pk}", "role:administrator", f"member:{firm.observer.pk}"]}
    )
    assert set(asked(request)) == {firm.manager.pk, firm.admin.pk, firm.observer.pk}
    sign(request.pk, by=actor(firm.observer))  # may change nothing else, and signs all the same
    assert state_of(request) == "approved"
    assert Signature.objects.filter(request=request, state="skipped").count() == 2


def test_a_chain_goes_up_to_who_may_decide_so_much(firm):
    a_process(
        firm,
        {"ask": ["chain:employees"], "limits": {"role:manager": 100, "role:administrator": 1_000}},
    )
    chains = []
    for employees in (50, 500):
        company = a_company(firm, name=f"W{employees}", employees=employees)
        request = ask_by_hand(registry.get("company"), company.pk, by=actor(firm.rep))
        chains.append([one.member_id for one in Signature.objects.filter(request=request).order_by("place")])
        assert asked(request) == [firm.manager.pk]
    assert chains == [[firm.manager.pk], [firm.manager.pk, firm.admin.pk]]
    sign(request.pk, by=actor(firm.manager))
    assert asked(request) == [firm.admin.pk]


def test_a_step_is_asked_only_where_its_condition_holds(firm):
    a_process(
        firm,
        {"ask": ["head"]},
        {"ask": ["role:administrator"], "if": "level = A"},
        **{"if": "employees > 10"},
    )
    small, plain = a_company(firm, name="S", employees=5), a_company(firm, name="P", employees=20)
    with pytest.raises(InvalidValues):
        ask_by_hand(registry.get("company"), small.pk, by=actor(firm.rep))
    request = ask_by_hand(registry.get("company"), plain.pk, by=actor(firm.rep))
    sign(request.pk, by=actor(firm.manager))
    assert state_of(request) == "approved"


def test_the_author_signs_only_where_the_process_says_so(firm):
    for author, there in (("never", []), ("administrators", [firm.admin.pk]), ("always", [firm.admin.pk])):
        a_process(
            firm, {"ask": [f"member:{firm.admin.pk}"]}, author=author, **{"if": f'name contains "{author}"'}
        )
        company = a_company(firm, by=actor(firm.admin), name=f"C {author}")
        request = ask_by_hand(registry.get("company"), company.pk, by=actor(firm.admin))
        assert asked(request) == there
        assert may_answer(request, company, by=actor(firm.admin)) is bool(there)
        request.refresh_from_db()
        assert (request.stuck_at is None) is bool(there)


def test_back_to_an_earlier_step_all_is_signed_anew(firm):
    _company, request = submitted(firm, {"ask": ["head"]}, {"ask": ["role:administrator"]})
    sign(request.pk, by=actor(firm.manager))
    with pytest.raises(InvalidValues):
        return_to(request.pk, 0, by=actor(firm.admin))
    with pytest.raises(InvalidValues):
        return_to(request.pk, 1, by=actor(firm.admin), words="Look again")
    return_to(request.pk, 0, by=actor(firm.admin), words="Look again")
    assert asked(request) == [firm.manager.pk]
    sign(request.pk, by=actor(firm.manager))
    sign(request.pk, by=actor(firm.admin))
    assert state_of(request) == "approved"


def test_a_signer_adds_others_before_and_after(firm):
    _company, request = submitted(firm, {"ask": ["head"]})
    manager = actor(firm.manager)
    with pytest.raises(InvalidValues):
        add_signer(request.pk, firm.rep.pk, by=manager)
    with pytest.raises(InvalidValues):
        add_signer(request.pk, firm.stranger.pk, by=manager)  # would not see it
    add_signer(request.pk, firm.observer.pk, by=manager, before=True)
    assert asked(request) == [firm.observer.pk]
    sign(request.pk, by=actor(firm.observer))
    assert asked(request) == [firm.manager.pk]
    add_signer(request.pk, firm.admin.pk, by=manager, before=False)
    assert asked(request) == [firm.manager.pk]
    sign(request.pk, by=manager)
    assert asked(request) == [firm.admin.pk]
    reject(request.pk, by=actor(firm.admin), words="No")
    assert state_of(request) == "rejected"


def test_who_has_just_lost_the_right_cant_and_the_next_is_asked(firm):
    _company, request = submitted(firm, {"ask": ["role:manager", f"member:{firm.admin.pk}"], "how": "turn"})
    assert asked(request) == [firm.manager.pk]
    reader = Role.objects.get(system="reader")
    change_member(member=firm.manager, role=reader, by=actor(firm.admin))
    firm.manager.refresh_from_db()
    with pytest.raises(Refused):
        sign(request.pk, by=actor(firm.manager))
    refill(request.pk, by=actor(firm.admin))
    assert asked(request) == [firm.admin.pk]
    assert Signature.objects.get(request=request, member_id=firm.manager.pk).state == "lost"
    assert last_fact("approval", request.pk).data["members"] == [str(firm.admin.pk)]


def test_when_nobody_is_left_administrators_see_to_it(firm):
    _company, request = submitted(firm, {"ask": [f"member:{firm.observer.pk}"]})
    end_membership(member=firm.observer, by=actor(firm.admin))
    refill(request.pk, by=actor(firm.admin))
    assert asked(request) == [firm.admin.pk]
    with pytest.raises(Refused):
        hand_over(request.pk, firm.manager.pk, by=actor(firm.manager))
    hand_over(request.pk, firm.manager.pk, by=actor(firm.admin))
    assert asked(request) == [firm.manager.pk]
    sign(request.pk, by=actor(firm.manager))
    assert state_of(request) == "approved"


def test_a_substitute_signs_in_the_place_of_who_is_away(firm):
    from datetime import timedelta

    from django.utils import timezone

    _company, request = submitted(firm, {"ask": ["head"]})
    now = timezone.now()
    for to in (firm.observer, firm.rep):
        delegate(
            member=firm.manager, to=to, starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(days=1), by=actor(firm.manager),
        )  # fmt: skip
    with pytest.raises(Refused):
        sign(request.pk, by=actor(firm.rep))  # the author stays the author
    sign(request.pk, by=actor(firm.observer))
    row = Signature.objects.get(request=request)
    assert (row.member_id, row.hand_id, row.state) == (firm.manager.pk, firm.observer.pk, "approved")


def test_who_does_not_answer_is_reminded_and_remarks_decide_nothing(firm):
    _company, request = submitted(firm, {"ask": ["head"]}, remind=1)
    assert remind(request.pk, by=actor(firm.admin), hours=1) == 0
    assert remind(request.pk, by=actor(firm.admin)) == 1
    assert last_fact("approval", request.pk).data["members"] == [str(firm.manager.pk)]
    remark(request.pk, "They pay late", by=actor(firm.rep))
    with pytest.raises(NotFound):
        remark(request.pk, "Hm", by=actor(firm.stranger))
    assert state_of(request) == "open"
    assert open_request("company", request.record_id) == request


def test_what_waits_is_neither_archived_nor_deleted_one_by_one(firm):
    company, request = submitted(firm, {"ask": ["head"]})
    for take_away in (archive_record, delete_record):
        with pytest.raises(InvalidValues, match="waits for approval"), transaction.atomic():
            take_away(company, by=actor(firm.admin))
    assert ApprovalRequest.objects.get(pk=request.pk).state == "open"
    withdraw(request.pk, by=actor(firm.rep))
    delete_record(company, by=actor(firm.admin))
