from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "guanxi.sales"
    label = "sales"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from guanxi.platform.identity.changes import hear
        from guanxi.sales.deals.first_pipeline import add_first_pipeline

        hear(add_first_pipeline)
