"""The modules of a model as a tree, with what each of them weighs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from textual.content import Content

from tutor.text import clean_text, human_bytes
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.glyphs import bar, padded

TIERS = ("loaded", "nano", "tiny", "small", "medium", "large")
LEVELS = 5
BAR = 16

Node = Mapping[str, Any]


class ModuleTree(Figure):
    """A line per module, down to a level; layers that are built alike are one line."""

    ASK = ("trace", "modules.tree")
    BUSY = "Counting the parameters …"

    def __init__(self, level: int = 2) -> None:
        """Args: level: how deep the tree is open at first."""
        self._level = level

    def controls(self) -> Sequence[Control]:
        """Which model, and how deep."""
        return Pick("tier", "model", TIERS, "loaded"), Number("level", "open to level", range(1, LEVELS + 1),
                                                             self._level, asks=False)  # fmt: skip

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Name, shape, parameters, share and bytes of each module; below, the count against the formula."""
        total = answer["total"]
        rows = list(_open(answer["tree"]["children"], 0, int(values["level"])))
        lines = [Content.styled(_line(view.width, "module", "shape", "parameters", "share", "bytes"), "$muted")]
        lines += [_row(depth, node, total, view.width) for depth, node in rows]
        lines += [Content(), _sum(answer), Content.styled(_widths(answer["tree"]), "$muted")]
        return Content("\n").join(lines)


def _open(nodes: Sequence[Node], depth: int, level: int) -> Iterator[tuple[int, Node]]:
    """The nodes down to `level`. A module that holds one weight and nothing else is shown as that weight."""
    for node in nodes:
        yield depth, node
        below = [] if _weight(node) else node["children"]
        if depth + 1 < level:
            yield from _open(below, depth + 1, level)


def _weight(node: Node) -> Node | None:
    """The node itself where it is a weight, or the only one in it."""
    if not node["children"]:
        return node
    return node["children"][0] if len(node["children"]) == 1 and not node["children"][0]["children"] else None


def _line(width: int, name: str, shape: str, count: str, share: str, size: str) -> str:
    room = width - 14 - 9 - 9 - (BAR + 2 if width >= 100 else 0)
    first = f"{name:<{room - 16}.{room - 16}}{shape:>16}" if width >= 70 else f"{name:<{room}.{room}}"
    return first + f"{count:>14}{share:>9}{size:>9}"


def _row(depth: int, node: Node, total: int, width: int) -> Content:
    weight = _weight(node)
    name = "  " * depth + clean_text(node["name"]) + (f"  ({node['times']} alike)" if node["times"] > 1 else "")
    shape = " × ".join(f"{size:,}" for size in weight["shape"]) if weight else ""
    if weight and weight["tied"]:
        says = f"is {clean_text(weight['tied'])}, counted there"
        return Content.assemble((padded(name, 12), "$frozen"), (says, "$operation"))
    share = node["parameters"] / total
    text = _line(width, name, shape, f"{node['parameters']:,}", _percent(share), human_bytes(node["bytes"]))
    row = Content.styled(text, "$frozen" if weight else "$foreground")
    return row + Content.styled("  " + bar(share, 1, BAR), "$frozen") if width >= 100 else row


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _sum(answer: Answer) -> Content:
    formula = sum(answer["formula"].values())
    verdict = ("  the same, part by part", "$trainable") if answer["matches"] else ("  not the same", "$problem")
    return Content.assemble(
        (f"{'counted':<16}", "$muted"), f"{answer['total']:>14,}",
        (f"\n{'by the formula':<16}", "$muted"), f"{formula:>14,}", verdict,
    )  # fmt: skip


def _widths(tree: Node) -> str:
    """How many bytes a number takes, by dtype."""
    found: dict[str, int] = {}

    def collect(node: Node) -> None:
        if node["dtype"] and node["parameters"]:
            found[node["dtype"]] = node["bytes"] // node["parameters"]
        for child in node["children"]:
            collect(child)

    collect(tree)
    return "Each number: " + ", ".join(f"{name}, {size} bytes" for name, size in sorted(found.items())) + "."
