"""Lines of deals, quotes, orders and invoices: one arithmetic, one model, one editor."""
