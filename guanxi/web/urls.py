from django.urls import URLPattern, URLResolver, path

from guanxi.web import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("more/", views.more, name="more"),
    path("keys/", views.keys, name="keys"),
    path("navigation/", views.navigation, name="navigation"),
    path("gallery/", views.gallery, name="gallery"),
]
