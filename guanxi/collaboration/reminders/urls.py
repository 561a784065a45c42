from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.reminders import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("<object:obj>/<int:record_id>/reminders/", views.remind, name="remind"),
]
