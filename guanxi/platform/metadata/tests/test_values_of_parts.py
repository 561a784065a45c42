"""Names of persons, addresses and formatted text: through forms, lists, files, the API, history and undo."""

from __future__ import annotations

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.facts import facts_of
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Context, PersonName, RichText
from guanxi.platform.metadata.fields.markup import cleaned_markup, words_of_markup
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.exporting.tables import export_columns, export_lines
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


@pytest.fixture
def shaped(cast: Cast) -> Cast:
    with in_workspace(cast.xishan.pk):
        for kind, label in (("person", "Heir"), ("address", "Site"), ("rich_text", "Story")):
            add_field(object="company", type=kind, label=label, by=actor(cast.admin))
    return cast


def test_names_read_by_their_script_and_sort_by_pinyin(shaped: Cast):
    by = actor(shaped.rep)
    with in_workspace(shaped.xishan.pk):
        for heir in ("单雄信", "Rachel Tan", {"family": "欧阳", "given": "明远"}, "李明", "阿宝"):
            create_record(object="company", values={"name": "x", "heir": heir}, by=by)
        query = ListQuery(obj=registry.get("company"), columns=("name", "heir"), sort="heir")
        field = registry.get("company")["heir"]
        assert isinstance(field, PersonName)
        rows = list_records(query, by=by).rows
        assert [field.said(row.values["heir"]) for row in rows] == [
            "阿宝", "李明", "欧阳明远", "单雄信", "Rachel Tan",
        ]  # fmt: skip
        assert rows[2].values["heir"] == {"family": "欧阳", "given": "明远"}


def test_forms_send_parts_and_show_them_again(shaped: Cast):
    rep = client_for(shaped.rep)
    sent = {
        "name": "A",
        "heir-sent": "1", "heir-family": "王", "heir-given": "若溪",
        "site-sent": "1", "site-city": "杭州", "site-street": "文一西路 998 号",
        "story": "one\n\ntwo & <three",
    }  # fmt: skip
    made = rep.post("/companies/new/", sent)
    assert made.status_code == 302, made.content.decode()
    page = rep.get(made["Location"]).content.decode()
    for said in ("王若溪", "浙江省杭州市文一西路 998 号", "<p>one</p><p>two &amp; &lt;three</p>"):
        assert said in page, said
    form = rep.get(f"{made['Location']}edit/").content.decode()
    for said in ('value="若溪"', 'value="浙江省"', "&lt;p&gt;one&lt;/p&gt;"):
        assert said in form, said
    for name in ("heir", "site", "story"):
        assert rep.get(f"{made['Location']}fields/{name}/").status_code == 200
    listed = rep.get("/companies/?columns=name,heir,site,story").content.decode()
    assert "one two &amp; &lt;three" in listed
    offered = rep.get("/divisions/?of=site-&part=district&site-province=浙江&site-city=杭州").content.decode()
    assert '"余杭区"' in offered
    assert rep.get("/divisions/?of=site-&part=city&site-province=x&site-country=DE").content == b""


def test_programs_files_and_undo_know_them(shaped: Cast):
    program = Program(shaped.rep, EVERYTHING)
    made = program(
        "POST", "/companies", {"name": "A", "heir": "李明", "site": {"city": "Reno", "country": "US"}}
    ).json()
    assert made["heir"] == {"family": "李", "given": "明"}
    assert made["site"] == {"country": "US", "city": "Reno"}
    for wrong in (
        {"heir": 5},
        {"heir": {"family": ["x"]}},
        {"site": {"city": "x" * 300}},
        {"story": {"a": 1}},
    ):
        assert program("PATCH", f"/companies/{made['id']}", wrong).status_code == 422, wrong
    by = actor(shaped.rep)
    with in_workspace(shaped.xishan.pk):
        record = registry.get("company").rows().get(pk=made["id"])
        change_record(record, {"site": "广州市天河区", "story": "<p>a<script>x</script></p>"}, by=by)
        fact = facts_of("company", record.pk).last()
        assert fact is not None
        assert fact.changes["site"] == [
            {"country": "US", "city": "Reno"}, {"province": "广东省", "city": "广州市", "district": "天河区"},
        ]  # fmt: skip
        assert fact.changes["story"] == [None, "<p>a</p>"]
        query = ListQuery(obj=registry.get("company"), columns=("name", "heir", "site", "story"), sort="name")
        text = "".join(export_lines(query, by=actor(shaped.admin)))
        assert "李明" in text
        assert "天河区" in text
        assert any(one.header.startswith("Site") for one in export_columns(query.obj, ("site",)))
        undo_fact(fact.pk, by=by)
        record.refresh_from_db()
        assert registry.get("company")["site"].get(record) == {"country": "US", "city": "Reno"}
        assert "story" not in record.custom


def test_a_hidden_part_is_not_found_by_a_stranger(shaped: Cast):
    with in_workspace(shaped.xishan.pk):
        made = create_record(object="company", values={"name": "A", "heir": "李明"}, by=actor(shaped.rep))
    assert client_for(shaped.stranger).get(f"/companies/{made.pk}/fields/heir/").status_code == 404
    assert client_for(shaped.outsider).get(f"/companies/{made.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain\nlines\n\nnext", "<p>plain<br>lines</p><p>next</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("<p onclick=x()>hi</p>", "<p>hi</p>"),
        ('<a href="javascript:x()">y</a>', '<a rel="noopener noreferrer nofollow">y</a>'),
        ("<img src=x onerror=alert(1)>", ""),
        ("<style>p{}</style><b>x</b>", "<b>x</b>"),
        ("<p> </p><!-- c -->", ""),
    ],
)
def test_nothing_is_kept_that_could_act(given: str, kept: str):
    assert cleaned_markup(given) == kept
    assert cleaned_markup(kept) == kept


def test_words_of_markup_stand_apart():
    assert words_of_markup("<p>a</p><ul><li>b</li><li>c</li></ul>") == "a b c"


def test_a_text_that_is_too_long_is_refused():
    field = RichText(name="x", label=L("X"), max_length=10)
    with pytest.raises(ValueError, match="10"):
        field.clean("<p>far too long</p>", _context())


def _context() -> Context:
    from datetime import UTC, datetime

    return Context(workspace_id=1, now=datetime.now(UTC), zone=UTC)


@pytest.mark.parametrize(
    ("object", "field", "value", "part"),
    [
        ("company", "addresses", [{"city": ["x"]}], "city"),
        ("company", "addresses", [["x"]], "value"),
        ("company", "addresses", [True], "value"),
        ("contact", "phones", [["1"]], "value"),
        ("contact", "phones", {"number": ["1"]}, "number"),
        ("contact", "phones", [{"kind": {"a": 1}, "number": "13812345678"}], "kind"),
        ("contact", "emails", [{"email": {"a@b.example": 1}}], "email"),
        ("deal", "amount", {"sum": "1"}, "amount"),
    ],
)
def test_a_part_that_is_no_text_is_named_and_nothing_is_kept(
    cast: Cast, object: str, field: str, value: object, part: str
):
    admin = Program(cast.admin, ["*:read", "*:write"])
    answer = admin("POST", f"/{registry.get(object).plural}", {"name": "A", field: value})
    assert answer.status_code == 422, answer.content
    assert answer.json()["fields"][field][0]["code"] == "part"
    assert f"“{part}”" in answer.json()["fields"][field][0]["title"]


def test_numbers_are_texts_of_their_digits(cast: Cast):
    admin = Program(cast.admin, ["*:read", "*:write"])
    sent = {"name": "A", "phones": [13812345678], "addresses": [{"city": "Bremen", "postcode": 28195}]}
    made = admin("POST", "/companies", sent).json()
    assert made["phones"][0]["number"] == "+8613812345678"
    assert made["addresses"][0]["postcode"] == "28195"
