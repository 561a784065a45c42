"""Working hours by a program and in files of shapes: said, read, taken back; with the rights of the pages."""

from __future__ import annotations

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.identity.actions.hours import read_week, set_hours
from guanxi.platform.identity.hours import hours_of
from guanxi.platform.identity.models import WorkingHours
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
LATE = {"monday": ["10:00-19:00"], "tuesday": ["10:00-12:00", "13:00-19:00"]}
FILE = """
[hours.firm]
monday = ["09:00-12:00", "13:00-18:00"]

[hours.teams.South]
saturday = ["9-12"]

[hours.members."{email}"]
monday = ["10:00-19:00"]
"""


def test_they_are_said_read_and_taken_back(cast: Cast):
    rep, admin = Program(cast.rep, EVERYTHING), Program(cast.admin, EVERYTHING)
    said = rep("POST", "/working-hours", {"whose": "member", "week": LATE})
    assert (said.status_code, said.json()["week"], said.json()["own"]) == (200, LATE, True)
    mine = rep("GET", "/working-hours/by-whom?whose=member").json()
    assert (mine["id"], mine["said_by"], mine["may_change"]) == (str(cast.rep.pk), "member", True)
    firm = {"whose": "workspace", "week": {"friday": ["09:00-17:00"]}}
    assert rep("POST", "/working-hours", firm).status_code == 403
    assert admin("POST", "/working-hours", firm).json()["week"] == {"friday": ["09:00-17:00"]}
    listed = [(one["whose"], one["own"]) for one in admin("GET", "/working-hours").json()["data"]]
    assert listed == [("workspace", True), ("member", True)]
    gone = rep("POST", "/working-hours", {"whose": "member"}).json()
    assert (gone["own"], gone["said_by"], gone["week"]) == (False, "workspace", {"friday": ["09:00-17:00"]})


@pytest.mark.parametrize(
    "week", [{"someday": ["09:00-18:00"]}, {"monday": "09:00-18:00"}, {"monday": ["18:00-09:00"]}, {}]
)
def test_what_is_no_week_is_refused(cast: Cast, week):
    rep = Program(cast.rep, EVERYTHING)
    assert rep("POST", "/working-hours", {"whose": "member", "week": week}).status_code == 422
    with in_workspace(cast.xishan.pk):
        assert not WorkingHours.objects.exists()


def test_nobody_sets_or_reads_anothers(cast: Cast):
    with in_workspace(cast.xishan.pk):
        set_hours(whose=cast.rep, week=read_week(["10-19", "", "", "", "", "", ""]), by=actor(cast.rep))
    asked = {"whose": "member", "id": str(cast.rep.pk), "week": LATE}
    for who in (cast.stranger, cast.outsider):
        program = Program(who, EVERYTHING)
        assert program("POST", "/working-hours", asked).status_code == 404
        assert program("GET", f"/working-hours/by-whom?whose=member&id={cast.rep.pk}").status_code == 404
        assert all(one["id"] != str(cast.rep.pk) for one in program("GET", "/working-hours").json()["data"])
    south = {"whose": "team", "id": str(cast.south.pk), "week": LATE}
    assert Program(cast.outsider, EVERYTHING)("POST", "/working-hours", south).status_code == 404
    assert Program(cast.rep, EVERYTHING)("POST", "/working-hours", south).status_code == 403
    assert Program(cast.rep, ["company:read"])("GET", "/working-hours").status_code == 403


def test_they_come_and_go_as_text(cast: Cast):
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        shape = read_shape(FILE.replace("{email}", cast.rep.user.email))
        done = [str(one) for one in apply_shape(shape, by=by)]
        assert done == ["+ hours.firm", "+ hours.teams.South", f"+ hours.members.{cast.rep.user.email}"]
        assert hours_of(cast.rep).week[0] == (("10:00", "19:00"),)
        written = write_shape(by=by)
        assert 'saturday = ["09:00-12:00"]' in written
        again = read_shape(written)
        assert steps_to(again, remove=True) == []
        del again["hours"][f"members.{cast.rep.user.email}"]
        apply_shape(again, by=by, remove=True)
        assert hours_of(cast.rep).whose == "team"


def test_a_file_that_names_nobody_changes_nothing(cast: Cast):
    with in_workspace(cast.xishan.pk):
        for text in ('[hours.teams.Nowhere]\nmonday = ["9-18"]', '[hours.firm]\nmonday = ["18-9"]'):
            with pytest.raises(InvalidValues):
                apply_shape(read_shape(text), by=actor(cast.admin))
        for text in ("[hours.planet]\nmonday = []", 'hours = "nine to five"'):
            with pytest.raises(FieldError):
                read_shape(text)
        with pytest.raises(Refused):
            apply_shape(read_shape('[hours.firm]\nmonday = ["9-18"]'), by=actor(cast.rep))
        assert not WorkingHours.objects.exists()
