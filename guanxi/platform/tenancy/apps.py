from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "guanxi.platform.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        from guanxi.platform.tenancy.row_security import lock_after_migrating
        from guanxi.platform.tenancy.statistics import refresh_statistics

        post_migrate.connect(lock_after_migrating, dispatch_uid="tenancy.lock")
        # once, when all apps have their tables
        post_migrate.connect(refresh_statistics, sender=self, dispatch_uid="tenancy.statistics")
