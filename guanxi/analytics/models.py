from guanxi.analytics.cube.models import SavedCube

__all__ = ["SavedCube"]
