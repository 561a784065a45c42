"""What scripts/check asks beyond the usual tools: each module prints what fails and exits with 1."""
