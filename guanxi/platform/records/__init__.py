"""The record engine: lists, forms, search, access, importing, history."""
