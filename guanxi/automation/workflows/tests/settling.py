from guanxi.platform.events.delivery import drain_events
from guanxi.platform.jobs.running import run_pending_jobs


def settle() -> None:
    """Deliver facts and run jobs until nothing is left to do."""
    for _round in range(60):
        stamped, done = drain_events(), run_pending_jobs()
        if not stamped and not done:
            return
    raise AssertionError("it does not come to rest")
