"""A company: an organisation that we deal with, as customer, partner, supplier or rival.

Stands on the record engine; states company.created, .changed, .assigned, .archived, .restored.
"""
