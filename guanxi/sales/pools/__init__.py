"""Pools: customers and leads that belong to nobody, until somebody claims them."""
