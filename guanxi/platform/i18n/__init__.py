"""Languages, time zones, holidays, money, names, addresses and phones."""
