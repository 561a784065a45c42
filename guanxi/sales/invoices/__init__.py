"""Invoices and whom they are made out to: requested, approved, issued, corrected by red-letter ones.

States invoice.created, .changed, .submitted, .withdrawn, .approved, .rejected, .issued, .mailed, .corrected,
.voided.
"""
