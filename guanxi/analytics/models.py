from guanxi.analytics.cube.models import SavedCube
from guanxi.analytics.dashboards.models import Dashboard, Delivery
from guanxi.analytics.insights.models import Remedy

__all__ = ["Dashboard", "Delivery", "Remedy", "SavedCube"]
