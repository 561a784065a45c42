"""The rail and the wells: where a field goes when pressed, dropped or taken out, and who is offered it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from guanxi.analytics.cube.fields import step
from guanxi.analytics.semantic.cubes import Cube
from guanxi.platform.metadata.errors import FieldError
from tests.cast import Cast, client_for, give_role

pytestmark = pytest.mark.django_db
DEALS = Cube("deal", ("owner",), ("closed_on:quarter",), ("count",), sort="-1")


def test_a_field_goes_into_a_well_and_out_of_any_other():
    assert step(DEALS, "rows stage").rows == ("owner", "stage")
    moved = step(DEALS, "rows closed_on:quarter")
    assert (moved.rows, moved.columns) == (("owner", "closed_on:quarter"), ())
    assert step(DEALS, "columns owner").columns == ("closed_on:quarter", "owner")
    assert step(DEALS, "measures sum:amount").measures == ("count", "sum:amount")


def test_a_field_goes_before_the_one_on_which_it_is_dropped():
    assert step(DEALS, "rows stage", "owner").rows == ("stage", "owner")
    assert step(DEALS, "rows stage", "nonsense").rows == ("owner", "stage")
    several = step(DEALS, "measures sum:amount")
    assert step(several, "measures sum:amount", "count").measures == ("sum:amount", "count")


def test_a_full_well_gives_up_its_last():
    full = step(step(DEALS, "rows stage"), "rows team")
    assert step(full, "rows source").rows == ("owner", "stage", "source")
    assert step(full, "rows source", "owner").rows == ("source", "owner", "stage")


def test_a_field_goes_out_whatever_its_level():
    assert step(DEALS, "out closed_on").columns == ()
    assert step(DEALS, "out owner").rows == ()
    assert step(DEALS, "out count").measures == ()
    kept = step(DEALS, "rows closed_on:year")
    assert (kept.rows, kept.columns) == (("owner", "closed_on:year"), ("closed_on:quarter",))


def test_other_measures_are_not_sorted_by_those_before():
    assert step(DEALS, "rows stage").sort == "-1"
    assert step(DEALS, "measures sum:amount").sort == ""
    assert step(DEALS, "out count").sort == ""


@pytest.mark.parametrize("asked", ["", "rows", "rows ", "filter stage", "object company", "sort 1"])
def test_there_is_no_other_step(asked: str):
    with pytest.raises(FieldError):
        step(DEALS, asked)


def test_what_the_rail_and_the_wells_offer_is_done_by_their_buttons(cast: Cast, fed: Any):
    """Every button of the page leads to a cube that can be asked, as a plain form would send it."""
    fed()
    admin = client_for(cast.admin)
    query = DEALS.query
    html = admin.get(f"/analytics/cube/?{query}").content.decode()
    offered = set(re.findall(r'name="step" value="([^"]+)"', html))
    assert {"rows stage", "out owner", "out closed_on", "measures sum:amount", "out count"} <= offered
    for asked in ("rows stage", "out closed_on", "measures sum:amount"):
        answer = admin.get(f"/analytics/cube/?{query}&{urlencode({'step': asked, 'before': ''})}")
        assert answer.status_code == 302
        assert _cube(answer) == step(DEALS, asked).query
        assert admin.get(answer["Location"]).status_code == 200
    said = admin.get(f"/analytics/cube/?{query}&step=nonsense")
    assert said.status_code == 400


def test_enter_in_a_field_of_the_form_shows_what_was_set(cast: Cast, fed: Any):
    """The first button that belongs to the form is the one that Enter presses: it takes no step."""
    fed()
    html = client_for(cast.admin).get(f"/analytics/cube/?{DEALS.query}").content.decode()
    form = html.index('<form method="get" action="/analytics/cube/"')
    inside = html[form : html.index("</form>", form)]
    first = re.search(r'<button type="submit"[^>]*form="cube-form"[^>]*>', html)
    assert first is not None
    assert first.start() < form
    assert "name=" not in first[0]
    assert html.index('class="shelf"') > first.start()  # the shelf is not drawn in a narrow window
    assert re.search(r'<noscript><button[^>]*type="submit"', inside)  # selects alone send nothing there


def test_of_another_object_it_begins_anew(cast: Cast, fed: Any):
    fed()
    answer = client_for(cast.admin).get("/analytics/cube/?object=company&was=deal&rows=stage&sort=2")
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked["object"] == ["company"]
    assert asked["rows"] == ["owner"]
    assert "sort" not in asked


def test_what_cannot_be_asked_can_be_taken_out(cast: Cast, fed: Any):
    fed()
    html = client_for(cast.admin).get("/analytics/cube/?object=deal&rows=nonsense").content.decode()
    assert 'value="out nonsense"' in html
    assert "callout" in html


def test_who_may_not_see_a_field_or_an_object_is_not_offered_it(cast: Cast, fed: Any):
    fed()
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(cast.stranger, {"company": whole | {"fields": {"industry": "hidden", "employees": "masked1"}}})
    stranger = client_for(cast.stranger)
    html = unescape(stranger.get("/analytics/cube/?object=company").content.decode())
    offered = set(re.findall(r'data-field="([^"]+)"', html)) | set(
        re.findall(r'<option value="([^"]+)"', html)
    )
    assert "owner" in offered
    assert not [one for one in offered if "industry" in one or "employees" in one]
    assert stranger.get("/analytics/cube/?object=deal&step=rows+stage").status_code == 403
    taken = stranger.get("/analytics/cube/?object=company&step=rows+industry")
    assert "callout" in stranger.get(taken["Location"]).content.decode()


def _cube(answer: Any) -> str:
    return str(urlsplit(answer["Location"]).query)
