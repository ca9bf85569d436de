"""A split that keeps the shares of the categories."""


def stratified_split(categories: dict[str, str], shares: dict[str, float], seed: int) -> dict[str, list[str]]:
    """The ids of each split.

    Args:
        categories: the category of each row's id
        shares: each split's share of the rows; they add up to 1
        seed: another seed gives another split
    """
    raise NotImplementedError
