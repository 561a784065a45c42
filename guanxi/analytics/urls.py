from django.urls import URLPattern, URLResolver, path

from guanxi.analytics.cube import views as cube
from guanxi.analytics.insights import views as insights
from guanxi.analytics.warehouse import doors as data

urlpatterns: list[URLPattern | URLResolver] = [
    path("analytics/cube/", cube.explore, name="cube"),
    path("analytics/cube/export.<str:form>", cube.export),
    path("analytics/cube/saved/", cube.keep),
    path("analytics/cube/saved/<int:cube_id>/deletion/", cube.forget),
    path("analytics/data/", data.tables),
    path("analytics/data/<slug:name>.<str:form>", data.table),
    path("analytics/insights/", insights.index),
    path("analytics/insights/remedies/<int:remedy_id>/end/", insights.end),
    path("analytics/insights/<slug:name>/", insights.insight),
]
