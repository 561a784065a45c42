from django.urls import path

from guanxi.platform.records.importing import pages

urlpatterns = [
    path("", pages.start, name="import"),
    path("<int:import_id>/", pages.result),
    path("<int:import_id>/columns/", pages.columns),
    path("<int:import_id>/columns/<int:file_id>/", pages.columns),
    path("<int:import_id>/check/", pages.check),
    path("<int:import_id>/run/", pages.run),
    path("<int:import_id>/progress/", pages.progress),
    path("<int:import_id>/cancel/", pages.stop),
    path("<int:import_id>/undo/", pages.undo),
    path("<int:import_id>/files/<int:file_id>/rejected.csv", pages.rejected),
]
