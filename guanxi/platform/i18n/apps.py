from contextlib import suppress

from django.apps import AppConfig


class I18nConfig(AppConfig):
    name = "guanxi.platform.i18n"
    label = "i18n"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from guanxi.platform.i18n import in_templates
        from guanxi.platform.i18n.active import keep_plainly
        from guanxi.platform.i18n.compiling import compile_catalogs
        from guanxi.web import jinja

        keep_plainly()
        jinja.extend(filters=in_templates.FILTERS, globals=in_templates.GLOBALS)

        # A checkout may be newer than its compiled catalogs; an installed package is read-only and complete.
        with suppress(OSError):
            compile_catalogs()
