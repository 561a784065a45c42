"""Workspaces: whose rows these are. Every other room stands on it."""
