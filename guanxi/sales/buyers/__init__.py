"""Buyers: the people at the customer who decide about a deal, what they think, whom they answer to."""
