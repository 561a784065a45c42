"""Contracts with their parties and amendments, and when they end.

States contract.created, .changed, .submitted, .approved, .rejected, .signed, .expiring, .expired, .renewed,
.terminated, .voided.
"""
