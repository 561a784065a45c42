"""Figures in another's place: who sees as somebody or acts for them has theirs and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from django.db import transaction
from django.utils import timezone
from pyarrow.parquet import read_table

from guanxi.analytics.cube.models import SavedCube
from guanxi.analytics.cube.saving import save_cube
from guanxi.analytics.dashboards.mailing import begin_turns, schedule_delivery, send_turn, unsent_turns
from guanxi.analytics.dashboards.models import Dashboard, Delivery
from guanxi.analytics.dashboards.panels import panel_of
from guanxi.analytics.dashboards.saving import make_dashboard
from guanxi.analytics.semantic.cubes import Cube
from guanxi.platform.identity.actions.delegations import delegate
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CUBE = Cube("company", ("industry",), (), ("count",), draw="bars")
POSTS = (
    ("/analytics/cube/saved/", {"query": CUBE.query, "name": "x"}),
    ("/analytics/dashboards/", {"name": "x"}),
    ("/analytics/dashboards/panels/", {"query": CUBE.query, "dashboard": ""}),
    ("/analytics/deliveries/", {"address": f"/analytics/cube/?{CUBE.query}", "every": "day", "hour": "8"}),
)


@pytest.fixture
def board(cast: Cast, fed: Callable[[], int]) -> Dashboard:
    """Everybody's; the rep has a customer with water, the stranger one at sea."""
    with in_workspace(cast.xishan.pk):
        for member, industry in ((cast.rep, "Water"), (cast.stranger, "Ocean")):
            values = {"name": f"{industry} Ltd", "industry": industry}
            create_record(object="company", values=values, by=actor(member))
        fed()
        save_cube(CUBE, name="Industries", shared="all", by=actor(cast.admin))
        return make_dashboard(name="All", shared="all", panels=[panel_of(CUBE)], by=actor(cast.admin))


def test_who_sees_as_another_has_their_figures_and_keeps_nothing(cast: Cast, board: Dashboard):
    browser = client_for(cast.admin)
    assert "Ocean" in _everywhere(browser, board)
    assert browser.post(f"/standing/as/{cast.rep.pk}/").status_code == 303
    shown = _everywhere(browser, board)
    assert "Water" in shown
    assert "Ocean" not in shown
    for path, values in POSTS:
        assert browser.post(path, values).status_code == 403, path
    with in_workspace(cast.xishan.pk):
        assert [one.objects.count() for one in (SavedCube, Dashboard, Delivery)] == [1, 1, 0]
    browser.post("/standing/end/")
    assert "Ocean" in _everywhere(browser, board)


def test_who_acts_for_another_has_their_figures_until_it_ends(cast: Cast, board: Dashboard):
    now = timezone.now()
    with in_workspace(cast.xishan.pk), transaction.atomic():
        lent = delegate(
            member=cast.rep,
            to=cast.stranger,
            by=actor(cast.rep),
            starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(days=3),
        )
    browser = client_for(cast.stranger)
    assert "Water" not in _everywhere(browser, board)
    browser.post(f"/standing/for/{lent.pk}/")
    shown = _everywhere(browser, board)
    assert "Water" in shown
    assert "Ocean" not in shown
    browser.post("/analytics/deliveries/", POSTS[3][1])
    with in_workspace(cast.xishan.pk):
        assert {one.member_id for one in Delivery.objects.all()} <= {cast.rep.pk}  # never to who stood in
    browser.post("/standing/end/")
    assert "Water" not in _everywhere(browser, board)


def test_who_loses_a_shared_board_or_a_field_loses_it_on_paper_too(
    cast: Cast, board: Dashboard, mailoutbox: Any
):
    with in_workspace(cast.xishan.pk):
        address = f"/analytics/dashboards/{board.pk}/"
        schedule_delivery(address, every="day", hour=8, by=actor(cast.stranger))
    assert "Ocean" in _paper(client_for(cast.stranger), board)
    role = {"verbs": ["*"], "see": "all", "edit": "all", "fields": {"industry": "hidden"}}
    give_role(cast.stranger, {"company": role})
    stranger = client_for(cast.stranger)
    assert "Ocean" not in _paper(stranger, board)
    table = read_table(BytesIO(_content(stranger.get("/analytics/data/company.parquet"))))
    names = table.column_names
    assert "name" in names
    assert "industry" not in names
    with in_workspace(cast.xishan.pk):
        Dashboard.objects.filter(pk=board.pk).update(member=cast.admin)  # nobody else's any more
        Delivery.objects.update(next_at=timezone.now())
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}dashboard.pdf").status_code == 404
    with in_workspace(cast.xishan.pk):
        begin_turns(timezone.now())
        assert [send_turn(*one) for one in unsent_turns()] == [False]
    assert mailoutbox == []


def _everywhere(client: Any, board: Dashboard) -> str:
    """What the cube, the board, its panel and paper, its files, the table for other tools and the past say;
    files only where the role may take them out."""
    home = f"/analytics/dashboards/{board.pk}/"
    pages = [
        client.get(path)
        for path in (
            f"/analytics/cube/?{CUBE.query}",
            f"/analytics/cube/export.csv?{CUBE.query}",
            home,
            f"{home}panels/0/",
            "/analytics/data/company.csv",
            "/analytics/past/companies/",
        )
    ]
    files = [one for one in pages if "Content-Disposition" in one or one.status_code == 403]
    assert {one.status_code for one in pages if one not in files} == {200}
    return "\n".join(_content(one).decode() for one in pages) + _paper(client, board)


def _content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def _paper(client: Any, board: Dashboard) -> str:
    answer = client.get(f"/analytics/dashboards/{board.pk}/dashboard.pdf")
    document = pypdfium2.PdfDocument(answer.content)
    return "\n".join(page.get_textpage().get_text_range() for page in document)
