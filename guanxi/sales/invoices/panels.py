"""The lines of an invoice are edited on its page."""

from guanxi.sales.invoices.objects import INVOICE_LINE
from guanxi.sales.lines.editor import edit_lines

edit_lines(INVOICE_LINE)
