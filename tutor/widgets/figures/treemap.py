"""The parameters of a model as areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View
from tutor.widgets.figures.module_tree import TIERS
from tutor.widgets.glyphs import plain_ascii
from tutor.widgets.rectangles import Rectangle, divided

SPLITS = ("parts", "matrices", "layers")
SHADES = 5
"""Of the eight there are: a large area in the brightest would glare."""
SHORT = {"embed_tokens": "embed", "input_layernorm": "norms", "post_attention_layernorm": "norms", "norm": "norms"}
"""Names that are too long for the rectangles they stand for."""

Node = Mapping[str, Any]
Area = tuple[str, int]
"""A name and its parameters."""
Grid = list[list[tuple[str, str]]]


class Treemap(Figure):
    """Rectangles to scale: twice the area is twice the parameters."""

    ASK = ("trace", "modules.tree")
    BUSY = "Counting the parameters …"

    def __init__(self, tier: str = "loaded", split: str = "parts") -> None:
        """Args: tier: the model to begin with; split: `parts`, `matrices` or `layers`."""
        self._tier = tier
        self._split = split

    def controls(self) -> Sequence[Control]:
        """Which model, and what a rectangle stands for."""
        return Pick("tier", "model", TIERS, self._tier), Pick("split", "draw", SPLITS, self._split, asks=False)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The map, and what one cell of it stands for."""
        areas = [area for area in areas_of(answer, values["split"]) if area[1] > 0]
        if values["split"] != "layers":
            areas.sort(key=lambda area: -area[1])
        whole = Rectangle(0, 0, view.width, 20 if view.tall else 12)
        places = divided([count for _, count in areas], whole)
        grid: Grid = [[(" ", "")] * whole.width for _ in range(whole.height)]
        largest = max(count for _, count in areas)
        for (name, count), place in zip(areas, places, strict=True):
            shade = max(1, round(SHADES * count / largest))
            _draw(grid, place, _labels(name, count, answer["total"]), shade, view.colours)
        lines = [Content.assemble(*row) for row in grid]
        lost = [name for (name, _), place in zip(areas, places, strict=True) if not place.cells]
        return Content("\n").join([*lines, *_says(answer, whole, lost, view.width)])


def areas_of(answer: Answer, split: str) -> list[Area]:
    """What the rectangles stand for."""
    if split == "parts":
        names = {"embedding": "embedding", "attention": "attention", "mlp": "MLP", "norms": "norms", "head": "LM head"}
        return [(names[part], count) for part, count in answer["parts"].items()]
    areas: list[Area] = []
    _collect(answer["tree"], "", areas, by_layer=split == "layers")
    return areas


def _collect(node: Node, name: str, areas: list[Area], *, by_layer: bool) -> None:
    """Each weight, or, where layers are wanted, each layer whole."""
    if by_layer and node["times"] > 1:
        first = int(node["name"].split("-")[0])
        each = node["parameters"] // node["times"]
        areas.extend((f"{first + n}", each) for n in range(node["times"]))
    elif not node["children"]:
        named = SHORT.get(name, name)
        areas.append((named if node["name"] == "weight" else f"{named}.{node['name']}", node["parameters"]))
    else:
        for child in node["children"]:
            _collect(child, child["name"] if child["children"] else name, areas, by_layer=by_layer)


def _labels(name: str, count: int, total: int) -> list[str]:
    return [clean_text(name), f"{100 * count / total:.1f} %", f"{count:,}"]


def _draw(grid: Grid, place: Rectangle, labels: Sequence[str], shade: int, colours: bool) -> None:
    """Fill a rectangle; thin lines above and left of it part it from its neighbours."""
    fill = f"auto on $scale{shade}" if colours else "$foreground"
    edge = f"$background on $scale{shade}" if colours else "$foreground"
    left, top = _edges(colours)
    for y in range(place.y, place.y + place.height):
        for x in range(place.x, place.x + place.width):
            grid[y][x] = (left, edge) if x == place.x else (top, edge) if y == place.y else (" ", fill)
    for row, label in enumerate(labels, start=1):
        if row < place.height and len(label) < place.width:
            for column, character in enumerate(label, start=1):
                grid[place.y + row][place.x + column] = (character, fill)


def _edges(colours: bool) -> tuple[str, str]:
    if plain_ascii():
        return "|", "-"
    return ("▏", "▔") if colours else ("│", "─")


def _says(answer: Answer, whole: Rectangle, lost: Sequence[str], width: int) -> list[Content]:
    """The scale, and what is too small to be seen on it."""
    lines = [f"{clean_text(answer['name'])}: {answer['total']:,} parameters.",
             f"One cell is {answer['total'] / whole.cells:,.0f} of them."]  # fmt: skip
    if lost:
        lines.append(f"Too small to draw: {', '.join(dict.fromkeys(lost))}.")
    if answer["tied"]:
        lines.append("No area for the LM head: it is the embedding again.")
    return [Content.styled(line, "$muted").truncate(width, ellipsis=True) for line in lines]
