import json

from django.test import Client

from guanxi.automation.workflows.actions import add_workflow, renew_hook, switch_off
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

RECIPE = {
    "when": {"kind": "webhook", "match": {"field": "external_id", "path": "order.firm"}},
    "steps": [{"do": "change", "values": {"industry": "Ordered {payload.order.total}"}}],
}


def test_another_system_starts_a_run_about_the_record_that_it_names(cast):
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        one = create_record(
            object="company", values={"name": "Qinghe", "external_id": "F-7"}, by=actor(cast.rep)
        )
        row = add_workflow(object="company", title="Orders", recipe=RECIPE, by=admin, on=True)
        secret = renew_hook(row.pk, by=admin)
        settle()
    client = Client(enforce_csrf_checks=True)

    def send(body, address=secret, **headers):
        raw = body if isinstance(body, str) else json.dumps(body)
        return client.post(f"/hooks/{address}/", raw, content_type="application/json", headers=headers)

    order = {"order": {"firm": "F-7", "total": 1200}}
    assert send(order, **{"Idempotency-Key": "a"}).status_code == 202
    assert send(order, **{"Idempotency-Key": "a"}).json()["again"]
    assert send({"order": {"firm": "nobody"}}).status_code == 422
    assert send("{", secret).status_code == 400
    assert send(order, secret[:-1] + "!").status_code == 404
    assert send(order, secret[:-1] + ("a" if secret[-1] != "a" else "b")).status_code == 404
    assert send("x" * 300_000, secret).status_code == 413
    pieces = send("", secret, **{"Transfer-Encoding": "chunked"})
    assert (pieces.status_code, pieces.json()["code"]) == (411, "length")
    assert client.get(f"/hooks/{secret}/").status_code == 405
    with in_workspace(cast.xishan.pk):
        settle()
        assert Run.objects.count() == 1
        assert registry.get("company").rows().get(pk=one.pk).industry == "Ordered 1200"
        old, secret = secret, renew_hook(row.pk, by=admin)
        assert send(order, old).status_code == 404
        switch_off(row.pk, by=admin)
        assert send(order, secret).status_code == 404
