"""Tenders: what public buyers ask for, read from feeds by subscriptions, and made into leads.

States tender.created, .followed, .ignored, .reopened, .converted; feed.failed, .recovered.
"""
