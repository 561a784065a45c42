from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "guanxi.config"
    label = "config"
