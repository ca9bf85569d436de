"""What the corpus screens ask for: reviews that go on where they were left, and the funnel with other thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tutor.corpus import build, config, dataset, review, select
from tutor.corpus.desk import reviews, thresholds
from tutor.engine.protocol import Call
from tutor.errors import TutorError, UsageError

WANTED = Call(lambda _part: None, lambda: False)
SAMPLE: dict[str, Any] = {"reviewer": "eve", "count": 31, "margin": 0.1, "seed": 5}


def test_a_review_is_blind_resumes_and_is_what_the_form_says(corpus: Path) -> None:
    (corpus / "review" / "reviews.jsonl").unlink()
    began = reviews.begin(WANTED, str(corpus), **SAMPLE)
    assert len(began["rows"]) == 31 + review.TRAPS and began["said"] == {}
    assert not {"quality_score", "spoilt", "category", "gate_report"} & began["rows"][0].keys()
    said = {
        row["mark"]: {"judgement": "approve", "traits": ["helpful"], "note": f"note {number}"}
        for number, row in enumerate(began["rows"][:20])
    }
    reviews.keep(WANTED, str(corpus), **SAMPLE, form=began["form"], said=said)
    assert reviews.begin(WANTED, str(corpus), **SAMPLE)["said"] == said
    text = Path(began["form"]).read_text(encoding="utf-8")
    from_form = review.read_form(text, dataset.read(corpus).records, "eve")
    assert [(one.judgement, one.traits, one.note) for one in from_form] == [
        ("approve", ["helpful"], f"note {number}") for number in range(20)
    ]


def test_what_was_said_is_counted_once_and_criterion_48_judges_it(corpus: Path) -> None:
    (corpus / "review" / "reviews.jsonl").unlink()
    began = reviews.begin(WANTED, str(corpus), **SAMPLE)
    outputs = {(one.symbol, one.output) for one in dataset.read(corpus).records}
    honest = {row["mark"]: (row["symbol"], row["output"]) in outputs for row in began["rows"]}
    fine: dict[str, dict[str, Any]] = {
        mark: {"judgement": "approve" if good else "reject", "traits": [], "note": ""} for mark, good in honest.items()
    }
    found = reviews.finish(WANTED, str(corpus), **SAMPLE, form=began["form"], said=fine)
    assert (found["approved"], found["judged"], found["missed"], found["faults"]) == (31, 31, 0, [])
    assert reviews.finish(WANTED, str(corpus), **SAMPLE, form=began["form"], said=fine) == found
    assert len(review.read(corpus)) == len(began["rows"])
    blind = {mark: one | {"judgement": "approve"} for mark, one in fine.items()}
    fooled = reviews.finish(WANTED, str(corpus), **SAMPLE, form=began["form"], said=blind)
    assert fooled["missed"] == review.TRAPS and "spoilt rows were approved" in fooled["faults"][0]


def test_thresholds_choose_what_a_build_with_them_would(corpus: Path) -> None:
    parts: list[dict[str, Any]] = []
    began = thresholds.prepare(Call(parts.append, lambda: False), str(corpus))
    assert began["kept"] == len(dataset.read(corpus).records) and parts
    assert began["stages"] == dataset.read(corpus).lock.stages
    found = thresholds.choose(WANTED, str(corpus), {"gates.max_line": 60})
    chosen = config.overridden(config.from_dict(began["config"]), "gates.max_line", 60)
    locators = [source.locator for source in dataset.read(corpus).lock.sources]
    trees, _ = build.open_sources(locators, network=False, report=lambda _now: None, tolerant=False)
    other = select.select(select.pool(build.extract_sources(trees, chosen, processes=1), chosen), chosen)
    assert [stage["left"] for stage in found["stages"]] == [stage.left for stage in other.stages]
    assert found["stages"][1]["left"] < began["stages"][1]["left"]
    with pytest.raises(UsageError, match="no"):
        thresholds.choose(WANTED, str(corpus), {"gates.max_lines": 60})
    with pytest.raises(UsageError, match="not read yet"):
        thresholds.choose(WANTED, "/elsewhere", {})
    with pytest.raises(TutorError):
        thresholds.prepare(WANTED, "/nowhere")
