"""Uploads and attachments of any record."""
