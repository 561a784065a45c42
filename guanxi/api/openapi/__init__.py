"""OpenAPI 3.1 of this workspace's objects, and a page to try it."""
