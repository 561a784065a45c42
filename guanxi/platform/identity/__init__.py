"""Users, members, teams, roles and what they may do."""
