"""Copies: a new deal, quote or order from one that is there, and what it takes along."""
