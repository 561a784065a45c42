from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class MetadataConfig(AppConfig):
    name = "guanxi.platform.metadata"
    label = "metadata"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load the declarations of every noun: `objects`, `panels`, `metrics`, wherever an app has them."""
        import_module("guanxi.platform.metadata.overlay")  # registers itself
        from guanxi.platform.metadata.shipped_roles import renew_after_migrating

        post_migrate.connect(renew_after_migrating, sender=self, dispatch_uid="metadata.shipped_roles")
        for app in apps.get_app_configs():
            if app.name.startswith("guanxi."):
                load_declarations(app.name, Path(app.path))


DECLARATIONS = ("objects", "panels", "metrics")


def load_declarations(package: str, folder: Path) -> None:
    """Import the declaring modules of an app and of the nouns in it."""
    nouns = sorted(found.parent.name for found in folder.glob("*/__init__.py"))
    for place in (package, *(f"{package}.{noun}" for noun in nouns)):
        for module in DECLARATIONS:
            if place == "guanxi.platform.metadata":  # its own `objects` is the class
                continue
            if find_spec(f"{place}.{module}"):
                import_module(f"{place}.{module}")
