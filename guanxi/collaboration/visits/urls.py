from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.visits import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/", views.visits, name="visits"),
    path("visits/policy/", views.policy, name="visit_policy"),
    path("activities/<int:pk>/arrival/", views.arrival, name="visit_arrival"),
    path("activities/<int:pk>/departure/", views.departure, name="visit_departure"),
    path("activities/<int:pk>/place/", views.place, name="visit_place"),
    path("<object:obj>/<int:record_id>/arrival/", views.arrival_at, name="visit_arrival_at"),
]
