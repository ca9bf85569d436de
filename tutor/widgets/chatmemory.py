"""What one model of the chat takes in memory: its weights, and the keys and values of the conversation so far."""

from __future__ import annotations

from typing import Any

from textual.content import Content
from textual.widgets import Static

from tutor.text import human_bytes
from tutor.widgets.glyphs import plain_ascii
from tutor.widgets.memorymeter import Row, bar, grouped, scale

BAR = 10
"""Cells."""


class ChatMemory(Static):
    """One line: a bar to the machine's scale, the numbers behind it, and what the engine's process really has."""

    def __init__(self) -> None:
        super().__init__(classes="memory", markup=False)
        self._facts: dict[str, Any] = {}
        self._tokens = 0
        self._available = 0

    def loaded(self, facts: dict[str, Any]) -> None:
        """Another model is in memory (the engine's answer to `load`)."""
        self._facts, self._tokens = facts, 0
        self.refresh()

    def answered(self, reply: dict[str, Any]) -> None:
        """The conversation has grown (the end of the engine's answer to `chat`)."""
        self._facts = self._facts | reply
        self._tokens = reply["prompt_tokens"] + reply["new_tokens"]
        self.refresh()

    def forget(self) -> None:
        """There is no conversation any more."""
        self._tokens = 0
        self.refresh()

    def machine(self, available: int) -> None:
        """So many bytes are free for models."""
        self._available = available
        self.refresh()

    def rows(self) -> list[Row]:
        """Bytes by component. llama.cpp reserves room for the whole context when it loads a model."""
        facts = self._facts
        if not facts:
            return []
        each = facts["cache_bytes_per_token"]
        return grouped(
            [
                ("weights", facts["bytes"]),
                ("adapter", facts["adapter_bytes"]),
                ("cache", self._tokens * each),
                ("reserved", max(0, facts["context"] - self._tokens) * each),
            ]
        )

    def render(self) -> Content:
        """As much of the line as there is room for."""
        rows = self.rows()
        if not rows:
            return Content()
        whole = scale(sum(size for _, size in rows), self._available)
        letters = plain_ascii() or self.app.no_color
        line = bar(rows, whole, self._available or whole, BAR, letters=letters)
        for part in self._parts(dict(rows), whole):
            longer = line + Content("  ") + part
            if longer.cell_length > self.content_size.width:
                break
            line = longer
        return line

    def _parts(self, sizes: dict[str, int], whole: int) -> list[Content]:
        """The numbers, the most important first."""
        context, available = self._facts["context"], self._available
        texts = [(f"{human_bytes(sizes['weights'])} weights", "$frozen")]
        if "adapter" in sizes:
            texts.append((f"{human_bytes(sizes['adapter'])} adapter", "$trainable"))
        texts += [
            (f"{human_bytes(sizes.get('cache', 0))} KV cache", "$activation"),
            (f"{human_bytes(self._facts['rss_bytes'])} measured", "$foreground"),
            (f"{self._tokens:,}/{context:,} tokens", "$muted"),
        ]
        if available:
            part = round(available / whole)
            texts.append((f"{human_bytes(available)} free" + (f", bar: 1/{part}" if part > 1 else ""), "$muted"))
        return [Content.styled(text, style) for text, style in texts]
