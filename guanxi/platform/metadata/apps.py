from django.apps import AppConfig


class MetadataConfig(AppConfig):
    name = "guanxi.platform.metadata"
    label = "metadata"
    default_auto_field = "django.db.models.BigAutoField"
