from django.urls import path, re_path

from guanxi.api.openapi import views as openapi
from guanxi.api.rest import batches, files, roles, saved_views, shapes, shares
from guanxi.api.rest import views as rest

urlpatterns = [
    path("api/", openapi.try_it, name="api"),
    path("api/v1/openapi.json", openapi.description, name="openapi"),
    path("api/v1/trash", rest.trash),
    path("api/v1/shape", shapes.shape),
    path("api/v1/files", files.collection),
    path("api/v1/files/<int:file_id>", files.item),
    path("api/v1/roles", roles.roles),
    path("api/v1/roles/<int:role_id>", roles.role_item),
    path("api/v1/objects", shapes.objects),
    path("api/v1/objects/<slug:name>", shapes.object_item),
    path("api/v1/objects/<slug:name>/<slug:noun>", shapes.object_verb),
    path("api/v1/fields", shapes.fields),
    path("api/v1/fields/<int:field_id>", shapes.field_item),
    path("api/v1/fields/<int:field_id>/<slug:noun>", shapes.field_verb),
    path("api/v1/views", saved_views.views),
    path("api/v1/views/<int:view_id>", saved_views.view_item),
    path("api/v1/views/<int:view_id>/restoration", saved_views.view_restoration),
    path("api/v1/layouts/<slug:name>", saved_views.layout_item),
    path("api/v1/shares", shares.collection),
    path("api/v1/shares/<int:share_id>", shares.item),
    path("api/v1/batches", batches.batches),
    path("api/v1/batches/<int:batch_id>", batches.batch_item),
    path("api/v1/batches/<int:batch_id>/undoing", batches.batch_undoing),
    path("api/v1/rules", shapes.rules),
    path("api/v1/rules/<int:rule_id>", shapes.rule_item),
    path("api/v1/rules/<int:rule_id>/<slug:noun>", shapes.rule_verb),
    path("api/v1/<slug:plural>", rest.collection),
    path("api/v1/<slug:plural>/batch", rest.batch),
    path("api/v1/<slug:plural>/bulk", batches.bulk),
    path("api/v1/<slug:plural>/paste", batches.paste_cells),
    path("api/v1/<slug:plural>/summary", rest.summary),
    path("api/v1/<slug:plural>/<int:record_id>", rest.item),
    path("api/v1/<slug:plural>/<int:record_id>/facts", rest.history),
    path("api/v1/<slug:plural>/<int:record_id>/<slug:noun>", rest.verb),
    re_path(r"^api/v1/(?P<rest>.*)$", rest.unknown),
]
