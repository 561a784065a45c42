"""What stands between the stages of a pipeline: checklists, and which stage may follow which."""
