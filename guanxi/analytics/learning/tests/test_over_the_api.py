"""Learned models by programs and on the command line: the verbs and the rights of the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from guanxi.analytics.learning.actions import add_learned
from guanxi.analytics.learning.models import Estimate, LearnedModel
from guanxi.analytics.learning.tests.past import decided_leads
from guanxi.api.tests.test_rest import Program
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, give_role

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
MODELS = "/learned-models"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.WAREHOUSE_DIR = tmp_path


def settled(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        settle()


@pytest.mark.slow
def test_a_program_trains_a_model_reads_how_good_it_is_and_goes_back_to_the_rules(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        decided_leads(actor(cast.rep))
    admin = Program(cast.admin, EVERYTHING)
    made = admin("POST", MODELS, {"kind": "chance", "object": "lead"})
    assert (made.status_code, made.json()["number"], made.json()["on_at"]) == (201, None, None), made.content
    here = f"{MODELS}/{made.json()['id']}"
    assert admin("POST", f"{here}/switching-on").status_code == 422, "it has learned nothing yet"
    asked = admin("POST", f"{here}/training")
    assert (asked.status_code, asked.json()["training"]["state"]) == (202, "ready")
    assert admin("POST", f"{here}/cancellation").json()["training"]["state"] == "cancelled"
    admin("POST", f"{here}/training")
    settled(cast)
    one = admin("GET", here).json()
    assert (one["number"], one["training"]["state"], one["last"]["outcome"]) == (1, "successful", "trained")
    version = admin("GET", f"{here}/versions").json()["data"][0]
    assert version["number"] == 1
    assert version["figures"]["auc"] > 0.6
    assert "source" in version["features"]
    assert admin("POST", f"{here}/switching-on").json()["on_at"]
    settled(cast)
    with in_workspace(cast.xishan.pk):
        key = Estimate.objects.filter(tier="high").values_list("record_id", flat=True)[0]
    asked_of = f"/learned-reasons?object=lead&record={key}"
    told = admin("GET", asked_of).json()["data"][0]
    assert (told["number"], told["class"]) == (1, "有潜力")
    assert told["value"].endswith("%")
    assert "Referral" in {each["value"] for each in told["reasons"]}
    high = admin("GET", "/leads?filter=chance_class = high").json()["data"]
    assert str(key) in {each["id"] for each in high}
    with in_workspace(cast.xishan.pk):
        hidden = {"fields": {"source": "hidden"}}
        give_role(cast.rep, {"*": {"see": "all"}, "lead": {"see": "all", **hidden}})
    assert "Referral" not in Program(cast.rep, EVERYTHING)("GET", asked_of).content.decode()
    assert Program(cast.outsider, EVERYTHING)("GET", asked_of).status_code == 404
    assert admin("PATCH", here, {"high": 70, "middle": 20, "schedule": "week"}).json()["high"] == 70
    assert admin("PATCH", here, {"high": 5, "middle": 9}).status_code == 422
    assert admin("PATCH", here, {"number": 7}).status_code == 422
    assert admin("POST", f"{here}/choice", {"number": 1}).status_code == 200
    assert admin("POST", f"{here}/choice", {"number": 9}).status_code == 404
    assert admin("POST", f"{here}/switching-off").json()["on_at"] is None
    settled(cast)
    with in_workspace(cast.xishan.pk):
        obj = registry.get("lead")
        assert not any(obj["chance"].get(one) for one in obj.rows())
    assert admin("DELETE", here).status_code == 204
    assert admin("GET", here).status_code == 404
    assert admin("GET", MODELS).json()["data"] == []


def test_members_narrow_tokens_and_outsiders_do_nothing_of_it(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        model = add_learned(kind="chance", object="lead", by=actor(cast.admin))
    here = f"{MODELS}/{model.pk}"
    narrow = Program(cast.admin, ["*:read", "lead:write"])
    people = [Program(one, EVERYTHING) for one in (cast.rep, cast.manager, cast.stranger, cast.observer)]
    outsider = Program(cast.outsider, EVERYTHING)
    for one, status in [*((each, 403) for each in (*people, narrow)), (outsider, 404)]:
        for path in (here, f"{here}/versions"):
            assert one("GET", path).status_code == status, path
        for verb in ("training", "cancellation", "switching-on", "switching-off"):
            assert one("POST", f"{here}/{verb}").status_code == status, verb
        assert one("POST", f"{here}/choice", {"number": 1}).status_code == status
        assert one("PATCH", here, {"schedule": "week"}).status_code == status
        assert one("DELETE", here).status_code == status
    for one in (*people, narrow):
        assert one("GET", MODELS).status_code == 403
        assert one("POST", MODELS, {"kind": "churn"}).status_code == 403
    assert outsider("GET", MODELS).json()["data"] == []
    with in_workspace(cast.xishan.pk):
        row = LearnedModel.objects.get()
        assert (row.pk, row.schedule, row.training_id) == (model.pk, "", None)


def test_what_makes_no_sense_is_said(cast: Cast) -> None:
    admin = Program(cast.admin, EVERYTHING)
    for sent in (
        {},
        {"kind": "luck"},
        {"kind": "chance", "object": "nothing"},
        {"kind": "churn", "came": "x ="},
    ):
        assert admin("POST", MODELS, sent).status_code == 422, sent
    for path in (f"{MODELS}/7", f"{MODELS}/{2**70}", "/learned-reasons?object=nothing&record=1"):
        assert admin("GET", path).status_code == 404, path
    assert admin("GET", "/learned-reasons?object=lead&record=1").status_code == 404


@pytest.mark.slow
def test_the_command_line_trains_switches_and_deletes(cast: Cast, capsys: Any) -> None:
    with in_workspace(cast.xishan.pk):
        decided_leads(actor(cast.rep))
    call_command("learned", "add", "chance", "--object", "lead", "--workspace", cast.xishan.slug)
    with in_workspace(cast.xishan.pk):
        key = LearnedModel.objects.get().pk

    def say(*words: str) -> str:
        call_command("learned", *words, "--workspace", cast.xishan.slug)
        said = capsys.readouterr().out
        settled(cast)
        return str(said)

    say("list")
    with pytest.raises(CommandError, match=r".+"):
        say("on", str(key))
    say("train", str(key))
    say("on", str(key))
    with in_workspace(cast.xishan.pk):
        assert Estimate.objects.filter(model=key, tier="high").exists()
    assert f"{key}  chance  lead.chance" in say("list")
    say("off", str(key))
    with in_workspace(cast.xishan.pk):
        assert LearnedModel.objects.get().on_at is None
    with pytest.raises(CommandError, match="refused"):
        call_command("learned", "off", str(key), "--workspace", cast.marlin.slug)
    assert say("delete", str(key)).strip() == "deleted"
    with in_workspace(cast.xishan.pk):
        assert not LearnedModel.objects.exists()
