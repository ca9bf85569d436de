"""`tutor chat MODEL [--versus OTHER]`: a conversation, line by line."""

from __future__ import annotations

import argparse
import contextlib
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tutor.commands.answers import (
    MODEL_HELP,
    add_sampling_flags,
    import_embedded,
    note,
    print_answer,
    sampling,
    summary,
)
from tutor.errors import EXIT_DONE, TutorError

if TYPE_CHECKING:
    import asyncio

EPILOG = """\
examples:
  tutor chat nano
  tutor chat last --versus nano
  tutor chat nano < questions.txt       one question a line"""

HELP = """\
/system TEXT   set the system message, for the next answer on (without TEXT: none)
/regenerate    answer the last question again
/clear         forget the conversation; the system message stays
/help          this text
/quit          leave (as Ctrl-D does); Ctrl-C stops an answer"""


def add(subparsers: Any) -> None:
    """Add `chat`."""
    parser = subparsers.add_parser(
        "chat",
        help="talk to a model, or to two at once",
        description=f"Talk to a model. In the chat:\n\n{HELP}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help=MODEL_HELP)
    parser.add_argument("--versus", metavar="OTHER", help="a second model that answers the same, with the same seed")
    add_sampling_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Talk until the input ends."""
    names = [args.model, args.versus] if args.versus else [args.model]
    for name in names:
        import_embedded(name)
    import asyncio

    with asyncio.Runner() as runner:
        chat = Conversation(names, sampling(args), args.seed, args.system, args.strength, runner)
        try:
            chat.load()
            chat.talk(_questions())
        finally:
            chat.close()
    return EXIT_DONE


def _questions() -> Iterator[str]:
    """What the user types, line by line; at a terminal with a prompt, line editing and history."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 (importing it is what gives `input` its history)
    note("/help lists the commands; Ctrl-D leaves")
    while True:
        try:
            yield input("> ")
        except EOFError:
            print(file=sys.stderr)
            return
        except KeyboardInterrupt:
            print(file=sys.stderr)


@dataclass
class Turn:
    """A question, and the answer of each model by its number. A model that was stopped before it began has none."""

    question: str
    answers: dict[int, str] = field(default_factory=dict)


class Conversation:
    """One user and one or two models. The engines live in the event loop of `runner`, between answers too."""

    def __init__(
        self,
        names: list[str],
        settings: dict[str, Any],
        seed: int | None,
        system: str,
        strength: float | None,
        runner: asyncio.Runner,
    ) -> None:
        """Args: strength: of the first model's adapter; None for the model as it is."""
        from tutor.engine.client import Engine

        self._names = names
        self._engines = [Engine("chat") for _ in names]
        self._labels: list[str] = []
        self._turns: list[Turn] = []
        self._settings = settings
        self._seed = secrets.randbits(31) if seed is None else seed
        self._system = system
        self._strength = strength
        self._runner = runner
        self._commands: dict[str, Callable[[str], bool]] = {
            "/system": self._set_system,
            "/regenerate": self._regenerate,
            "/clear": self._clear,
            "/help": self._help,
            "/quit": lambda _rest: False,
        }

    def load(self) -> None:
        """Start the engines and say what answers."""
        for name, engine in zip(self._names, self._engines, strict=True):
            about = self._runner.run(engine.call("load", model=name))
            self._labels.append(about["label"])
            note(f"{about['label']}, {about['quantization']}, {about['context']:,} tokens of context")

    def talk(self, lines: Iterator[str]) -> None:
        """Answer every line until they end or one says so."""
        for line in lines:
            text = line.strip()
            command, _, rest = text.partition(" ")
            if command in self._commands:
                if not self._commands[command](rest.strip()):
                    return
            elif command.startswith("/") and command[1:].isalpha():
                note(f"there is no command {command}; /help lists them")
            elif text:
                self._turns.append(Turn(text))
                self._answer()

    def close(self) -> None:
        """End the engines."""
        for engine in self._engines:
            self._runner.run(engine.close())

    def _answer(self) -> None:
        """Let every model answer the last question; Ctrl-C stops what is being said and skips the rest."""
        try:
            for number in range(len(self._names)):
                self._answer_of(number)
        except KeyboardInterrupt:
            note("stopped")
        except TutorError as error:
            self._turns.pop()
            if not sys.stdin.isatty():
                raise
            note(str(error))

    def _answer_of(self, number: int) -> None:
        if len(self._names) > 1:
            print(f"[{self._labels[number]}]", flush=True)
        question = {
            "model": self._names[number],
            "messages": self._messages(number),
            "system": self._system,
            "seed": self._seed,
            "strength": None if number else self._strength,
            **self._settings,
        }
        pieces: list[str] = []
        try:
            note(summary(self._runner.run(print_answer(self._engines[number], pieces, **question))))
        finally:
            if pieces:
                self._turns[-1].answers[number] = "".join(pieces)

    def _messages(self, number: int) -> list[dict[str, str]]:
        """The conversation as one of the models had it, up to the question it has not answered."""
        messages = []
        for turn in self._turns:
            answer = turn.answers.get(number)
            if answer is not None:
                messages += [{"role": "user", "content": turn.question}, {"role": "assistant", "content": answer}]
        return [*messages, {"role": "user", "content": self._turns[-1].question}]

    def _regenerate(self, _rest: str) -> bool:
        if not self._turns:
            note("there is no question yet")
            return True
        self._turns[-1].answers.clear()
        self._seed += 1
        if self._settings["temperature"] == 0:
            note("at temperature 0 the answer stays the same; start the chat with --temperature 0.8 for variety")
        self._answer()
        return True

    def _set_system(self, text: str) -> bool:
        self._system = text
        note("the system message is set for the next answer on" if text else "there is no system message any more")
        return True

    def _clear(self, _rest: str) -> bool:
        self._turns.clear()
        note("the conversation is forgotten")
        return True

    def _help(self, _rest: str) -> bool:
        print(HELP, file=sys.stderr)
        return True
