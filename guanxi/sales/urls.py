from django.urls import URLPattern, URLResolver, path

from guanxi.sales.deals import views
from guanxi.sales.numbering import views as numbering

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/numbers/", numbering.numbers, name="numbers"),
    path("settings/pipelines/", views.pipelines, name="pipelines"),
    path("settings/pipelines/<int:pipeline_id>/", views.pipeline),
    path("settings/stages/<int:stage_id>/", views.stage),
]
