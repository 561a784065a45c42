from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "guanxi.platform.events"
    label = "events"

    def ready(self) -> None:
        import guanxi.platform.events.identity  # noqa: F401
        from guanxi.platform.events.delivery import deliver_news, retry_parked_once
        from guanxi.platform.events.relay import run_relay_once
        from guanxi.platform.jobs.discovery import load_modules
        from guanxi.platform.jobs.worker import register_duty

        load_modules("consumers")
        register_duty("relay", run_relay_once)
        register_duty("delivery", deliver_news)
        register_duty("parked facts", retry_parked_once, every=5.0, on_bell=False)
