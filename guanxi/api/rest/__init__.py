"""The REST API of every object, made from the registry: /api/v1/{plural}."""
