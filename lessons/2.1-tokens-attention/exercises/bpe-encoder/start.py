"""Encoding a word with the merges of a BPE tokenizer."""

Pair = tuple[str, str]


def encode(word: str, merges: list[Pair]) -> list[str]:
    """The pieces of `word` after all merges that apply, the earliest learned first.

    Args:
        word: any text without spaces; may be empty
        merges: pairs in the order they were learned
    """
    raise NotImplementedError
