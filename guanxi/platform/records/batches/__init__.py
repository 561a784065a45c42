"""What one actor does to many records at once: written together, listed together, taken back together."""
