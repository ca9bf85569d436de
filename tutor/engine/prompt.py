"""From chat messages to the tokens of a prompt, by the chat template inside the GGUF."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import jinja2
import llama_cpp
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from tutor.errors import TutorError, UsageError

ROLES = ("system", "user", "assistant")
_REMEMBERED = 256

ChatMessage = dict[str, str]
"""`{"role": "system" | "user" | "assistant", "content": text}`"""


class ChatPrompt:
    """Renders and tokenizes conversations for one loaded model.

    What people type is tokenized apart from the template's own text, so that a typed `<|im_end|>` is ten characters to
    the model and not the end of a turn.

    Raises:
        TutorError: the GGUF holds no chat template.
    """

    def __init__(self, llm: llama_cpp.Llama) -> None:
        template = llm.metadata.get("tokenizer.chat_template")
        if not template:
            raise TutorError(
                "The model has no chat template: it continues text, and was never taught to answer.",
                "Chat with an instruct model, or with one that was fine-tuned on conversations.",
            )
        self._llm = llm
        vocab = llama_cpp.llama_model_get_vocab(llm.model)
        # SentencePiece vocabularies put a space before the first word of whatever they tokenize.
        self._pieces_differ = llama_cpp.llama_vocab_type(vocab) == llama_cpp.LLAMA_VOCAB_TYPE_SPM
        bos, eos = (
            llama_cpp.llama_vocab_get_text(vocab, token).decode("utf-8", "replace") if token >= 0 else ""
            for token in (llm.token_bos(), llm.token_eos())
        )
        # It renders in jinja2's sandbox: the template comes with the model, and a model is untrusted input.
        self._template = Jinja2ChatFormatter(template=template, bos_token=bos, eos_token=eos)
        self._answers: OrderedDict[str, list[int]] = OrderedDict()

    def tokens(self, messages: Sequence[ChatMessage]) -> list[int]:
        """The prompt that makes the model answer `messages`.

        Raises:
            TutorError: the template refuses the conversation.
        """
        marks = {f"\ue000{secrets.token_hex(8)}\ue001": message["content"] for message in messages}
        rendered = self._render(messages)
        outline = self._render(
            [{"role": message["role"], "content": mark} for message, mark in zip(messages, marks, strict=True)]
        )
        pieces = re.split(f"({'|'.join(marks)})", outline)
        pasted = "".join(marks.get(piece, piece) for piece in pieces) == rendered
        if self._pieces_differ or not pasted:
            self._refuse_control_tokens(messages)
            return self._tokenize(rendered, special=True)
        return [
            token
            for piece in pieces
            for token in (self._content(marks[piece]) if piece in marks else self._tokenize(piece, special=True))
        ]

    def remember(self, answer: str, tokens: list[int]) -> None:
        """Keep the tokens an answer was generated as.

        Tokenizing its text again can give others, and then the next turn could not reuse the cache.
        """
        self._answers[answer.strip()] = tokens
        if len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)

    def _render(self, messages: Sequence[ChatMessage]) -> str:
        try:
            return str(self._template(messages=list(messages)).prompt)
        except (jinja2.TemplateError, ValueError, TypeError) as error:
            raise TutorError(
                f"The model's chat template refuses this conversation: {error}.",
                "Leave out the system message, and begin with a user message.",
            ) from error

    def _content(self, content: str) -> list[int]:
        return self._answers.get(content) or self._tokenize(content, special=False)

    def _refuse_control_tokens(self, messages: Sequence[ChatMessage]) -> None:
        """Where contents cannot be tokenized apart, what would become a control token cannot be sent."""
        for message in messages:
            if self._tokenize(message["content"], special=True) != self._tokenize(message["content"], special=False):
                raise UsageError(
                    f"A {message['role']} message contains a control token of this model, such as the end of a turn.",
                    "Take it out, or put a space into it.",
                )

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        return list(self._llm.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=special))


def checked_messages(messages: Sequence[Any]) -> list[ChatMessage]:
    """Messages from outside, without the space at their ends that templates would glue to their own text.

    Raises:
        UsageError: a message is not of the form of `ChatMessage`, or there is none.
    """
    checked: list[ChatMessage] = []
    for message in messages:
        match message:
            case {"role": str(role), "content": str(content)} if role in ROLES:
                checked.append({"role": role, "content": content.strip()})
            case _:
                raise UsageError(
                    f"Not a chat message: {message!r:.100}.",
                    f"A message has a role ({', '.join(ROLES)}) and a content.",
                )
    if all(message["role"] == "system" for message in checked):
        raise UsageError("There is no message to answer.", "Send a user message.")
    return checked
