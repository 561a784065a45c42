"""Leads: people and firms that may become customers, until they are converted or turned out to be none."""
