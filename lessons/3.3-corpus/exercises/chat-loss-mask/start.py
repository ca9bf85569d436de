"""Which tokens of a conversation to learn from."""

IGNORE = -100


def loss_labels(ids: list[int], start: int, end: int, assistant: int) -> list[int]:
    """The id where the assistant speaks or ends its turn, IGNORE everywhere else; as long as `ids`.

    Args:
        ids: the conversation
        start: opens a turn; the id after it is the role
        end: closes a turn
        assistant: the role to learn from
    """
    raise NotImplementedError
