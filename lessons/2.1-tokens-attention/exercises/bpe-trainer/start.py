"""Learning the merges of a BPE tokenizer."""

Pair = tuple[str, str]


def train(words: dict[str, int], merges: int) -> list[Pair]:
    """The merges, in the order they were learned: at most `merges`, fewer where no pair occurs twice.

    Args:
        words: how often each word occurs in the text
        merges: how many pairs to learn at most
    """
    raise NotImplementedError
