from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.notifications import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/reading/", views.reading, name="notification_reading"),
    path("notifications/<int:pk>/", views.open_notification, name="notification"),
    path("settings/notifications/", views.choices, name="notification_choices"),
    path("settings/notifications/browsers/", views.browsers, name="notification_browsers"),
    path("push-worker.js", views.push_worker, name="push_worker"),
    path("<object:obj>/<int:record_id>/following/", views.follow, name="notification_follow"),
]
