from importlib import import_module

from django.apps import AppConfig


class CollaborationConfig(AppConfig):
    name = "guanxi.collaboration"
    label = "collaboration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("guanxi.collaboration.timeline.pulses")  # answers for the pulses of records
