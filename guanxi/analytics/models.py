from guanxi.analytics.cube.models import SavedCube
from guanxi.analytics.dashboards.models import Dashboard, Delivery
from guanxi.analytics.insights.models import Remedy
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion

__all__ = [
    "Dashboard",
    "Delivery",
    "Estimate",
    "LearnedModel",
    "ModelVersion",
    "Remedy",
    "SavedCube",
]
