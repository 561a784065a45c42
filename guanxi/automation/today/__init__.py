"""Today: one list of whom to contact next and why, made by rules from what objects declare of themselves.

Stands on the registry: next steps, closing dates, due dates and traffic are declared by nouns; no rule here
knows what a deal is. What is put off or done without a change of the record is kept as a Snooze.
"""
