"""Rivals: who else wants a deal, what they are good and bad at."""
