"""How long a learner waits for the first picture of every figure, in real engines: `python -m bench.lessons [TOPIC …]`.

Needs `nano` in the store. A figure may go on computing after its first picture; then the whole is said as well.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing

from bench.app import line
from tutor.course.blocks import WidgetBlock
from tutor.course.lesson import LessonText, load_lesson
from tutor.course.outline import load_outline
from tutor.engine.client import Engine
from tutor.engine.protocol import Role
from tutor.screens.lesson_session import START
from tutor.widgets.figures.base import Figure, Values, figure_class

BUDGET_S = 3
MODEL = "nano"


async def main() -> None:
    """Every topic, or those that were named."""
    engines: dict[Role, Engine] = {"trace": Engine("trace"), "desk": Engine("desk")}
    began = time.perf_counter()
    await engines["trace"].call("load", model=MODEL)
    line("reading the model, while the learner reads a page", time.perf_counter() - began, "s", BUDGET_S)
    for topic in load_outline().topics():
        if topic.file is not None and (not sys.argv[1:] or topic.id in sys.argv[1:]):
            await measure(load_lesson(topic.file), engines)
    for engine in engines.values():
        await engine.close()


async def measure(lesson: LessonText, engines: dict[Role, Engine]) -> None:
    """The figures of one topic."""
    for number, name, figure in figures(lesson):
        role, method = figure.ASK
        first, whole = await ask(engines[role], method, params_of(figure))
        more = f", the whole in {whole:.1f} s" if whole > first + 0.1 else ""
        line(f"{lesson.id} page {number}, {name}{more}", first, "s", BUDGET_S)


def figures(lesson: LessonText) -> Iterator[tuple[int, str, Figure]]:
    """Number of the page, name and figure; in the state in which a learner finds it."""
    for number, page in enumerate(lesson.pages, 1):
        for block in page.blocks:
            found = figure_class(block.name) if isinstance(block, WidgetBlock) else None
            if isinstance(block, WidgetBlock) and found is not None and issubclass(found, Figure):
                yield number, block.name, found(**block.arguments)


def params_of(figure: Figure) -> Values:
    """Its first request."""
    params = figure.params({control.name: control.value for control in figure.controls()})
    params |= {"prompt": START} if figure.USES_PROMPT else {}
    return params | ({"model": MODEL} if figure.ASK[0] == "trace" else {})


async def ask(engine: Engine, method: str, params: Values) -> tuple[float, float]:
    """Seconds until the first part of the answer, and until its end."""
    began, first = time.perf_counter(), 0.0
    async with aclosing(engine.stream(method, **params)) as replies:
        async for _ in replies:
            first = first or time.perf_counter() - began
    return first, time.perf_counter() - began


if __name__ == "__main__":
    asyncio.run(main())
