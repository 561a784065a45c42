"""The lines of an order are edited on its page."""

from guanxi.sales.lines.editor import edit_lines
from guanxi.sales.orders.objects import ORDER_LINE

edit_lines(ORDER_LINE)
