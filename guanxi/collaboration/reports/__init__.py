"""Work reports 日报·周报: what a member did in a day or a week, from the facts; what it means; the plan."""
