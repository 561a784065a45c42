"""The pages of every object: list, record, form, board. They are drawn from the registry and know no noun."""
