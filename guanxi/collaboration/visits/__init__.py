"""Visits: activities of that kind, with the place and the time at which somebody was there.

A visit is planned and logged like any activity, and stands wherever activities stand. What this noun adds are
the two verbs on the spot, the distance to the customer's address, and the page of a day.
"""
