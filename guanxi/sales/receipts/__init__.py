"""Money that came in, and what it is for.

A receipt is allocated twice: to what was expected (payment plans, orders, contracts) and to invoices. Neither
ever comes to more than the receipt, nor to more than what is owed.

States receipt.created, .changed, .submitted, .withdrawn, .approved, .rejected, .confirmed, .reversed.
"""
