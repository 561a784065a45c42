"""Keeps a few programs running together: one that ends is started again, and all of them stop as one.

It is one thread around one selector, so it may fork safely, and imports nothing of Django: the supervisor is
the process that nobody notices.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

GRACE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # a program that ran this long has no bad record any more

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to run. `name` stands before each line that it writes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def supervise(
    programs: Sequence[Program],
    *,
    prefix: bool = True,
    say: Callable[[str], None] = print,
    greet: Callable[[], bool] = lambda: True,
) -> int:
    """Run the programs until SIGTERM or SIGINT; returns 0, or 1 when one had to be killed to end.

    `say` gets each line of output, after the name of its program unless `prefix` is false.
    `greet` is called a few times a second until it returns true: the place to say that everything is up.
    """
    return _Supervisor(programs, prefix, say, greet).run()


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the process that started this one ends, however it ends. Linux only."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class _Child:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.failures = 0
        self.due = 0.0  # when to start it (again)
        self.unfinished = b""

    def start(self) -> IO[bytes]:
        supervisor = os.getpid()

        def follow() -> None:
            die_with_parent()
            if os.getppid() != supervisor:  # it ended before we asked
                os._exit(1)

        self.started = time.monotonic()
        # A group of its own: a Ctrl-C reaches only the supervisor, which then stops everything in order.
        self.process = subprocess.Popen(
            self.program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "GUANXI_SUPERVISED": "1", **self.program.environment},
            start_new_session=True,
            preexec_fn=follow,
        )
        assert self.process.stdout is not None
        return self.process.stdout

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def pause(self) -> float:
        """Note that it ended; returns the seconds until it starts again: 0.5, 1, 2, … the longest."""
        now = time.monotonic()
        self.failures = 1 if now - self.started > STEADY_SECONDS else self.failures + 1
        pause = min(0.5 * 2.0 ** (self.failures - 1), LONGEST_PAUSE_SECONDS)
        self.process, self.due = None, now + pause
        return pause


class _Supervisor:
    def __init__(
        self,
        programs: Sequence[Program],
        prefix: bool,
        say: Callable[[str], None],
        greet: Callable[[], bool],
    ) -> None:
        self.children = [_Child(program) for program in programs]
        self.width = max(len(program.name) for program in programs) if prefix else 0
        self.say = say
        self.greet = greet
        self.greeted = False
        self.selector = selectors.DefaultSelector()
        self.asked_to_stop = 0

    def run(self) -> int:
        with self._signals_wake_us():
            while not self.asked_to_stop:
                self._start_due()
                self._pass_output_on(timeout=self._longest_wait())
                self._notice_ended()
                self.greeted = self.greeted or self.greet()
            return self._stop()

    @contextmanager
    def _signals_wake_us(self) -> Iterator[None]:
        wake, waker = os.pipe()
        for end in (wake, waker):
            os.set_blocking(end, False)
        self.selector.register(wake, selectors.EVENT_READ, None)
        before = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGTERM, self._ask_to_stop),
                (signal.SIGINT, self._ask_to_stop),
                (signal.SIGCHLD, lambda number, frame: None),
            )
        }
        before_wake = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before_wake)
            for number, handler in before.items():
                signal.signal(number, handler)
            self.selector.close()
            os.close(wake)
            os.close(waker)

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.asked_to_stop += 1

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None and child.due <= now:
                self.selector.register(child.start(), selectors.EVENT_READ, child)

    def _longest_wait(self) -> float | None:
        """Seconds until something is due; None while only output or a signal is waited for."""
        now = time.monotonic()
        waits = [max(0.0, child.due - now) for child in self.children if child.process is None]
        if not self.greeted:
            waits.append(0.2)
        return min(waits, default=None)

    def _pass_output_on(self, *, timeout: float | None) -> None:
        for key, _ in self.selector.select(timeout):
            if key.data is None:
                os.read(key.fd, 512)  # the signals that woke us
                continue
            self._read(key.fileobj, key.data)  # type: ignore[arg-type]

    def _read(self, output: IO[bytes], child: _Child) -> None:
        read = os.read(output.fileno(), 65536)  # the selector said that it will not wait
        if not read:
            self.selector.unregister(output)
            output.close()
        *lines, child.unfinished = (child.unfinished + read).split(b"\n")
        if not read and child.unfinished:
            lines, child.unfinished = [*lines, child.unfinished], b""
        for line in lines:
            self._say(child.program.name, line.decode(errors="replace"))

    def _say(self, name: str, line: str) -> None:
        self.say(f"{name:<{self.width}} | {line}" if self.width else line)

    def _notice_ended(self) -> None:
        for child in self.children:
            if child.ended():
                assert child.process is not None
                code = child.process.returncode
                # What a killed program leaves behind must not hold the port against its successor.
                _signal_group(child.process.pid, signal.SIGKILL)
                pause = child.pause()
                self._say(child.program.name, f"ended with {code}, starts again in {pause:g} s")

    def _stop(self) -> int:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        killed = 0
        deadline = time.monotonic() + GRACE_SECONDS
        while any(process.poll() is None for process in running):
            if killed == 0 and (time.monotonic() > deadline or self.asked_to_stop > 1):
                killed = 1
                for process in running:
                    _signal_group(process.pid, signal.SIGKILL)
            self._pass_output_on(timeout=0.1)
        self._pass_output_on(timeout=0)
        return killed


def _signal_group(leader: int, number: signal.Signals) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return
