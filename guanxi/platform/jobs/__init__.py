"""Background work: a leased queue on the database, and schedules."""
