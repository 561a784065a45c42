"""Commission on money that has come in: rules, lines with their reasons, statements that are approved."""
