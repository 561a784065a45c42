from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.attachments import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("<object:obj>/<int:record_id>/attachments/", views.attach, name="attach"),
    path("files/<int:pk>/", views.download, name="file"),
    path("files/<int:pk>/preview/", views.preview, name="file_preview"),
    path("files/<int:pk>/look/", views.look, name="file_look"),
    path("files/<int:pk>/restoration/", views.restore, name="file_restoration"),
    path("files/<int:pk>/renaming/", views.rename, name="file_renaming"),
    path("files/<int:pk>/removal/", views.remove, name="file_removal"),
    path("files/<int:pk>/return/", views.put_back, name="file_return"),
]
