"""How a page's address becomes an object and a record, and what stays outside."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import register_converter

from guanxi.platform.identity.doors import local_address, member_required
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.access import NotFound, Refused, as_told, is_work
from guanxi.web.pages import is_htmx, toast

P = ParamSpec("P")
SAFE = {"GET", "HEAD"}


class ObjectConverter:
    """`/<object:obj>/`: the plural of a registered object; any other word is no address of ours."""

    regex = "[a-z][a-z0-9_]*"

    def to_python(self, value: str) -> Object:
        found = registry.by_plural(value)
        if found is None:
            raise ValueError(value)
        return found

    def to_url(self, value: Object) -> str:
        return value.plural


register_converter(ObjectConverter, "object")  # here, so that the addresses of every area may use it


def object_door(
    *methods: str,
) -> Callable[
    [Callable[Concatenate[MemberRequest, Object, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """A view of an object, for members whose role sees it and by these methods.

    The view is handed the object as this member sees it: without the fields that the role hides.

    What is not there, or not for this member to see, is 404; what is seen but may not be done is 403.
    """

    def guard(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        @member_required
        def guarded(request: MemberRequest, obj: Object, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
                return HttpResponseNotAllowed(methods)
            if not request.actor.may("see", obj.name):
                raise PermissionDenied
            if request.method not in SAFE and not (request.actor.administers or is_work(obj)):
                raise PermissionDenied  # what stands in no navigation (stages) is how the firm works
            return _answered(view, request, as_seen(obj, request.actor), *args, **kwargs)

        return guarded

    return guard


def plain_door(*methods: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """The same for addresses that name no object.

    Which scope of a token would reach what such a page changes, nothing says: only that for everything does.
    """

    def guard(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        @member_required
        def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            scopes = request.actor.scopes
            if request.method not in SAFE and scopes is not None and "*:write" not in scopes:
                raise PermissionDenied(as_told(Refused("*:write"), request.actor).why)
            return _answered(view, request, *args, **kwargs)

        return guarded

    return guard


def _answered(view: Callable[..., HttpResponseBase], *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        return view(*args, **kwargs)
    except NotFound as problem:
        raise Http404 from problem
    except Refused as problem:
        raise PermissionDenied(as_told(problem, args[0].actor).why) from problem
    except InvalidValues as problem:
        if args[0].method in SAFE:
            raise
        args[0].raised = True  # as if it were: what the view did before is taken back
        return _told(args[0], problem)


def _told(request: HttpRequest, problem: InvalidValues) -> HttpResponse:
    """For verbs that have no form in which to say what is wrong: undo, restore."""
    said = " ".join(one.message for found in problem.errors.values() for one in found)
    if is_htmx(request) and not request.headers.get("HX-Boosted"):
        response = HttpResponse(status=422)
        response["HX-Reswap"] = "none"
        return toast(response, said, tone="cinnabar")
    return toast(back_to(request), said, tone="cinnabar")


def back_to(request: HttpRequest) -> HttpResponse:
    """To the page where the button stood."""
    referer = request.headers.get("Referer", "")
    host = f"{request.scheme}://{request.get_host()}"
    return HttpResponseRedirect(local_address(request, referer.removeprefix(host), "/"))
