from guanxi.platform.records.tests.pages import shop  # noqa: F401
