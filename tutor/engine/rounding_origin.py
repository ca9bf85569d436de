"""Whether a model had been rounded before it came here: who rounds it once more should know."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from gguf.constants import GGMLQuantizationType

from tutor.engine.gguf_file import read_header
from tutor.engine.store import SOURCE_GGUF


def origin(directory: Path) -> str:
    """The type that holds most weights of the GGUF file which the model in `directory` was made of, such as `Q4_1`.

    '' where it came in full precision.
    """
    source = directory / SOURCE_GGUF
    if not source.is_file():
        return ""
    weights: Counter[int] = Counter()
    for info in read_header(source).tensors.values():
        weights[info.type] += info.elements
    name = GGMLQuantizationType(weights.most_common(1)[0][0]).name
    return "" if name in ("F32", "F16", "BF16") else name
