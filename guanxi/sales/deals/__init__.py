"""A deal: a chance to sell, moving through the stages of its pipeline until it is won or lost.

Stands on companies, contacts and products. States deal.created, .changed, .assigned, .moved (another
stage), .won, .lost, .reopened, .archived, .restored.
"""
