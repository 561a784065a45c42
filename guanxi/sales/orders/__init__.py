"""Orders: what a customer has ordered, line by line, what of it is delivered, invoiced and paid.

States order.created, .changed, .submitted, .withdrawn, .approved, .rejected, .confirmed, .amended,
.completed, .cancelled.
"""
