"""The look: templates, CSS, behaviours. Knows no business word."""
