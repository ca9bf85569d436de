"""What every child process that loads a model gets: a quiet environment and the thread settings that were measured."""

from __future__ import annotations

import os

SPIN_COUNT = "10000"
"""How long OpenMP threads spin at a barrier before they sleep.

With the default, any third runnable thread on a 2-core machine slows training 5 to 12 times; with this it costs a
quarter, and nothing on a quiet machine (`bench/train.py` measures it).
"""


def quiet_environment() -> dict[str, str]:
    """The parent's environment with progress bars, notices and network chatter of libraries switched off."""
    return os.environ | {
        "GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", SPIN_COUNT),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "TQDM_DISABLE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "PYTHONUNBUFFERED": "1",
    }


def quiet_here() -> None:
    """The same for this process, where a command loads a model itself; before it imports the libraries."""
    os.environ.update(quiet_environment())
