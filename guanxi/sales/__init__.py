"""Deals and products."""
