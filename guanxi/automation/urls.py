from django.urls import path

from guanxi.automation.today import views

ROW = "today/<slug:rule>/<slug:object>/<int:record_id>"

urlpatterns = [
    path("", views.start, name="start"),
    path("today/", views.today, name="today"),
    path("today/why/", views.why, name="why"),
    path(f"{ROW}/more/", views.more),
    path(f"{ROW}/done/", views.done),
    path(f"{ROW}/later/", views.later),
    path(f"{ROW}/wake/", views.wake),
]
