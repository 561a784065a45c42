"""The REST API, made from the registry."""
