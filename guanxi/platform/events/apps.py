from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "guanxi.platform.events"
    label = "events"

    def ready(self) -> None:
        from guanxi.platform.jobs.discovery import load_modules

        load_modules("consumers")
