import pytest
from django.apps.registry import apps
from django.db import connection, models
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState

from guanxi.platform.tenancy.operations import CreateModels


@pytest.mark.django_db(transaction=True)
def test_several_tables_are_made_and_dropped_by_one_operation():
    link = models.ForeignKey("tenancy.Parent", models.CASCADE)
    operation = CreateModels(
        CreateModel("Parent", [("id", models.BigAutoField(primary_key=True))]),
        CreateModel("Child", [("id", models.BigAutoField(primary_key=True)), ("parent", link)]),
    )
    before = ProjectState.from_apps(apps)
    assert before.apps.get_model("tenancy", "Workspace")  # drawn: the operation has to have it drawn anew
    after = before.clone()
    operation.state_forwards("tenancy", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("tenancy", editor, before, after)
    made = after.apps.get_model("tenancy", "Parent").objects.create()
    child = after.apps.get_model("tenancy", "Child").objects.create(parent=made)
    assert child.parent.pk == made.pk
    with connection.schema_editor() as editor:
        operation.database_backwards("tenancy", editor, after, before)
    assert not {"tenancy_parent", "tenancy_child"} & set(connection.introspection.table_names())
