"""Calls to other systems over HTTP, to addresses that people type."""
