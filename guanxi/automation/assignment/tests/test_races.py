"""Several workers who give at the same moment, each on a connection of their own."""

import threading

import pytest
from django.db import connection

from guanxi.automation.assignment.actions import add_plan, give
from guanxi.automation.assignment.models import Assignment, AssignmentTurn
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import actor, make_cast


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_who_gives_at_once_gives_once_and_in_turn():
    cast = make_cast()
    with in_workspace(cast.xishan.pk), reading():
        names = [{"who": one.pk} for one in (cast.rep, cast.manager, cast.stranger)]
        plan = add_plan(object="lead", title="Round", plan={"members": names}, by=actor(cast.admin))
        by = system_actor(cast.xishan.pk, "Worker")
        leads = [create_record(object="lead", values={"name": f"L{at}"}, by=by).pk for at in range(3)]
    gate, said = threading.Barrier(6), list[object]()

    def work(lead_id: int) -> None:
        try:
            gate.wait()
            with in_workspace(cast.xishan.pk), reading():
                record = registry.get("lead").rows().get(pk=lead_id)
                said.append(give(plan, record, once="fact 1", by=by))
        except Exception as problem:  # told below, in the thread that asserts
            said.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in (*leads, *leads)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    members = {cast.rep.pk, cast.manager.pk, cast.stranger.pk}
    assert set(said) == members
    assert sorted(said, key=str) == sorted([*members, *members], key=str)
    with in_workspace(cast.xishan.pk), reading():
        owners = dict(registry.get("lead").rows().filter(pk__in=leads).values_list("pk", "owner_id"))
        assert set(owners.values()) == members
        assert Assignment.objects.count() == 3
        assert set(AssignmentTurn.objects.values_list("given", flat=True)) == {1}
