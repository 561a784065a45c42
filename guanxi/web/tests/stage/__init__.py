"""A small stage for behaviours: a list, a board, a composer and their answers, kept in memory."""
