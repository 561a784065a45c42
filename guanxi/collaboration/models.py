from guanxi.collaboration.activities.models import Activity

__all__ = ["Activity"]
