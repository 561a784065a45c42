"""A product: what a deal is about and what it costs. Everybody of the workspace sees all of them.

States product.created, .changed, .archived, .restored.
"""
