"""Payment plans: what is to be received of an order or a contract, and when.

States instalment.created, .changed, .due, .part_paid, .paid, .overdue, .escalated, .voided.
"""
