"""The verbs about workspaces, members, teams, roles, invitations and tokens, one module for each noun."""
