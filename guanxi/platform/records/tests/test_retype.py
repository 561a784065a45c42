"""Another type for a field: the preview says what happens, a job does it, and it can be taken back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.models import OwnField, Retyping
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.metadata.versions import StaleVersion
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.retyping import (
    forget_old_values,
    go_on,
    leave_type,
    preview_retype,
    restore_type,
    retype_field,
    write_retyped,
)
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
WORDS = ("12", "12.5", "1,200", "many", None, "7")


def filled(cast: Cast) -> tuple[OwnField, list[Any]]:
    row = add_field(object="company", type="text", label="Size", by=actor(cast.admin))
    made = [
        create_record(object="company", values={"name": f"C{at}", "size": word}, by=actor(cast.rep))
        for at, word in enumerate(WORDS)
    ]
    return row, made


def values(made: list[Any]) -> list[Any]:
    field = registry.get("company")["size"]
    for one in made:
        one.refresh_from_db()
    return [field.get(one) for one in made]


def test_text_becomes_a_number_and_text_again(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row, made = filled(cast)
        seen = preview_retype(row.pk, "decimal", by=by)
        assert dict(seen.counts) == {"kept": 3, "changed": 1, "lost": 1}
        assert seen.samples["lost"] == [("many", "")]
        assert seen.samples["changed"] == [("1,200", "1200")]
        change = retype_field(row.pk, "decimal", by=by, version=1)
        assert values(made)[0] == "12", "until the job is done nothing is different"
        with pytest.raises(InvalidValues):
            retype_field(row.pk, "date", by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert values(made) == [Decimal(12), Decimal("12.5"), Decimal(1200), None, None, Decimal(7)]
        fact = Fact.objects.get(object="field", verb="retyped")
        assert fact.data["counts"] == {"kept": 3, "changed": 1, "lost": 1}
        query = ListQuery(
            obj=registry.get("company"), columns=("size",), filter=parse_filter("size > 10"), sort="-size"
        )
        assert list_records(query, by=by).rows[0].values["size"] == Decimal(1200)
        write_retyped.func(retyping_id=str(change.pk))  # a worker that comes late changes nothing
        change_record(made[0], {"size": "13"}, by=by)
        restore_type(row.pk, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert values(made) == ["13", "12.5", "1,200", "many", None, "7"]
        assert OwnField.objects.get(pk=row.pk).type == "text"
        with pytest.raises(Refused):
            restore_type(row.pk, by=by)
    assert client_for(cast.rep).get(f"/companies/{made[0].pk}/changes/").status_code == 200


def test_the_page_says_what_becomes_of_values_and_rules_and_how_long_there_is_a_way_back(cast: Cast):
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        row = add_field(object="company", type="text", label="Size", unique=True, default="9", by=by)
        create_record(object="company", values={"name": "A", "size": "many"}, by=actor(cast.rep))
    page, browser = f"/settings/objects/company/{row.pk}/type/", client_for(cast.admin)
    seen = browser.get(page, {"type": "integer"}).text
    for words in ("字段会变空", "两条记录可以有相同的值", "不再有默认值", "现在的值保留 30 天"):
        assert words in seen, words
    browser.post(page, {"do": "retype", "type": "integer", "version": row.version})
    run_pending_jobs()
    after = browser.get(page).text
    assert "之前是“文本”" in after
    assert "恢复为“文本”" in after
    assert "两条记录可以有相同的值" not in browser.get(page, {"type": "decimal"}).text


def test_what_a_type_makes_of_the_values(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for type, given, to, want in (
            ("text", "2026-02-03", "date", date(2026, 2, 3)),
            ("decimal", "12.6", "integer", 13),
            ("text", "Gold", "choice", "gold"),
            ("boolean", True, "text", "yes"),
            ("money", {"amount": "12.5", "currency": "USD"}, "decimal", Decimal("12.5")),
            ("date", "2026-02-03", "text", "2026-02-03"),
        ):
            row = add_field(object="company", type=type, label="Some", by=by)
            made = create_record(object="company", values={"name": "A", row.name: given}, by=by)
            retype_field(row.pk, to, by=by)
            run_pending_jobs()
            made.refresh_from_db()
            assert registry.get("company")[row.name].get(made) == want, (type, to)


def test_old_values_go_after_30_days(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row, made = filled(cast)
        retype_field(row.pk, "integer", by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        made[3].refresh_from_db()
        assert made[3].custom == {"size": "many"}
        Retyping.objects.update(done_at=timezone.now() - timedelta(days=31))
        with pytest.raises(Refused):
            restore_type(row.pk, by=by)
        forget_old_values()
        made[3].refresh_from_db()
        assert made[3].custom == {}
        assert values(made)[0] == 12


def test_a_worker_that_died_in_the_middle_is_followed_by_one_that_goes_on(cast: Cast, monkeypatch: Any):
    by = actor(cast.admin)

    def killed(*_args: Any) -> None:
        raise SystemExit

    with in_workspace(cast.xishan.pk):
        row, made = filled(cast)
        change = retype_field(row.pk, "decimal", by=by, version=1)
        with monkeypatch.context() as fault:
            fault.setattr("guanxi.platform.records.retyping._finish", killed)
            with pytest.raises(SystemExit):
                write_retyped.func(retyping_id=str(change.pk))
        assert values(made) == list(WORDS), "nobody sees half of it"
        made[5] = change_record(made[5], {"size": "8"}, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert values(made) == [Decimal(12), Decimal("12.5"), Decimal(1200), None, None, Decimal(8)]


def test_old_values_stay_while_a_younger_change_needs_them(cast: Cast):
    by = actor(cast.admin)
    long_ago = timezone.now() - timedelta(days=31)
    with in_workspace(cast.xishan.pk):
        row, made = filled(cast)
        retype_field(row.pk, "integer", by=by)
        leave_type(row.pk, by=by)
        Retyping.objects.update(done_at=long_ago)
        retype_field(row.pk, "decimal", by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        forget_old_values()
        restore_type(row.pk, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert values(made) == list(WORDS)


def test_what_is_under_way_can_be_left_and_the_way_back_before_it_stays(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row, made = filled(cast)
        retype_field(row.pk, "integer", by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        change = retype_field(row.pk, "long_text", by=by)
        with pytest.raises(Refused):
            leave_type(row.pk, by=actor(cast.rep))
    admin, page = client_for(cast.admin), f"/settings/objects/company/{row.pk}/type/"
    assert 'value="leave"' in admin.get(page).content.decode()
    assert admin.post(page, {"do": "leave"}).status_code == 302
    with in_workspace(cast.xishan.pk):
        write_retyped.func(retyping_id=str(change.pk))  # whoever has it already changes nothing
        assert OwnField.objects.get(pk=row.pk).type == "integer"
        with pytest.raises(Refused):
            leave_type(row.pk, by=by)
        restore_type(row.pk, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert values(made) == list(WORDS)


def test_a_field_is_unique_again_only_where_no_two_records_have_the_same(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row = add_field(object="company", type="text", label="Size", unique=True, by=by)
        create_record(object="company", values={"name": "A", "size": "S-1"}, by=by)
        retype_field(row.pk, "long_text", by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        second = create_record(object="company", values={"name": "B", "size": "S-1"}, by=by)
        with pytest.raises(InvalidValues) as refused:
            restore_type(row.pk, by=by)
        assert "× 2" in str(refused.value.errors["unique"][0])
        change_record(second, {"size": "S-2"}, by=by)
        restore_type(row.pk, by=by)
        change_record(second, {"size": "S-1"}, by=by)  # while the job is still to come
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        row.refresh_from_db()
        assert (row.type, row.unique) == ("text", False)


def test_what_no_worker_has_is_given_to_one_again(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row, made = filled(cast)
        retype_field(row.pk, "integer", by=by)
        assert go_on() == 0
        Job.objects.all().delete()  # as in a copy of the workspace
        assert go_on() == 1
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert values(made)[0] == 12
        assert go_on() == 0


def test_who_may_and_what_stands_in_the_way(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row, _made = filled(cast)
        with pytest.raises(Refused):
            preview_retype(row.pk, "integer", by=actor(cast.rep))
        with pytest.raises(StaleVersion):
            retype_field(row.pk, "integer", by=by, version=7)
        for type in ("link", "formula", "text", "nonsense"):
            with pytest.raises(InvalidValues):
                retype_field(row.pk, type, by=by)
        add_field(object="company", type="formula", label="F", settings={"formula": "len(size)"}, by=by)
        with pytest.raises(InvalidValues):
            retype_field(row.pk, "integer", by=by)
    with in_workspace(cast.marlin.pk), pytest.raises(NotFound):
        retype_field(row.pk, "integer", by=actor(cast.outsider))
    page = f"/settings/objects/company/{row.pk}/type/"
    assert client_for(cast.rep).get(page).status_code == 403
    assert client_for(cast.outsider).get(page).status_code == 404
    admin = client_for(cast.admin)
    assert admin.get(page).status_code == 200
    assert "many" in admin.get(page + "?type=long_text").content.decode()
    assert admin.post(page, {"type": "long_text", "version": "1"}).status_code == 302
    assert admin.get(page).status_code == 200
    run_pending_jobs()
    assert admin.post(page, {"do": "back"}).status_code == 302
