from django.urls import URLPattern, URLResolver, path

from guanxi.analytics.cube import views as cube
from guanxi.analytics.dashboards import views as dashboards
from guanxi.analytics.insights import views as insights
from guanxi.analytics.learning import views as learning
from guanxi.analytics.past import views as past
from guanxi.analytics.questions import views as questions
from guanxi.analytics.semantic import views as semantic
from guanxi.analytics.warehouse import doors as data
from guanxi.analytics.warehouse import operation

urlpatterns: list[URLPattern | URLResolver] = [
    path("analytics/cube/", cube.explore, name="cube"),
    path("analytics/cube/cell/", cube.cell),
    path("analytics/cube/change/", cube.change),
    path("analytics/cube/export.<str:form>", cube.export),
    path("analytics/cube/saved/", cube.keep),
    path("analytics/cube/saved/<int:cube_id>/deletion/", cube.forget),
    path("analytics/past/<slug:plural>/", past.past),
    path("analytics/data/", data.tables),
    path("analytics/data/<slug:name>.<str:form>", data.table),
    path("analytics/dashboards/", dashboards.index, name="dashboards"),
    path("analytics/dashboards/panels/", dashboards.put),
    path("analytics/dashboards/home/<slug:key>/", dashboards.home),
    path("analytics/dashboards/home/<slug:key>/dashboard.pdf", dashboards.home_pdf),
    path("analytics/dashboards/home/<slug:key>/panels/<int:place>/", dashboards.home_panel),
    path("analytics/dashboards/<int:dashboard_id>/", dashboards.dashboard),
    path("analytics/dashboards/<int:dashboard_id>/dashboard.pdf", dashboards.dashboard_pdf),
    path("analytics/dashboards/<int:dashboard_id>/change/", dashboards.change),
    path("analytics/dashboards/<int:dashboard_id>/deletion/", dashboards.delete),
    path("analytics/dashboards/<int:dashboard_id>/panels/<int:place>/", dashboards.dashboard_panel),
    path("analytics/dashboards/<int:dashboard_id>/panels/<int:key>/<slug:noun>/", dashboards.arrange),
    path("analytics/deliveries/", dashboards.deliveries),
    path("analytics/deliveries/<int:delivery_id>/deletion/", dashboards.end),
    path("analytics/warehouse/", operation.state),
    path("analytics/deliveries/<int:delivery_id>/turn/", dashboards.again),
    path("settings/metrics/", semantic.settings),
    path("analytics/questions/", questions.question),
    path("analytics/insights/", insights.index),
    path("analytics/insights/remedies/<int:remedy_id>/end/", insights.end),
    path("settings/learned/", learning.index, name="learned"),
    path("settings/learned/<int:model_id>/", learning.model),
    path("settings/learned/<int:model_id>/on/", learning.on),
    path("settings/learned/<int:model_id>/off/", learning.off),
    path("settings/learned/<int:model_id>/progress/", learning.progress),
    path("settings/learned/<int:model_id>/cancel/", learning.stop),
    path("settings/learned/<int:model_id>/versions/<int:number>/", learning.version),
    path("analytics/insights/<slug:name>/", insights.insight),
]
