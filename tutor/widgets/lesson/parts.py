"""From the blocks of a lesson to the widgets of its pages."""

from __future__ import annotations

from textual.widgets import Button

from tutor.course.blocks import Block, Bug, ExerciseBlock, Fact, Prediction, Prose, Quiz, WidgetBlock
from tutor.widgets.figures.base import Figure, figure_class
from tutor.widgets.lesson.figurebox import FigureBox
from tutor.widgets.lesson.live import LiveGroup
from tutor.widgets.lesson.loop import Loop
from tutor.widgets.lesson.prediction import PredictionBox
from tutor.widgets.lesson.promptbox import PromptBox
from tutor.widgets.lesson.questionbox import QuestionBox
from tutor.widgets.lesson.sampler import Sampler
from tutor.widgets.lesson.tracebox import TraceBox

Part = LiveGroup | Button

GROUPS: dict[str, type[PromptBox] | type[Sampler] | type[Loop]] = {
    "prompt": PromptBox,
    "sampler": Sampler,
    "loop": Loop,
}
"""Live parts that change the lesson's trace themselves, by their names in lesson files."""


def part_of(block: Block, tries: int = 0) -> Part:
    """The widget of a live block.

    Args:
        tries: how often a check was answered before.

    Raises:
        KeyError: there is no such widget.
        TypeError: it does not take these arguments.
    """
    assert not isinstance(block, Prose)
    if isinstance(block, ExerciseBlock):
        return Button(f"Open the exercise {block.name} (x)", name=block.name, classes="door", compact=True)
    if isinstance(block, Prediction):
        return PredictionBox(block, tries)
    if not isinstance(block, WidgetBlock):
        return QuestionBox(block, tries)
    if block.name in GROUPS:
        return GROUPS[block.name](**block.arguments)
    found = figure_class(block.name)
    if found is None:
        raise KeyError(block.name)
    picture = found(**block.arguments)
    return FigureBox(picture, block.steps) if isinstance(picture, Figure) else TraceBox(picture)


def widget_names() -> list[str]:
    """Every name that a `widget` block may have."""
    import pkgutil

    from tutor.widgets import figures

    modules = [module.name.replace("_", "-") for module in pkgutil.iter_modules(figures.__path__)]
    return sorted([*GROUPS, *(name for name in modules if figure_class(name) is not None)])


def needs_trace(block: Block) -> bool:
    """Whether a block looks into the loaded model, which is better read while the learner reads, too."""
    if isinstance(block, Prediction | Quiz | Fact | Bug):
        return block.ask.role == "trace" if block.ask else isinstance(block, Prediction)
    if not isinstance(block, WidgetBlock):
        return False
    found = figure_class(block.name)
    return found is None or not issubclass(found, Figure) or found.ASK[0] == "trace"
