from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.calendar import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/<int:pk>/moving/", views.move, name="calendar_move"),
]
