"""Analytics: the warehouse, what can be asked of it, and the pages that ask."""
