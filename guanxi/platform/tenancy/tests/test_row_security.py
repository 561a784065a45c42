"""The second lock, attacked: what PostgreSQL shows when the managers are gone round."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from guanxi.platform.identity.models import Team
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.row_security import POLICY, lock_tables, workspace_tables
from guanxi.platform.tenancy.transactions import OutsideTransaction, as_if_outside, reading

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="row-level security is PostgreSQL's"),
]


@pytest.fixture
def two(django_db_setup, django_db_blocker):
    """Two workspaces with a team each, really committed: these tests have transactions of their own."""
    with django_db_blocker.unblock():
        firms = [Workspace.objects.create(slug=slug, name=slug) for slug in ("ours", "theirs")]
        for firm in firms:
            with in_workspace(firm.id), transaction.atomic():
                Team.objects.create(name=f"Team of {firm}", path="/")
        yield firms
        with everywhere("the test tidies up"), transaction.atomic():
            Team.objects.all().delete()
            Workspace.objects.all().delete()


def raw(sql: str, *params: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def owners() -> set[int]:
    """Whose rows raw SQL sees here and now."""
    return {owner for (owner,) in raw("SELECT workspace_id FROM identity_team")}


@pytest.mark.django_db
def test_we_are_not_somebody_whom_it_lets_pass():
    assert raw("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [(False, False)]


@pytest.mark.django_db
def test_every_table_with_a_workspace_is_locked():
    tables = {
        table
        for (table,) in raw(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'workspace_id'"
        )
    }
    forced = {
        table
        for (table,) in raw(
            "SELECT relname FROM pg_class JOIN pg_policies ON tablename = relname AND policyname = %s"
            " WHERE relrowsecurity AND relforcerowsecurity",
            POLICY,
        )
    }
    assert len(tables) > 10
    assert tables == forced == set(workspace_tables())
    lock_tables(connection)  # a second time changes nothing


def test_raw_sql_sees_the_chosen_workspace_only(two):
    ours, theirs = two
    with in_workspace(ours.id), transaction.atomic():
        assert owners() == {ours.id}
        assert raw("SELECT 1 FROM identity_team WHERE workspace_id = %s", theirs.id) == []
        with in_workspace(theirs.id):
            assert owners() == {theirs.id}
        assert owners() == {ours.id}


def test_without_a_workspace_or_a_transaction_it_sees_nothing(two):
    assert owners() == set()
    with transaction.atomic():
        assert owners() == set()
    with in_workspace(two[0].id), pytest.raises(OutsideTransaction, match="identity_team"):
        owners()
    with in_workspace(two[0].id):
        assert raw("SELECT 1") == [(1,)], "what has no rows of workspaces needs no transaction"


def test_what_will_run_outside_of_a_transaction_is_refused_inside_that_of_a_test(two):
    with in_workspace(two[0].id), transaction.atomic():
        with as_if_outside():
            with pytest.raises(OutsideTransaction):
                owners()
            with reading():
                assert owners() == {two[0].id}
        assert owners() == {two[0].id}
    with in_workspace(two[0].id), as_if_outside(), transaction.atomic():
        assert owners() == {two[0].id}, "without a caller's transaction one's own is a real one"


def test_nothing_stays_for_the_next_transaction_of_the_connection(two):
    with in_workspace(two[0].id), transaction.atomic():
        assert owners()
    with transaction.atomic():
        assert owners() == set()
    assert raw("SELECT current_setting('guanxi.workspace', true)") in [[("",)], [(None,)]]


@pytest.mark.parametrize("how", ["commit", "roll back"])
def test_savepoints_keep_to_the_workspace(two, how):
    ours, theirs = two

    class Undone(Exception):
        pass

    with in_workspace(ours.id), transaction.atomic():
        owners()
        try:
            with transaction.atomic(), in_workspace(theirs.id):
                assert owners() == {theirs.id}
                if how == "roll back":
                    raise Undone
        except Undone:
            assert owners() == {ours.id}
        assert owners() == {ours.id}


def test_a_savepoint_by_hand_does_not_confuse_it(two):
    ours, theirs = two
    with in_workspace(ours.id), transaction.atomic():
        owners()
        raw("SAVEPOINT mine")
        with in_workspace(theirs.id):
            owners()
            raw("ROLLBACK TO SAVEPOINT mine")
            assert owners() == {theirs.id}
        assert owners() == {ours.id}


def test_an_error_inside_another_workspace_can_be_rolled_back(two):
    """Leaving the block changes the workspace while the transaction takes no statement but the rollback."""
    ours, theirs = two
    with in_workspace(ours.id), transaction.atomic():
        owners()
        with pytest.raises(ProgrammingError), transaction.atomic(), in_workspace(theirs.id):
            raw("SELECT no_such_column FROM identity_team")
        assert owners() == {ours.id}


def test_server_side_cursors_are_told_too(two):
    with transaction.atomic():
        for firm in two:
            with in_workspace(firm.id):
                rows = list(Team.objects.order_by("id").iterator(chunk_size=1))
                assert [team.workspace_id for team in rows] == [firm.id]


def test_rows_can_not_be_put_or_moved_elsewhere(two):
    ours, theirs = two
    insert = (
        "INSERT INTO identity_team (id, workspace_id, name, path, created_at) VALUES (1, %s, 'x', '/', now())"
    )
    for attack in (insert, "UPDATE identity_team SET workspace_id = %s"):
        with (
            in_workspace(ours.id),
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction.atomic(),
        ):
            raw(attack, theirs.id)
    with in_workspace(ours.id), transaction.atomic():
        raw("UPDATE identity_team SET name = 'taken' WHERE workspace_id = %s", theirs.id)
        raw("DELETE FROM identity_team WHERE workspace_id = %s", theirs.id)
    with in_workspace(theirs.id), transaction.atomic():
        assert Team.objects.get().name == "Team of theirs"


def test_a_stored_query_set_shows_nothing_in_another_workspace(two):
    ours, theirs = two
    with in_workspace(theirs.id), transaction.atomic():
        kept = Team.objects.all()
    with in_workspace(ours.id), transaction.atomic():
        assert list(kept) == []


def test_everywhere_sees_all_and_ends_with_its_block(two):
    with transaction.atomic():
        with everywhere("the test looks at both"):
            assert owners() == {firm.id for firm in two}
        assert owners() == set()


def test_a_thread_that_serves_another_workspace_next_sees_only_that(two):
    """Connections live as long as their thread: what one request has said must not be heard by the next."""
    seen = []

    def serve():
        try:
            for firm in (*two, *two):
                with in_workspace(firm.id), transaction.atomic():
                    seen.append(owners() == {firm.id})
                seen.append(owners() == set())
        finally:
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()
    assert seen == [True] * 8


def test_a_connection_without_autocommit_is_told_nothing(two):
    """Not entered by transaction.atomic(): it fails closed."""
    with in_workspace(two[0].id):
        transaction.set_autocommit(False)
        try:
            with pytest.raises(OutsideTransaction):
                owners()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)


def test_a_new_connection_is_told_again(two):
    with in_workspace(two[0].id):
        with transaction.atomic():
            assert owners()
        connection.close()
        with transaction.atomic():
            assert owners() == {two[0].id}


def test_the_setting_is_not_for_sql_that_members_can_write(two):
    """Whoever can run SQL can say any workspace: the lock is for our mistakes, not against an injection."""
    ours, theirs = two
    with in_workspace(ours.id), transaction.atomic():
        raw("SELECT set_config('guanxi.workspace', %s, true)", str(theirs.id))
        assert owners() == {theirs.id}
    with in_workspace(ours.id), transaction.atomic():
        assert owners() == {ours.id}
