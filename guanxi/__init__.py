"""Guanxi: a CRM that people open every morning because it tells them whom to contact next and why."""

__version__ = "0.1.0"
