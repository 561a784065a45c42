from guanxi.automation.today.models import Snooze

__all__ = ["Snooze"]
