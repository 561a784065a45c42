"""What customers owe: the statement of account of one, and the receivables of all, by how late they are."""
