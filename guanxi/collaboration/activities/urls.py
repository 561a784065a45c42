from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.activities import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("activities/<int:pk>/completion/", views.complete, name="activity_completion"),
    path("activities/<int:pk>/reopening/", views.reopen, name="activity_reopening"),
    path("<object:obj>/<int:record_id>/activities/", views.write, name="activity_write"),
    path("<object:obj>/<int:record_id>/promise/", views.promise, name="activity_promise"),
    path("<object:obj>/<int:record_id>/letter/", views.letter, name="activity_letter"),
    path("<object:obj>/<int:record_id>/mentionable/", views.mentionable, name="activity_mentionable"),
    path("<object:obj>/<int:record_id>/upcoming/", views.upcoming, name="activity_upcoming"),
]
