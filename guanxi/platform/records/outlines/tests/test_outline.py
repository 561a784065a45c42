"""A workspace's own outline: given by page, API and command, drawn under records; hostile files refused."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.positions import Position
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.outlines.drawing import Projection
from guanxi.platform.records.outlines.models import Outline
from guanxi.platform.records.outlines.reading import KEPT_POINTS, UNITS, read_outline
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, actor, client_for


def square(west: float, south: float, size: float = 4.0) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def area(name: Any, ring: list[list[float]]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name, "adcode": 330000},
        "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
    }


def collection(*areas: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(areas)}


TWO = collection(area("浙江省", square(118, 27)), area("江苏省", square(117, 31.5)))


def upload(who: Any, data: bytes | str, source: str = "GS(2026)0001"):
    raw = data.encode() if isinstance(data, str) else data
    file = SimpleUploadedFile("china.geojson", raw)
    return client_for(who).post("/settings/map/", {"file": file, "source": source})


def refused(data: bytes | str) -> str:
    with pytest.raises(InvalidValues) as problem:
        read_outline(data.encode() if isinstance(data, str) else data)
    (said,) = problem.value.errors["file"]
    assert said.message
    return said.code


def ring_of(*points: Any) -> str:
    said = json.dumps(collection(area("x", square(0, 0))))
    return said.replace(json.dumps(square(0, 0)), json.dumps(points))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "json"),
        ("[" * 200_000, "shape"),
        ('{"type": "FeatureCollection", "features": [' + '{"a":' * 100_000, "json"),
        (json.dumps(collection(area("x", square(0, 0)))).replace("0, 0", "NaN, 0"), "json"),
        (json.dumps(collection(area("x", square(0, 0)))).replace("0, 0", "1e999, 0"), "shape"),
        (json.dumps(collection()), "empty"),
        (json.dumps({"type": "Topology", "arcs": []}), "shape"),
        (json.dumps({"type": "FeatureCollection"}), "shape"),
        (ring_of([0, 0], [1, 1], [0, 0]), "ring"),
        (ring_of(["0", "0"], [1, 1], [2, 2], [0, 0]), "shape"),
        (ring_of([0], [1, 1], [2, 2], [0, 0]), "shape"),
        (ring_of([13_500_000, 3_600_000], [1, 1], [2, 2], [0, 0]), "degrees"),
        (ring_of([0, 0], [0, 0], [0, 0], [0, 0]), "flat"),
        (json.dumps({"type": "FeatureCollection", "features": [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}]}), "shape"),
        (json.dumps(collection(*[area("x", square(0, 0))] * 2_001)), "many"),
        (b"\x1f\x8b" + b"x" * 100, "packed"),
        (b"\xff\xfe{\x00", "json"),
        (b" " * ((20 << 20) + 1), "large"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_in_words(data, code):
    assert refused(data) == code


def test_a_zip_is_not_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b"0" * 10_000_000)
    assert refused(packed.getvalue()) == "packed"


def test_names_are_plain_text_of_one_line():
    names: list[Any] = ["<script>alert(1)</script>", "a\u0000b\u202e\nc", "x" * 500, {"deep": []}, None, 7]
    found = read_outline(json.dumps(collection(*(area(one, square(0, 0)) for one in names))).encode())
    assert [one["name"] for one in found.shapes] == [
        "<script>alert(1)</script>", "a b c", "x" * 80, "", "", "",
    ]  # fmt: skip


def test_fine_lines_are_thinned_to_what_a_screen_shows():
    edge = [[at / 20_000, (at % 7) / 40_000] for at in range(100_000)]
    found = read_outline(
        json.dumps(collection(area("x", [*edge, [5, 4], [0, 4], [0, 0]]), area("y", square(0, 0)))).encode()
    )
    points = sum(len(ring) // 2 for one in found.shapes for ring in one["rings"])
    assert points <= KEPT_POINTS
    assert found.bounds == [0, 0, 5 * UNITS, 4 * UNITS]
    assert [one["name"] for one in found.shapes] == ["x", "y"]


@given(st.floats(-179, 170), st.floats(-85, 80), st.floats(0.05, 9), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_whatever_lies_within_the_areas_lies_on_the_drawing(west, south, size, right, up):
    bounds = read_outline(
        json.dumps(collection(area("x", square(west, south, min(size, 89 - south))))).encode()
    ).bounds
    projection = Projection.of(bounds)
    inner = Position(
        latitude=(bounds[1] + up * (bounds[3] - bounds[1])) / UNITS,
        longitude=(bounds[0] + right * (bounds[2] - bounds[0])) / UNITS,
    )
    spot = projection.spot(inner)
    assert spot is not None or 0 in (right, up) or 1 in (right, up)
    assert projection.spot(Position(inner.latitude, bounds[2] / UNITS + 5)) is None


@pytest.mark.django_db
def test_an_administrator_gives_an_outline_and_lists_are_drawn_on_it(cast: Cast):
    with in_workspace(cast.xishan.pk):
        for name, province, position in (
            ("West Lake", "浙江", "29.5,119.9"),
            ("Harbour", "浙江省", None),
            ("Far away", "广东省", "10,10"),
        ):
            values = {
                "name": name,
                "addresses": [{"country": "CN", "province": province}],
                "position": position,
            }
            create_record(object="company", values=values, by=actor(cast.rep))
        create_record(
            object="company", values={"name": "Hidden", "position": "29.6,119.8"}, by=actor(cast.stranger)
        )
    rep = client_for(cast.rep)
    assert 'class="tiles"' in rep.get("/companies/?layout=map").content.decode()
    evil = area("<script>alert(1)</script>", square(110, 20))
    assert upload(cast.admin, json.dumps(collection(*TWO["features"], evil))).status_code == 302
    page = rep.get("/companies/?layout=map").content.decode()
    assert 'class="tiles"' not in page
    svg = page[page.index("outline-map") :].split("</svg>")[0]
    assert (svg.count("<path"), svg.count("<circle")) == (3, 1)
    assert "West Lake" in page
    assert "Hidden" not in page
    assert "<script>alert(1)" not in page
    assert "GS(2026)0001" in page
    assert "province" in page.split("浙江省 · 2")[0].rsplit("<a ", 1)[1]
    assert 'style="' not in svg
    shown = client_for(cast.admin).get("/settings/map/").content.decode()
    assert shown[shown.index("outline-map") :].split("</svg>")[0].count("<path") == 3
    assert client_for(cast.admin).post("/settings/map/removal/").status_code == 302
    assert 'class="tiles"' in rep.get("/companies/?layout=map").content.decode()
    with in_workspace(cast.xishan.pk):
        names = list(Fact.objects.filter(object="outline").order_by("pk").values_list("verb", flat=True))
    assert names == ["set", "removed"]


@pytest.mark.django_db
def test_what_is_wrong_is_said_on_the_page_and_the_outline_before_stays(cast: Cast):
    upload(cast.admin, json.dumps(TWO))
    broken = upload(cast.admin, "{nothing")
    assert broken.status_code == 422
    assert "GS(2026)0001" in broken.content.decode()
    assert upload(cast.admin, json.dumps(TWO), source=" ").status_code == 422
    assert client_for(cast.admin).post("/settings/map/", {"source": "x"}).status_code == 422
    with in_workspace(cast.xishan.pk):
        assert len(Outline.objects.get().shapes) == 2


@pytest.mark.django_db
def test_only_administrators_give_it_and_no_other_workspace_sees_it(cast: Cast):
    for who in (cast.rep, cast.manager, cast.stranger):
        assert upload(who, json.dumps(TWO)).status_code == 403
        assert client_for(who).get("/settings/map/").status_code == 403
        assert client_for(who).post("/settings/map/removal/").status_code == 403
    upload(cast.admin, json.dumps(TWO))
    with in_workspace(cast.marlin.pk):
        assert not Outline.objects.exists()
    assert "outline-map" not in client_for(cast.outsider).get("/companies/?layout=map").content.decode()


@pytest.mark.django_db
def test_programs_set_read_and_remove_it(cast: Cast):
    program = Program(cast.admin, ["*:read", "*:write"])
    sent = {"name": "Two", "source": "CC0", "geojson": TWO}
    assert program("PUT", "/map-outline", sent).status_code == 200
    told = program("GET", "/map-outline").json()
    assert (told["source"], len(told["geojson"]["features"])) == ("CC0", 2)
    again = program("PUT", "/map-outline", told).json()
    assert again["geojson"] == told["geojson"]
    assert program("PUT", "/map-outline", {**sent, "geojson": {"type": "Topology"}}).status_code == 422
    for other in (
        Program(cast.rep, ["*:read", "*:write"]),
        Program(cast.admin, ["company:read"]),
    ):
        for method in ("GET", "PUT", "DELETE"):
            body = sent if method == "PUT" else None
            assert other(method, "/map-outline", body).status_code in (403, 404)
    assert Program(cast.outsider, ["*:read", "*:write"])("GET", "/map-outline").status_code == 404
    assert program("DELETE", "/map-outline").status_code == 204
    assert program("GET", "/map-outline").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_command_sets_writes_and_removes_it(cast: Cast, tmp_path):
    file, back = tmp_path / "two.geojson", tmp_path / "back.geojson"
    file.write_text(json.dumps(TWO))
    asked = ["--workspace", cast.xishan.slug]
    call_command("map-outline", "set", str(file), *asked, "--source", "CC0")
    call_command("map-outline", "write", str(back), *asked)
    assert [one["properties"]["name"] for one in json.loads(back.read_text())["features"]] == [
        "浙江省",
        "江苏省",
    ]
    with pytest.raises(CommandError):
        call_command("map-outline", "set", str(file), *asked)
    call_command("map-outline", "remove", *asked)
    with in_workspace(cast.xishan.pk), reading():
        assert not Outline.objects.exists()
