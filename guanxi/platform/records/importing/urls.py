from django.urls import path

from guanxi.platform.records.importing import pages, schedule_pages

urlpatterns = [
    path("", pages.start, name="import"),
    path("schedules/<int:schedule_id>/", schedule_pages.schedule),
    path("schedules/<int:schedule_id>/pause/", schedule_pages.pause),
    path("schedules/<int:schedule_id>/now/", schedule_pages.now),
    path("schedules/<int:schedule_id>/delete/", schedule_pages.delete),
    path("<int:import_id>/", pages.result),
    path("<int:import_id>/schedule/", schedule_pages.new),
    path("<int:import_id>/columns/", pages.columns),
    path("<int:import_id>/columns/<int:file_id>/", pages.columns),
    path("<int:import_id>/check/", pages.check),
    path("<int:import_id>/run/", pages.run),
    path("<int:import_id>/progress/", pages.progress),
    path("<int:import_id>/cancel/", pages.stop),
    path("<int:import_id>/undo/", pages.undo),
    path("<int:import_id>/files/<int:file_id>/rejected.csv", pages.rejected),
]
