"""What runs under the supervisor comes back when it dies, and never outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel to end orphans")

SUPERVISOR = """
import sys
from guanxi.config.supervision import Program, supervise
programs = [Program(f"p{n}", [sys.executable, "-c", code]) for n, code in enumerate(sys.argv[1:])]
sys.exit(supervise(programs, say=lambda line: print(line, flush=True)))
"""
SLEEPER = "import os, time; print('up', os.getpid()); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
FAILING = "import sys; print('trying'); sys.exit(3)"
PARENT = "import os, subprocess, sys, time; subprocess.Popen([sys.executable, '-c', %r]); time.sleep(60)"


class Running:
    """A supervisor in its own process, with the lines that it has said so far."""

    def __init__(self, folder: Path, *codes: str) -> None:
        self.log = folder / "log"
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, *codes], stdout=self.log.open("w"), stderr=subprocess.STDOUT
        )

    def text(self) -> str:
        return self.log.read_text()

    def pids(self, count: int) -> list[int]:
        wait_until(lambda: self.text().count("| up") >= count)
        return [int(line.split()[-1]) for line in self.text().splitlines() if "| up" in line]


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(*codes: str) -> Running:
        started.append(Running(tmp_path, *codes))
        return started[-1]

    yield begin
    for running in started:
        running.process.kill()
        running.process.wait()


def test_output_is_passed_on_after_the_name_of_its_program(start: Callable[..., Running]) -> None:
    running = start(SLEEPER, SLEEPER)
    running.pids(2)
    assert {line.split(" | ")[0] for line in running.text().splitlines()} == {"p0", "p1"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_all_and_counts_as_success(start: Callable[..., Running], number: signal.Signals) -> None:
    running = start(SLEEPER, SLEEPER)
    pids = running.pids(2)
    running.process.send_signal(number)
    assert running.process.wait(timeout=5) == 0
    assert not any(alive(pid) for pid in pids)


def test_a_program_that_does_not_stop_is_killed_at_the_second_signal(start: Callable[..., Running]) -> None:
    running = start(STUBBORN)
    [pid] = running.pids(1)
    running.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert alive(pid)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=5) == 1
    assert not alive(pid)


def test_a_killed_program_starts_again(start: Callable[..., Running]) -> None:
    running = start(SLEEPER)
    [first] = running.pids(1)
    os.kill(first, signal.SIGKILL)
    assert len(set(running.pids(2))) == 2
    assert "ended with -9, starts again in 0.5 s" in running.text()


def test_a_program_that_cannot_run_is_tried_ever_more_slowly(start: Callable[..., Running]) -> None:
    running = start(FAILING, SLEEPER)
    wait_until(lambda: "starts again in 2 s" in running.text())
    pauses = [line.split(" in ")[1] for line in running.text().splitlines() if "starts again" in line]
    assert pauses == ["0.5 s", "1 s", "2 s"]
    assert running.text().count("| up") == 1, "the other one goes on undisturbed"


def test_nothing_outlives_a_killed_supervisor(start: Callable[..., Running]) -> None:
    running = start(SLEEPER, SLEEPER)
    pids = running.pids(2)
    running.process.kill()
    wait_until(lambda: not any(alive(pid) for pid in pids))


def test_the_greeting_is_asked_for_until_all_is_up() -> None:
    code = """
from guanxi.config.supervision import Program, supervise
asked = []
supervise([Program("p", ["sleep", "60"])], greet=lambda: asked.append(1) or len(asked) == 3)
print(len(asked))
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    process.terminate()
    assert process.communicate(timeout=5)[0] == "3\n"


def test_what_a_killed_program_had_started_goes_with_it(start: Callable[..., Running]) -> None:
    running = start(PARENT % SLEEPER)
    [grandchild] = running.pids(1)
    parent = int(Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    wait_until(lambda: not alive(grandchild))
