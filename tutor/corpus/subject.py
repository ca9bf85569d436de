"""A record under examination: its documentation and signature taken apart, once."""

from __future__ import annotations

import re
from functools import cached_property

from tutor.corpus import forms, signature
from tutor.corpus.docparts import DocParts, take_apart
from tutor.corpus.schema import Record
from tutor.corpus.signature import Signature
from tutor.corpus.words import content_stems, words


class Subject:
    """One record; everything derived from it is computed at most once."""

    def __init__(self, record: Record) -> None:
        self.record = record

    @cached_property
    def doc(self) -> str:
        """The documentation without marks; where the marks are wrong, the output as it is."""
        try:
            return forms.plain(self.record.language, self.record.output)
        except ValueError:
            return self.record.output

    @cached_property
    def parts(self) -> DocParts:
        """The documentation's sections, examples and names."""
        return take_apart(self.record.language, self.doc)

    @cached_property
    def signature(self) -> Signature:
        """What the input declares."""
        return signature.read(self.record.language, self.record.input)

    @cached_property
    def own_stems(self) -> set[str]:
        """Stems of the item's own name, parameters and types."""
        return content_stems(f"{self.record.symbol} {self.record.input}")

    @cached_property
    def code_stems(self) -> set[str]:
        """Stems of everything the code says, its body and file name included."""
        return self.own_stems | content_stems(f"{self.record.body} {self.record.source_file}")

    @cached_property
    def doc_stems(self) -> set[str]:
        """Stems of the documentation's words."""
        return content_stems(self.doc)

    @cached_property
    def doc_words(self) -> int:
        """How many words the documentation has."""
        return len(words(self.doc))

    @cached_property
    def named_parameters(self) -> set[str]:
        """Parameters that the documentation names, in a section or in code style."""
        spans = {word for span in self.parts.spans for word in re.findall(r"\w+", span)}
        return set(self.signature.parameters) & (set(self.parts.parameters) | spans)
