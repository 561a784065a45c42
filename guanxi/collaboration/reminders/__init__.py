"""Reminders: a to-do about a record that rings, asked for in two taps or in words.

They ring as every activity does that has a `remind_at` (activities/jobs.py): once, whoever is killed when.
"""
