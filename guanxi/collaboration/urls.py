from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("guanxi.collaboration.visits.urls")),
    path("", include("guanxi.collaboration.reminders.urls")),
    path("", include("guanxi.collaboration.reports.urls")),
    path("", include("guanxi.collaboration.activities.urls")),
    path("", include("guanxi.collaboration.timeline.urls")),
    path("", include("guanxi.collaboration.calendar.urls")),
    path("", include("guanxi.collaboration.notifications.urls")),
    path("", include("guanxi.collaboration.attachments.urls")),
    path("", include("guanxi.collaboration.clashes.urls")),
]
