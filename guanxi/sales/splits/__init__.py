"""Splits: which member has which share of a deal."""
