"""How a screen is pictured: small and large, with colours and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

sizes = pytest.mark.parametrize("size", [(80, 24), (140, 45)], ids=["80x24", "140x45"])
Test = Callable[..., Any]


def looks(test: Test) -> Test:
    """A picture in both sizes, each with colours and without; the test takes `size`."""
    marked: Test = pytest.mark.usefixtures("colours")(sizes(test))
    return marked


@pytest.fixture(params=[True, False], ids=["dark", "no-colours"])
def colours(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the terminal has any."""
    if not request.param:
        monkeypatch.setenv("NO_COLOR", "1")
    return bool(request.param)
