"""The time machine: any list or board as it was at the end of a day."""
