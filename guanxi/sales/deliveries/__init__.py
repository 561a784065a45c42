"""Deliveries of an order, whole or in parts, and what came back of them.

States delivery.created, .signed, .cancelled.
"""
