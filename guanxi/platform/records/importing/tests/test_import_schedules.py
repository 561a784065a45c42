"""Imports by the clock: from an address, from a folder, after faults, and by whom not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from guanxi.api.tests.test_rest import Program
from guanxi.automation.workflows.tests.standin import standin
from guanxi.collaboration.notifications.models import Notification
from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.importing.jobs import take_due_turns
from guanxi.platform.records.importing.models import Import, ImportSchedule
from guanxi.platform.records.importing.schedules import PATIENCE, next_time, schedule_json, take_turn
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import client_for

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = "Name,Email,Title\nAnna,a@x.com,Buyer\n"
NEXT = "Email,Shoe size,Title,Name\na@x.com,38,Head of buying,Anna\nb@x.com,44,,Bert\n"


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.IMPORT_FOLDER = str(tmp_path / "in")
    settings.CALLS_ALLOWED = ["127.0.0.1"]


@pytest.fixture
def other():
    with standin() as found:
        yield found


def pattern(cast) -> str:
    """An import of one file that went well; its address."""
    browser, upload = client_for(cast.manager), BytesIO(FIRST.encode())
    upload.name = "people.csv"
    columns = browser.post("/import/", {"files": upload})["Location"]
    browser.post(columns, {"key": "emails"})
    browser.get(columns.replace("columns", "check"))
    browser.post(columns.replace("columns", "run"))
    run_pending_jobs()
    return columns.replace("columns/", "")


def repeated(cast, address: str, **more) -> str:
    said = {"address": address, "every": "day", "hour": "6", **more}
    answer = client_for(cast.manager).post(f"{pattern(cast)}schedule/", said)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def turn(cast) -> int:
    """The only schedule is due: the clock gives it to a worker, and the worker works."""
    with in_workspace(cast.xishan.pk):
        with transaction.atomic():
            ImportSchedule.objects.update(next_at=timezone.now() - timedelta(minutes=1))
        assert take_due_turns.call() == 1
        assert take_due_turns.call() == 0  # the next time is named
        run_pending_jobs()
        with reading():
            return int(Import.objects.exclude(schedule_id=None).count())


def people(cast) -> dict[str, str | None]:
    with in_workspace(cast.xishan.pk), reading():
        return dict(Contact.objects.filter(archived_at=None).values_list("name", "title"))


def test_an_address_is_asked_by_the_clock_and_only_what_is_new_comes_in(cast, other):
    here = repeated(cast, f"{other.url}/people.csv?token=1")
    other.answer(200, NEXT, ETag='"2"')
    assert turn(cast) == 1
    assert people(cast) == {"Anna": "Head of buying", "Bert": None}
    with in_workspace(cast.xishan.pk), reading():
        brought = Import.objects.get(schedule_id__isnull=False)
        assert (brought.state, brought.member_id) == ("done", cast.manager.pk)
    other.answer(304)
    assert turn(cast) == 1
    assert other.calls[-1]["headers"]["If-None-Match"] == '"2"'
    other.answer(200, NEXT, ETag='"3"')  # told as new, and is not
    assert turn(cast) == 1
    page = client_for(cast.manager).get(here).content.decode()
    assert f"/import/{brought.pk}/" in page


def test_files_of_the_workspaces_folder_are_brought_in_once_each(cast, settings, tmp_path):
    room = tmp_path / "in" / cast.xishan.slug
    (room / "people").mkdir(parents=True)
    (tmp_path / "in" / "secret.csv").write_text("Name,Email,Title\nMallory,m@x.com,\n")
    (room / "people" / "link.csv").symlink_to(tmp_path / "in" / "secret.csv")
    (room / "people" / "1.csv").write_text("Name,Email,Title\nCeci,c@x.com,\n")
    (room / "people" / "2.csv").write_text("Name,Email,Title\nDora,d@x.com,\n")
    repeated(cast, "people/*.csv")
    assert turn(cast) == 2
    assert people(cast).keys() == {"Anna", "Ceci", "Dora"}
    (room / "people" / "3.csv").write_text("Name,Email,Title\nEmil,e@x.com,\n")
    assert turn(cast) == 3
    assert people(cast).keys() == {"Anna", "Ceci", "Dora", "Emil"}


def test_one_broken_file_of_a_folder_keeps_no_other_out(cast, tmp_path):
    room = tmp_path / "in" / cast.xishan.slug
    room.mkdir(parents=True)
    (room / "1.csv").write_text("Name,Email,Title\nCeci,c@x.com,\n")
    (room / "2.csv").write_text("<html>Sign in first</html>")
    (room / "3.csv").write_text("Name,Email,Title\nDora,d@x.com,\n")
    here = repeated(cast, "*.csv")
    turn(cast)
    assert people(cast).keys() == {"Anna", "Ceci", "Dora"}
    with in_workspace(cast.xishan.pk), reading():
        row = ImportSchedule.objects.get()
        assert row.error.startswith("2.csv")
        assert "网页" in row.error  # in the language of who set it up
        brought = Import.objects.filter(schedule_id=row.pk, state="done")
        assert {one.name for one in brought} == {"1.csv", "3.csv"}
    assert "2.csv" in client_for(cast.manager).get(here).content.decode()
    (room / "2.csv").write_text("Name,Email,Title\nEmil,e@x.com,\n")
    turn(cast)
    assert people(cast).keys() == {"Anna", "Ceci", "Dora", "Emil"}
    with in_workspace(cast.xishan.pk), reading():
        assert ImportSchedule.objects.get().error == ""


@pytest.mark.parametrize(
    "address",
    [
        "/etc/passwd", "../other/*.csv", "a/../../b.csv", "file:///etc/passwd", "",
        "http://169.254.169.254/latest/", "https://10.0.0.1/a.csv", "http://[::1]/a.csv", "http://[",
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_and_no_place_inside_can_be_named(cast, address):
    here = pattern(cast)
    said = {"address": address, "every": "day", "hour": "6"}
    assert client_for(cast.manager).post(f"{here}schedule/", said).status_code == 200
    with in_workspace(cast.xishan.pk), reading():
        assert not ImportSchedule.objects.exists()


def test_faults_are_shown_and_told_and_after_some_it_pauses(cast, other):
    here = repeated(cast, f"{other.url}/people.csv")
    with in_workspace(cast.xishan.pk):
        drain_events()  # whoever tells members begins now
    other.answer(200, "Name,Title\nAnna,Boss\n")  # the key is gone
    for _turn in range(PATIENCE):
        turn(cast)
    with in_workspace(cast.xishan.pk):
        drain_events()
    with in_workspace(cast.xishan.pk), reading():
        row = ImportSchedule.objects.get()
        assert (row.failures, row.next_at) == (PATIENCE, None)
        assert "Email" in row.error
        told = Notification.objects.filter(member_id=cast.manager.pk, kind="import_stopped")
        assert [one.verb for one in told.order_by("pk")] == ["failed", "stopped"]
        assert not Import.objects.filter(schedule_id=row.pk, started_at__isnull=False).exists()
    assert people(cast) == {"Anna": "Buyer"}
    assert "Email" in client_for(cast.manager).get(here).content.decode()
    other.answer(200, NEXT)
    client_for(cast.manager).post(here, {"address": f"{other.url}/people.csv", "every": "hour", "hour": "0"})
    assert turn(cast) == 1
    assert people(cast)["Bert"] is None


def test_a_killed_turn_comes_again_and_brings_nothing_twice(cast, other, monkeypatch):
    repeated(cast, f"{other.url}/people.csv")
    other.answer(200, NEXT)
    with in_workspace(cast.xishan.pk):
        with reading():
            row = ImportSchedule.objects.get()
        with monkeypatch.context() as fault:
            fault.setattr("guanxi.platform.records.importing.schedules.begin", killed)
            with pytest.raises(SystemExit):
                take_turn(row.pk)
        assert take_turn(row.pk) == 1
        run_pending_jobs()
        with reading():
            assert [one.state for one in Import.objects.filter(schedule_id=row.pk)] == ["done"]
        assert take_turn(row.pk) == 0


def killed(*_args, **_more):
    raise SystemExit


def test_it_is_nobody_elses(cast, other):
    here = repeated(cast, f"{other.url}/people.csv")
    doors = [
        ("get", here),
        ("post", here),
        *(("post", f"{here}{one}/") for one in ("pause", "now", "delete")),
    ]
    for member in (cast.rep, cast.stranger, cast.outsider):
        for method, door in doors:
            assert getattr(client_for(member), method)(door).status_code in (403, 404), (member, door)
    with in_workspace(cast.xishan.pk), reading():
        assert ImportSchedule.objects.get().next_at is not None
    browser = client_for(cast.manager)
    assert browser.post(f"{here}pause/").status_code == 302
    assert browser.post(f"{here}now/").status_code == 302
    assert browser.post(f"{here}delete/").status_code == 302
    with in_workspace(cast.xishan.pk), reading():
        assert not ImportSchedule.objects.exists()


def test_an_address_is_signed_in_to_and_its_secret_goes_nowhere_else(cast, other):
    word = "s3cret-word"
    here = repeated(cast, f"{other.url}/people.csv", sign_in="basic", name="robot", secret=word)
    other.answer(200, NEXT)
    assert turn(cast) == 1
    assert other.calls[-1]["headers"]["Authorization"] == "Basic cm9ib3Q6czNjcmV0LXdvcmQ="
    browser = client_for(cast.manager)
    said = {"every": "hour", "hour": "6", "sign_in": "basic", "name": "robot", "secret": ""}
    with standin() as elsewhere:
        answer = browser.post(here, {**said, "address": f"{elsewhere.url}/people.csv"})
        assert answer.status_code == 200, "another address needs the secret again"
        assert browser.post(here, {**said, "address": f"{other.url}/more.csv"}).status_code == 302
        other.answer(302, Location=f"{elsewhere.url}/people.csv")
        turn(cast)
        assert "Authorization" not in elsewhere.calls[-1]["headers"]
    assert word not in browser.get(here).content.decode()
    with in_workspace(cast.xishan.pk):
        with reading():
            row = ImportSchedule.objects.get()
            assert (row.address, row.sign_in["secret"]) == (f"{other.url}/more.csv", word)
            assert word not in str(list(Fact.objects.values_list("data", "changes")))
        assert word not in str(schedule_json(row))
    assert browser.post(here, {**said, "sign_in": "", "address": f"{other.url}/more.csv"}).status_code == 302
    with in_workspace(cast.xishan.pk), reading():
        assert ImportSchedule.objects.get().sign_in == {}


def test_programs_and_the_command_do_the_same(cast, other, capsys, monkeypatch):
    import_id = pattern(cast).strip("/").split("/")[-1]
    program, rep, *others = (
        Program(one, ["*:read", "*:write"]) for one in (cast.manager, cast.rep, cast.stranger, cast.outsider)
    )
    new = {"import": import_id, "address": f"{other.url}/a.csv", "every": "day",
           "sign_in": {"kind": "bearer", "secret": "tok-1"}}  # fmt: skip
    assert rep("POST", "/import-schedules", new).status_code in (403, 404)
    narrow = Program(cast.admin, ["contact:read", "company:write"])
    assert narrow("POST", "/import-schedules", new).status_code in (403, 404)
    made = program("POST", "/import-schedules", new)
    assert made.status_code == 201, made.content
    door = f"/import-schedules/{made.json()['id']}"
    assert made.json()["sign_in"] == {"kind": "bearer", "name": ""}
    for stranger in (rep, *others):
        for verb, more in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/turn"),
            ("POST", "/pausing"),
        ):
            assert stranger(verb, door + more, {}).status_code in (403, 404)
    changed = program("PATCH", door, {"every": "week", "hour": 9})
    assert (changed.status_code, changed.json()["every"], changed.json()["hour"]) == (200, "week", 9)
    assert program("PATCH", door, {"hour": "x", "colour": 1}).status_code == 422
    assert program("POST", f"{door}/pausing", {}).json()["next_at"] is None
    other.answer(200, NEXT)
    assert program("POST", f"{door}/turn", {}).status_code == 202
    run_pending_jobs()
    assert other.calls[-1]["headers"]["Authorization"] == "Bearer tok-1"
    assert people(cast)["Anna"] == "Head of buying"
    assert [one["id"] for one in program("GET", "/import-schedules").json()["data"]] == [made.json()["id"]]
    asked = ["--workspace", cast.xishan.slug, "--by", cast.manager.user.email]
    call_command("import-schedule", "list", *asked)
    assert made.json()["id"] in capsys.readouterr().out
    monkeypatch.setenv("GUANXI_IMPORT_SECRET", "tok-2")
    call_command("import-schedule", "change", made.json()["id"], *asked, "--hour", "4", "--sign-in", "bearer")
    call_command(
        "import-schedule", "add", import_id, *asked, "--from", f"{other.url}/b.csv", "--every", "month"
    )
    with in_workspace(cast.xishan.pk), reading():
        assert [one.sign_in.get("secret") for one in ImportSchedule.objects.order_by("pk")] == ["tok-2", None]
    with pytest.raises(CommandError):
        call_command("import-schedule", "add", import_id, *asked, "--from", "../x", "--every", "month")
    assert program("DELETE", door).status_code == 204
    assert program("GET", door).status_code == 404


def test_what_a_narrow_token_set_up_does_no_more_than_the_token(cast, other):
    import_id = pattern(cast).strip("/").split("/")[-1]
    narrow, wide = (
        Program(cast.manager, scopes)
        for scopes in (["contact:read", "contact:write"], ["*:read", "contact:write", "company:write"])
    )
    new = {"import": import_id, "address": f"{other.url}/a.csv", "every": "day"}
    for maker, changer, brought, status in ((narrow, wide, 0, 200), (wide, narrow, 1, 403)):
        made = maker("POST", "/import-schedules", new)
        assert made.status_code == 201, made.content
        door = f"/import-schedules/{made.json()['id']}"
        assert changer("PATCH", door, {"hour": 9}).status_code == status
        with in_workspace(cast.xishan.pk), transaction.atomic():
            row = ImportSchedule.objects.get()
            columns = row.plan["columns"][:1]
            row.plan = {**row.plan, "object": "company", "key": "", "columns": columns}
            row.save()  # as if it had come to be about what a token for contacts has nothing to do with
        other.answer(200, "Name,Title\nAcme,x\n")
        turn(cast)
        with in_workspace(cast.xishan.pk), reading():
            assert Company.objects.count() == brought
        with in_workspace(cast.xishan.pk), transaction.atomic():
            ImportSchedule.objects.all().delete()


def test_the_hour_is_the_workspaces_also_when_clocks_change(cast):
    with in_workspace(cast.xishan.pk):
        Workspace.objects.filter(pk=cast.xishan.pk).update(timezone="Europe/Berlin")
        before = datetime(2026, 10, 24, 12, tzinfo=UTC)
        first = next_time("day", 6, before)
        assert first == datetime(2026, 10, 25, 5, tzinfo=UTC)  # winter time begins in this night
        assert next_time("day", 6, first) == datetime(2026, 10, 26, 5, tzinfo=UTC)
        assert next_time("week", 6, before) == datetime(2026, 10, 26, 5, tzinfo=UTC)
        assert next_time("month", 6, before) == datetime(2026, 11, 1, 5, tzinfo=UTC)
