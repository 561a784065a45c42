from django.apps import AppConfig


class I18nConfig(AppConfig):
    name = "guanxi.platform.i18n"
    label = "i18n"
    default_auto_field = "django.db.models.BigAutoField"
