"""Approvals of any object: who is asked, one after the other, until all have said yes or somebody no.

`line.py` is the line of signers, `actions.py` what can be done to a request, `documents.py` what the verbs
submit, approve, reject and withdraw of a noun call. docs/subsystems/approvals.md.
"""
