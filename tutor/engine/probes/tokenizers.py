"""Tokenizers side by side, what breaks them, and what languages cost, for lesson 1.3.3."""

from __future__ import annotations

from typing import Any

import torch

from tutor.engine.bpe import BYTE_OF, Trainer, count_words
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call
from tutor.engine.readers import FOUR_LINES, Model, Reader, learned
from tutor.engine.sampling import softmax
from tutor.engine.texts import ARTICLE_1
from tutor.errors import UsageError

__all__ = ["compare", "costs", "coverage", "guessed", "languages", "mystery", "rows"]

LONGEST = 2_000
"""Characters."""
STRANGE = ("zebra", "Cat", "naïve", "世界", "🙂")
GAPS = (
    ("The capital of France is", " Paris"),
    ("She poured a cup of hot", " tea"),
    ("My neighbour's first name is", " Ottilie"),
)
"""Beginnings, and the word that a tokenizer did not know."""
NEAR = 20
"""Of so many guesses one is right: then not all of the meaning was lost."""


def compare(call: Call, loaded: Loaded, text: str, corpus: str = "four lines", merges: int = 10) -> dict[str, Any]:
    """One text under four tokenizers; three learned from `corpus`, the last is the model's.

    Returns:
        `readers` `{name, size, pieces, unknown, back, same}`, `tokens` and `per_token` (bytes a token) of each.

    Raises:
        UsageError: there is no text, or too much, or no such corpus.
    """
    if not 0 < len(text) <= LONGEST:
        raise UsageError(f"The text has {len(text):,} characters.", f"Type at least one and at most {LONGEST:,}.")
    readers = [*learned(corpus, merges), Model(loaded)]
    call.check()
    return {
        "text": text,
        "readers": [_read(reader, text) for reader in readers],
        "source": f"three tokenizers trained here, and that of {loaded.about['name']}",
    }


def _read(reader: Reader, text: str) -> dict[str, Any]:
    cut = reader.cut(text)
    return {
        "name": reader.name,
        "size": reader.size,
        "pieces": cut.pieces,
        "unknown": cut.unknown,
        "back": cut.back,
        "same": cut.back == text,
        "tokens": len(cut.pieces),
        "per_token": len(text.encode("utf-8", "replace")) / max(1, len(cut.pieces)),
    }


def mystery(call: Call, loaded: Loaded, text: str, fault: str) -> dict[str, Any]:
    """What one of the tokenizers made of a text, without its name: `fault` is its place among them."""
    found = compare(call, loaded, text)["readers"][int(fault)]
    unknown = len(found["unknown"])
    return {
        "evidence": [
            f"The text: {text}",
            f"Tokens: {found['tokens']}, {found['per_token']:.1f} bytes each",
            f"Unknown: {unknown or 'none'}",
            f"Read back: {found['back']}",
        ],
        "source": f"three tokenizers trained here, and that of {loaded.about['name']}",
    }


def costs(call: Call, loaded: Loaded, texts: list[str]) -> dict[str, Any]:
    """How many `tokens` each of some texts is for the model."""
    reader = Model(loaded)
    return {
        "texts": texts,
        "tokens": [len(reader.cut(text).pieces) for text in texts],
        "source": f"the tokenizer of {loaded.about['name']}",
    }


def languages(call: Call, loaded: Loaded) -> dict[str, Any]:
    """The same sentence in several languages: `{name, tokens, bytes, per_token, times}`, `times` those of English."""
    reader = Model(loaded)
    counts = {name: (len(reader.cut(text).pieces), len(text.encode())) for name, text in ARTICLE_1.items()}
    english = counts["English"][0]
    return {
        "languages": [
            {"name": name, "tokens": tokens, "bytes": size, "per_token": size / tokens, "times": tokens / english}
            for name, (tokens, size) in counts.items()
        ],
        "by": {name: tokens for name, (tokens, _) in counts.items()},
        "source": f"the tokenizer of {loaded.about['name']}",
    }


def rows(call: Call, loaded: Loaded) -> dict[str, Any]:
    """What the rows of the embedding stand for.

    Returns:
        `rows`, `tokens` that the tokenizer has, and `spare` rows without one; of the tokens `control` ones, single
        `bytes`, pieces `after_space`, and `inside` words; `missing`: the bytes that have no token.
    """
    tokenizer: Any = loaded.tokenizer
    rows_ = int(loaded.model.get_input_embeddings().weight.shape[0])
    names = tokenizer.get_vocab()
    control = set(tokenizer.added_tokens_decoder)
    plain = [name for name, token in names.items() if token not in control]
    single = [name for name in plain if name in BYTE_OF]
    spaced = [name for name in plain if name not in BYTE_OF and _starts_with_space(name)]
    return {
        "rows": rows_,
        "tokens": len(tokenizer),
        "spare": rows_ - len(tokenizer),
        "control": len(control),
        "bytes": len(single),
        "after_space": len(spaced),
        "inside": len(plain) - len(single) - len(spaced),
        "missing": sorted(byte for letter, byte in BYTE_OF.items() if letter not in names),
        "source": f"the tokenizer and the embedding of {loaded.about['name']}",
    }


def _starts_with_space(name: str) -> bool:
    return name[0] in "▁" or (name[0] in BYTE_OF and BYTE_OF[name[0]] == 0x20)


def coverage(call: Call, loaded: Loaded) -> dict[str, Any]:
    """Is anything unknown? For BPE of letters, of bytes, and the loaded model's own.

    Returns:
        `cases`, and how many bytes are `missing` in the model's list.
    """
    known = set(Trainer(count_words(FOUR_LINES)).vocabulary)
    lacks = sorted({letter for word in STRANGE for letter in word} - known)
    back = [learned("four lines", 10)[2].cut(word).back for word in STRANGE]
    missing = rows(call, loaded)["missing"]
    return {
        "cases": [
            {"name": "BPE of letters, four lines", "value": f"lacks {' '.join(lacks)}", "holds": not lacks},
            {"name": "BPE of bytes, four lines", "value": "all texts came back", "holds": back == list(STRANGE)},
            {"name": str(loaded.about["name"]), "value": f"{len(missing)} of 256 bytes missing", "holds": not missing},
        ],
        "missing": len(missing),
        "source": f"our own BPE trainer, and the tokenizer of {loaded.about['name']}",
    }


@torch.inference_mode()
def guessed(call: Call, loaded: Loaded) -> dict[str, Any]:
    """Can the model tell from what stands before it which word was unknown?

    Returns:
        `cases`: the slogan holds where the word is not among the likeliest; `place` counts from 1.
    """
    cases = []
    for before, word in GAPS:
        call.check()
        ids = loaded.tokenizer(before, add_special_tokens=False)["input_ids"]
        logits = loaded.model(torch.tensor([ids]), use_cache=False, logits_to_keep=1).logits[0, -1].double().numpy()
        token = loaded.tokenizer(word, add_special_tokens=False)["input_ids"][0]
        place = int((logits > logits[token]).sum()) + 1
        p = float(softmax(logits)[token])
        shown = f"guess number {place:,}, {100 * p:.2g} %"
        cases.append({"name": f"{before} [{word.strip()}]", "value": shown, "place": place, "holds": place > NEAR})
    return {"cases": cases, "near": NEAR, "source": f"one pass each of {loaded.source}"}
