from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.timeline import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("<object:obj>/<int:record_id>/timeline/entries/", views.entries, name="timeline_entries"),
    path("<object:obj>/<int:record_id>/pulse/", views.pulse, name="timeline_pulse"),
]
