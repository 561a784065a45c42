"""Delivery projects: what is done for a customer after the signature, by milestones and in hours.

States project.created, .planned, .started, .paused, .resumed, .handed_in, .reworked, .closed, .cancelled;
milestone.accepted, .reopened, .dropped.
"""
