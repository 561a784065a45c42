from django.urls import URLPattern, URLResolver, include, path

from guanxi.platform.records.pages import (
    archiving,
    board,
    bulk,
    editing,
    exports,
    forms,
    lists,
    records,
    view_verbs,
)
from guanxi.platform.records.search.views import search_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("search/", search_page, name="search"),
    path("import/", include("guanxi.platform.records.importing.urls")),
    path("undo/<int:fact_id>/", archiving.undo),
    path("undo/batch/<int:batch>/", archiving.undo_many),
    path("<object:obj>/", lists.list_page, name="list"),
    path("<object:obj>/export.<str:form>", exports.export),
    path("<object:obj>/views/", view_verbs.add),
    path("<object:obj>/views/<int:view_id>/", view_verbs.change),
    path("<object:obj>/views/<int:view_id>/removal/", view_verbs.remove),
    path("<object:obj>/bulk/assign/", bulk.assign),
    path("<object:obj>/bulk/tag/", bulk.tag),
    path("<object:obj>/bulk/archive/", bulk.archive),
    path("<object:obj>/bulk/restore/", bulk.restore),
    path("<object:obj>/new/", forms.new),
    path("<object:obj>/find/", forms.find),
    path("<object:obj>/board/", board.board_page),
    path("<object:obj>/<int:record_id>/", records.record_page, name="record"),
    path("<object:obj>/<int:record_id>/peek/", records.peek),
    path("<object:obj>/<int:record_id>/edit/", forms.edit),
    path("<object:obj>/<int:record_id>/fields/<slug:name>/", editing.edit_field),
    path("<object:obj>/<int:record_id>/cells/<slug:name>/", editing.edit_field, {"shape": "cells"}),
    path("<object:obj>/<int:record_id>/lane/", board.move),
    path("<object:obj>/<int:record_id>/archive/", archiving.archive),
    path("<object:obj>/<int:record_id>/restore/", archiving.restore),
    path("<object:obj>/<int:record_id>/panels/<slug:place>/<slug:name>/", records.panel),
    path("<object:obj>/<int:record_id>/<slug:tab>/", records.record_page),
]
