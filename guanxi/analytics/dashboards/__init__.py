"""Dashboards: cubes on a grid, computed for whoever looks.

panels.py   what a panel is, and how it is kept
homes.py    those that come with the product, put together from what nouns offer in their `metrics.py`
computing.py  a panel for an actor: its headline, its drawing, its figures
saving.py   one's own, the team's, everybody's
mailing.py  a dashboard or a cube by mail, by the clock
printing.py the PDF
"""
