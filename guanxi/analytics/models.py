from guanxi.analytics.cube.models import SavedCube
from guanxi.analytics.insights.models import Remedy

__all__ = ["Remedy", "SavedCube"]
