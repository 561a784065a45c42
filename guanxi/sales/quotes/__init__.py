"""Quotes: lines, versions, approval, the customer's page."""
