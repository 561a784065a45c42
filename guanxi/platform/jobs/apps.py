from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "guanxi.platform.jobs"
    label = "jobs"

    def ready(self) -> None:
        from guanxi.platform.jobs.discovery import load_modules

        load_modules("jobs")
