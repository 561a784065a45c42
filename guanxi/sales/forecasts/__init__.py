"""Forecasts: what is expected to be won, who said so when, and how far deals come."""
