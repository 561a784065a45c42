from django.urls import URLPattern, URLResolver, path

from guanxi.analytics.cube import views as cube

urlpatterns: list[URLPattern | URLResolver] = [
    path("analytics/cube/", cube.explore, name="cube"),
    path("analytics/cube/export.<str:form>", cube.export),
    path("analytics/cube/saved/", cube.keep),
    path("analytics/cube/saved/<int:cube_id>/deletion/", cube.forget),
]
