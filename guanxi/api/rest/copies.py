"""/api/v1/workspace-copies/<id>/file: the file of a copy; what else is asked of copies their room offers."""

from __future__ import annotations

from typing import cast

from django.http import FileResponse, HttpResponse
from django.views.decorators.http import require_POST

from guanxi.api.rest.problems import door
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.records.transfer.copies import find_copy, note_fetched, path_of


@require_POST
@door
def file(request: MemberRequest, copy_id: int) -> HttpResponse:
    """The ZIP. Who takes it is written down, so it takes a POST, and no link that is followed by chance."""
    copy = find_copy(copy_id, by=request.actor)
    note_fetched(copy, by=request.actor)
    name = f"{request.member.workspace.slug}-{copy.asked_at:%Y-%m-%d}.zip"
    return cast(HttpResponse, FileResponse(path_of(copy).open("rb"), as_attachment=True, filename=name))
