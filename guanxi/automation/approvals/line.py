"""The line of signers of one request: who is asked next, and what follows from an answer.

A Line changes rows of the request and its signatures and remembers who was asked and who fell out; it states
no facts and moves no record: `actions.py` does. The request is locked before a Line is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from guanxi.automation.approvals.models import ApprovalRequest, Signature
from guanxi.automation.approvals.people import administrators, asked_at, how_of, may_sign
from guanxi.automation.approvals.recipe import Recipe
from guanxi.automation.workflows.matching import acting, holding_ids
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import parse_filter

State = Signature.State
LIVE = (State.OPEN, State.WAITING)
PLAIN = ("", "admin")  # of the process itself; "admin": asked because there was nobody else


class Line:
    """A request at one of its steps.

    opened  members who are asked from now on
    lost    members who no longer may sign
    over    nobody is left to be asked: it is approved
    """

    def __init__(self, request: ApprovalRequest, obj: Object, record: Any) -> None:
        self.request, self.obj, self.record = request, obj, record
        self.now: datetime = timezone.now()
        self.opened: list[int] = []
        self.lost: list[int] = []
        self.over = False

    # What can happen to it

    def begin(self, at: int = 0) -> None:
        """Ask at the first step from `at` on that applies; `over` where there is none."""
        request = self.request
        for number in range(at, len(self.steps)):
            step = self.steps[number]
            if not self._applies(step):
                continue
            request.step, request.stuck_at = number, None
            if self._ask(asked_at(step, request, self.obj, self.record)) or self._nobody():
                return self._go_on()
        self.over = True
        return None

    def approve(self, mine: Signature) -> None:
        """`mine` says yes: who was added is asked, others are spared, or the next one is asked."""
        if mine.kind == "before" and mine.beside is not None and mine.beside.state == State.WAITING:
            self._open(mine.beside)
            return
        for one in self.of_step():
            if one.kind == "after" and one.beside_id == mine.pk and one.state == State.WAITING:
                self._open(one)
            elif mine.kind in PLAIN and self.how == "any" and one.state in LIVE and one.beside_id != mine.pk:
                self._close(one, State.SKIPPED)
        self._go_on()

    def add(self, mine: Signature, member_id: int, kind: str) -> Signature:
        """Another signer before or after one who is asked now."""
        added = self._row(member_id, place=mine.place, kind=kind, beside=mine)
        if kind == "before":
            mine.state = State.WAITING
            mine.save()
            self._open(added)
        else:
            added.save(force_insert=True)
        return added

    def back_to(self, number: int) -> None:
        """Once more from an earlier step; all that was signed since is asked for again."""
        self.void()
        self.request.round += 1
        self.begin(number)

    def void(self) -> None:
        """Nobody is asked any more."""
        Signature.objects.filter(request=self.request, state__in=LIVE).update(state=State.VOID)

    def refill(self, *, wanting: Iterable[int] = ()) -> None:
        """Who may no longer sign falls out, and the next in line is asked.

        `wanting` are members who want to sign now: whom the step means by now, it asks.
        """
        if not self.steps or self.request.step >= len(self.steps):
            return
        meant = asked_at(self.steps[self.request.step], self.request, self.obj, self.record)
        rows = self.of_step()
        added = may_sign([one.member_id for one in rows if one.kind], self.request, self.obj, self.record)
        admins = set(administrators())
        for one in rows:
            right = one.member_id in (meant if not one.kind else added)
            if one.kind == "admin":
                right = right and one.member_id in admins
            if one.state in LIVE and not right:
                self._close(one, State.LOST)
                self.lost.append(one.member_id)
        known = {one.member_id for one in rows if one.kind == ""}
        fresh = [one for one in meant if one not in known]
        if self.lost or not any(one.state in LIVE for one in rows):
            self._ask(fresh, after=True)
        else:
            self._ask([one for one in fresh if one in set(wanting)], after=True)
        self._go_on()

    # What it is made of

    @property
    def steps(self) -> Sequence[Recipe]:
        found: Sequence[Recipe] = self.request.recipe.get("steps", ())
        return found

    @property
    def how(self) -> str:
        return how_of(self.steps[self.request.step])

    def of_step(self) -> list[Signature]:
        """The signatures of the step at hand, in order."""
        request = self.request
        rows = Signature.objects.filter(request=request, round=request.round, step=request.step)
        return list(rows.select_related("beside").order_by("place", "pk"))

    def _applies(self, step: Recipe) -> bool:
        if not step.get("if"):
            return True
        by = acting(None, str(self.request.process or ""))
        return bool(holding_ids(self.obj, parse_filter(step["if"]), "", by=by, among=[self.record.pk]))

    def _ask(self, members: Sequence[int], *, kind: str = "", after: bool = False) -> bool:
        """A signature for each; who has said yes in this round is not asked again."""
        if not members:
            return False
        request, turn = self.request, self.how == "turn"
        yes = set(
            Signature.objects.filter(
                request=request, round=request.round, state=State.APPROVED, member_id__in=members
            ).values_list("member_id", flat=True)
        )
        rows = self.of_step() if after else []
        place = max((one.place for one in rows), default=-1)
        for at, member_id in enumerate(members, place + 1):
            row = self._row(member_id, place=at, kind=kind)
            if member_id in yes:
                row.state, row.decided_at = State.APPROVED, self.now
                row.save(force_insert=True)
                if self.how == "any":
                    self._spare_others(row)
                    return True
            elif turn:
                row.save(force_insert=True)
            else:
                self._open(row)
        return True

    def _spare_others(self, mine: Signature) -> None:
        for one in self.of_step():
            if one.pk != mine.pk and one.state in LIVE:
                self._close(one, State.SKIPPED)
        self.opened = []

    def _nobody(self) -> bool:
        """There is nobody for this step: pass it over, or let administrators see to it."""
        if self.request.recipe.get("nobody") == "pass":
            return False
        there = may_sign(administrators(), self.request, self.obj, self.record)
        if not self._ask(there, kind="admin"):
            self.request.stuck_at = self.now
        return True

    def _go_on(self) -> None:
        """Ask the next of the step; when it is done, the next step."""
        rows = self.of_step()
        if any(one.state == State.OPEN for one in rows) or (self.request.stuck_at and not rows):
            return
        waiting = next((one for one in rows if one.state == State.WAITING and one.kind in PLAIN), None)
        waiting = waiting or next((one for one in rows if one.state == State.WAITING), None)
        if waiting is not None:
            self._open(waiting)
            return
        if any(one.state == State.APPROVED for one in rows):
            self.begin(self.request.step + 1)
        elif not any(one.kind == "admin" for one in rows) and self._nobody():
            return
        elif self.request.recipe.get("nobody") == "pass":
            self.begin(self.request.step + 1)
        else:
            self.request.stuck_at = self.request.stuck_at or self.now

    def _row(
        self, member_id: int, *, place: int, kind: str = "", beside: Signature | None = None
    ) -> Signature:
        request = self.request
        return Signature(
            request=request, round=request.round, step=request.step, place=place, kind=kind, beside=beside,
            member_id=member_id,
        )  # fmt: skip

    def _open(self, row: Signature) -> None:
        row.state, row.opened_at, row.reminded_at = State.OPEN, self.now, None
        row.save(force_insert=row._state.adding)
        self.request.stuck_at = None
        self.opened.append(row.member_id)

    def _close(self, row: Signature, state: str) -> None:
        row.state, row.decided_at = state, self.now
        row.save()
