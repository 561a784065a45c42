from django.apps import AppConfig


class CollaborationConfig(AppConfig):
    name = "guanxi.collaboration"
    label = "collaboration"
    default_auto_field = "django.db.models.BigAutoField"
