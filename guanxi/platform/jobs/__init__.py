"""Background work: a leased queue on the database behind the `django.tasks` interface, and schedules.

policy     @policy: how often a task is tried, how long it may take
backend    what `task.enqueue()` does
running    claiming, running and finishing jobs; run_pending_jobs for tests
progress   what a running task says about itself
schedules  @schedule: tasks by the clock
worker     the process that does it all, and other rooms' duties too
bells      waking each other after a commit

docs/subsystems/jobs.md explains it.
"""
