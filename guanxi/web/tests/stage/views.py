"""The answers of the stage. `STATE` is reset by the fixture before each test."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template import engines

from guanxi.web.components import Act, Column, DealCard, Lane, Option, Pulse
from guanxi.web.pages import changed, redirect_or_fragment, render_fragment, render_page, toast

STATE: dict[str, Any] = {}
NAMES = ("王若溪", "李卓然", "Amir Rahman", "宋以安", "Rachel Tan")
PULSE = Pulse.of((1, 2, 3) * 7 + (0,) * 5, (1,) * 21 + (0,) * 5, tone="gamboge")


def reset() -> None:
    STATE.clear()
    STATE.update(
        steps={key: f"step {key}" for key in range(1, 6)},
        versions=dict.fromkeys(range(1, 6), 1),
        lanes={"new": ["a", "b"], "won": ["c"]},
        notes=[],
        done=[],
        bulk=[],
        undone=0,
        moves=[],
        answer=200,
    )


def people(request: HttpRequest) -> HttpResponse:
    columns = (Column("name", "Name"), Column("step", "Next step"), Column("pulse", "Pulse"))
    rows = [
        {"key": key, "name": name, "step": STATE["steps"][key], "version": STATE["versions"][key]}
        for key, name in enumerate(NAMES, 1)
    ]
    context = {"columns": columns, "rows": rows, "pulse_of": PULSE}
    return render_page(request, "stage/people.html", context, title="People")


def person(request: HttpRequest, key: int) -> HttpResponse:
    context = {"name": NAMES[key - 1], "kinds": (Option("note", "Note"), Option("call", "Call"))}
    return render_page(request, "stage/person.html", context, title=NAMES[key - 1])


def figures(request: HttpRequest) -> HttpResponse:
    """The form of a figure over records that lead here, or over none yet (`?none`)."""
    context = {
        "over": () if "none" in request.GET else (Option("tool.firm", "Tools"), Option("deal.firm", "Deals")),
        "figures": (Option("count", "Count"), Option("sum", "Sum"), Option("max", "Largest")),
        "fields": ()
        if "none" in request.GET
        else (
            Option("tool.name", "Name", group="Tools", fits="first"),
            Option("tool.price", "Price", group="Tools", fits="sum max first"),
            Option("deal.day", "Day", group="Deals", fits="max first"),
        ),
    }
    return render_page(request, "stage/figures.html", context, title="Figures")


def peek(request: HttpRequest, key: int) -> HttpResponse:
    context = {"name": NAMES[key - 1], "href": f"/people/{key}/"}
    return render_fragment(request, "stage/peek.html", context)


def step(request: HttpRequest, key: int) -> HttpResponse:
    if request.method == "PATCH":
        sent = QueryDict(request.body)
        value, version = sent["value"], int(sent["version"])
        if value == "bad":
            return HttpResponse("Too short.", status=422, content_type="text/plain")
        if value == "broken":
            return HttpResponse(status=500)
        if version != STATE["versions"][key]:
            context = {"mine": value, "theirs": STATE["steps"][key], "version": STATE["versions"][key]}
            return render_fragment(request, "stage/conflict.html", context, status=409)
        STATE["steps"][key] = value
        STATE["versions"][key] += 1
    context = {"row": {"key": key, "name": NAMES[key - 1], "step": STATE["steps"][key]}}
    response = render_fragment(request, "stage/cell.html", context)
    response["X-Version"] = STATE["versions"][key]
    return response


def bulk(request: HttpRequest) -> HttpResponse:
    STATE["bulk"] = request.POST.getlist("id")
    response = HttpResponse(status=204)
    return changed(toast(response, f"Moved {len(STATE['bulk'])} people", undo="/undo/"), "person")


def undo(request: HttpRequest) -> HttpResponse:
    STATE["undone"] += 1
    return toast(HttpResponse(status=204), "Taken back")


def _lane(key: str) -> Lane:
    cards = tuple(
        DealCard(card, f"Deal {card}", f"/board/#{card}", amount="¥1", move_url=f"/board/{card}/move/")
        for card in STATE["lanes"][key]
    )
    return Lane(key, key.title(), 0.5, str(len(cards)), f"¥{len(cards)}", "", cards)


def board(request: HttpRequest) -> HttpResponse:
    lanes = [_lane(key) for key in STATE["lanes"]]
    return render_page(request, "stage/board.html", {"lanes": lanes}, title="Board")


def move(request: HttpRequest, key: str) -> HttpResponse:
    STATE["moves"].append((key, request.POST["lane"], request.POST["before"]))
    if STATE["answer"] != 200:
        return HttpResponse(status=STATE["answer"])
    for cards in STATE["lanes"].values():
        if key in cards:
            cards.remove(key)
    lane = STATE["lanes"][request.POST["lane"]]
    lane.insert(lane.index(request.POST["before"]) if request.POST["before"] else len(lane), key)
    card = next(card for card in _lane(request.POST["lane"]).cards if card.key == key)
    context = {"card": card, "lanes": [_lane(name) for name in STATE["lanes"]]}
    return render_fragment(request, "stage/moved.html", context)


def today(request: HttpRequest) -> HttpResponse:
    acts = [
        Act(
            key=str(key),
            name=name,
            href=f"/people/{key}/",
            why="Quiet for 34 days",
            why_icon="moon-star",
            pulse=PULSE,
            done_url=f"/today/{key}/done/",
            more_url=f"/today/{key}/more/",
        )
        for key, name in enumerate(NAMES, 1)
    ]
    return render_page(request, "stage/today.html", {"acts": acts}, title="Today")


def more(request: HttpRequest, key: str) -> HttpResponse:
    source = '<p>Context of {{ key }}</p><a class="btn" data-key="C" href="/people/{{ key }}/">Call</a>'
    env = engines["jinja2"].env  # type: ignore[attr-defined]
    return HttpResponse(env.from_string(source).render(key=key))


def done(request: HttpRequest, key: str) -> HttpResponse:
    STATE["done"].append(key)
    return toast(HttpResponse(""), "Done", undo="/undo/")


def notes(request: HttpRequest) -> HttpResponse:
    STATE["notes"].append((request.POST["kind"], request.POST["body"], request.POST.get("minutes")))
    return redirect_or_fragment(
        request,
        "/people/1/",
        template="stage/note.html",
        context={"body": request.POST["body"]},
    )


def owners(request: HttpRequest) -> HttpResponse:
    asked = request.GET["q"].lower()
    found = [(key, name, "", key) for key, name in enumerate(NAMES, 1) if asked in name.lower()]
    return render_fragment(request, "stage/owners.html", {"found": found})


def search(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").lower()
    found = [(key, name) for key, name in enumerate(NAMES, 1) if asked and asked in name.lower()]
    return render_fragment(request, "stage/found.html", {"found": found})
