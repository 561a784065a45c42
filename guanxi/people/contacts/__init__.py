"""A contact: a person. With or without a company: somebody who buys privately is a customer too.

Stands on companies; states contact.created, .changed, .assigned, .archived, .restored.
"""
