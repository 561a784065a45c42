"""Metrics: numbers with one definition."""
