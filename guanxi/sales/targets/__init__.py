"""Targets: what the firm, a team or a member is to reach in a month, on any metric."""
