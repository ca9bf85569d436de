"""One lesson in lines: its pages, its pictures as text, its checks."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from tutor.course.blocks import Ask, ExerciseBlock, Prediction, Prose, WidgetBlock
from tutor.course.lesson import LessonText, Page
from tutor.engine.protocol import Role
from tutor.engine.tiers import default_model
from tutor.errors import TutorError
from tutor.linear.checks import Checker
from tutor.linear.figures import LinearFigure, LinearPicture, LinearTrace
from tutor.linear.sampler import LinearSampler
from tutor.linear.speech import Speech
from tutor.screens.lesson_record import LessonRecord
from tutor.screens.lesson_session import LessonSession
from tutor.services import Services
from tutor.widgets.figures.base import Figure, figure_class
from tutor.widgets.lesson.parts import needs_trace
from tutor.widgets.lesson.trace import Settings

HELP = """\
Enter goes on, b goes back, s tells the next step of a picture, r reads the page again, q leaves.
set NAME VALUE changes a picture; cell ROW COLUMN explains a number; prompt TEXT takes another prompt;
draw draws the next token; export writes a picture to files; check asks the checks of the page again."""


class LinearLesson:
    """Reads a lesson out, page by page."""

    def __init__(self, lesson: LessonText, services: Services, speech: Speech, runner: asyncio.Runner) -> None:
        self._lesson = lesson
        self._speech = speech
        self._runner = runner
        self._record = LessonRecord(services.progress, lesson)
        self._session = LessonSession(services.engine, default_model(), lambda: None)
        self._session.trace.prompt = self._record.inputs(0).get("prompt", self._session.trace.prompt)
        self._figures: list[LinearPicture] = []
        self._checker = Checker(speech, self._record, self._answer, lambda: self._session.trace)
        self._number = min(self._record.place(), len(lesson.pages) - 1)

    def run(self) -> None:
        """Until the last page was left, or the learner leaves.

        Raises:
            Left: the input has ended.
        """
        self._speech.say(f"{self._lesson.id} {self._lesson.title}. Type ? for help.")
        if any(needs_trace(block) for page in self._lesson.pages for block in page.blocks):
            self._trace(self._session.trace.prompt)
        while self._number < len(self._lesson.pages):
            self._read()
            if not self._listen():
                return
        if still := self._record.open_checks():
            self._speech.say(f"{len(still)} checks are still open; answer them to pass this topic.")
        else:
            self._speech.say("You have passed this topic.")

    @property
    def _page(self) -> Page:
        return self._lesson.pages[self._number]

    def _read(self) -> None:
        page = self._page
        self._speech.say(f"\nPage {self._number + 1} of {len(self._lesson.pages)}: {page.title}\n")
        self._record.reached(self._number)
        self._figures = []
        for block in page.blocks:
            if isinstance(block, Prose):
                self._speech.tell(block.text)
            elif isinstance(block, WidgetBlock):
                self._show(block)
            elif isinstance(block, ExerciseBlock):
                self._speech.say(f"Exercise in code: tutor exercise start {block.name}")
            elif isinstance(block, Prediction) or block in self._record.open_checks():
                self._check(block)

    def _check(self, block: Any) -> None:
        try:
            self._checker.ask(block)
        except TutorError as error:
            self._speech.say(str(error))
        self._record.reached(self._number)

    def _show(self, block: WidgetBlock) -> None:
        found = figure_class(block.name)
        trace = self._session.trace
        if block.name == "sampler":
            self._figures.append(LinearSampler(self._speech, trace, self._adjust))
            self._figures[-1].show()
            return
        if found is None:
            self._speech.say(f"Your prompt: {trace.prompt}")
            if trace.drawn:
                self._speech.say("Drawn so far: " + "".join(token["piece"] for token in trace.drawn))
            return
        figure = found(**block.arguments)
        if isinstance(figure, Figure):
            self._figures.append(LinearFigure(figure, block, self._speech, self._ask, lambda: trace.prompt))
        else:
            self._figures.append(LinearTrace(figure, self._speech, trace))
        self._figures[-1].show()

    def _listen(self) -> bool:
        """Do what the learner types until another page is wanted; False to leave."""
        while True:
            line = self._speech.ask(">")
            word, _, rest = line.partition(" ")
            if word in ("q", "quit"):
                return False
            if word in ("", "n", "b", "r"):
                self._number = max(0, self._number + {"b": -1, "r": 0}.get(word, 1))
                return True
            try:
                self._do(word, rest.strip())
            except TutorError as error:
                self._speech.say(str(error))

    def _do(self, word: str, rest: str) -> None:
        figures = self._figures
        if word == "s" and figures:
            if not any(figure.step() for figure in figures):
                self._speech.say("Everything is told.")
        elif word == "set" and figures:
            name, _, value = rest.partition(" ")
            owner = next((figure for figure in figures if name in figure.values), figures[0])
            owner.set(name, value.strip())
        elif word == "cell" and len(places := rest.split()) == 2 and all(place.isdecimal() for place in places):
            if not any(figure.explain(int(places[0]), int(places[1])) for figure in figures):
                self._speech.say("There is no such cell on this page.")
        elif word == "export" and figures:
            if not any(figure.export() for figure in figures):
                self._speech.say("No picture of this page can be written.")
        elif word == "prompt" and rest:
            self._record.keep_inputs(0, self._record.inputs(0) | {"prompt": rest})
            self._trace(rest)
            self._read()
        elif word == "draw":
            self._runner.run(self._session.draw())
            self._read()
        elif word == "check":
            for block in self._page.blocks:
                if not isinstance(block, Prose | WidgetBlock | ExerciseBlock):
                    self._check(block)
        else:
            self._speech.say(HELP)

    def _trace(self, prompt: str) -> None:
        self._speech.say("The model reads your prompt; the first time that takes some seconds.")
        self._runner.run(self._session.run(prompt))
        if error := self._session.trace.error:
            self._speech.say(str(error))

    def _adjust(self, settings: Settings) -> None:
        self._runner.run(self._session.adjust(settings))

    def _answer(self, ask: Ask, arguments: dict[str, Any]) -> dict[str, Any]:
        return self._ask(ask.role, ask.method, arguments)

    def _ask(self, role: Role, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return self._runner.run(self._whole(role, method, params))

    async def _whole(self, role: Role, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The last part of a streamed answer: the whole of it."""
        answer: dict[str, Any] = {}
        async with aclosing(self._session.stream(role, method, params)) as replies:
            async for reply in replies:
                answer = reply.data
        return answer
