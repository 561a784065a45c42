from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "guanxi.config"
    label = "config"

    def ready(self) -> None:
        from guanxi.config.demo.jobs import offer
        from guanxi.platform.identity.actions.set_up import offer_sample

        offer_sample(offer)
