from django.urls import URLPattern, URLResolver, path

from guanxi.sales.deals import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/pipelines/", views.pipelines, name="pipelines"),
    path("settings/pipelines/<int:pipeline_id>/", views.pipeline),
    path("settings/stages/<int:stage_id>/", views.stage),
]
