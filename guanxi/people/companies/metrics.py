from guanxi.analytics import roles
from guanxi.analytics.dashboards.homes import offer
from guanxi.analytics.dashboards.panels import Panel
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

NEW_COMPANIES = declare(
    Metric(
        name="new_companies",
        label=L("New companies", "新增客户", "新增客戶"),
        object="company",
        date="created_at",
        filter="role in (prospect, customer, partner, distributor)",
        order=35,
    )
)
CLIENTS = roles.declare(
    roles.Client(
        object="company", industry="industry", regions=("country", "province", "city"), size="revenue"
    )
)

offer(
    "marketing",
    Panel(("object=company&rows=industry&measures=metric:new_companies&date=created_at",), width=6),
    order=50,
)
