"""Parts laid end to end."""

from __future__ import annotations

from tutor.widgets.segments import Segment, key_content, segments_content

PARTS = [
    Segment("weights", 60, "$frozen", "w"),
    Segment("a", 30, "$trainable", "a"),
    Segment("tiny", 0.1, "$muted", "t"),
]


def test_each_part_is_as_wide_as_its_share() -> None:
    bar = segments_content(PARTS, 100, 50, colours=True)
    assert [span.end - span.start for span in bar.spans] == [30, 15]
    assert bar.plain == " weights" + " " * 22 + " a" + " " * 13
    plain = segments_content(PARTS, 100, 50, colours=False).plain
    assert plain == " weights ".center(30, "w") + " a ".center(15, "a")
    assert len(segments_content(PARTS, 90.1, 50, colours=False).plain) == 50
    assert segments_content([], 0, 50, colours=True).plain == ""
    assert segments_content([Segment("", 1, "$muted", "t")], 1, 9, colours=False).plain == "t" * 9


def test_the_key_names_every_part() -> None:
    assert key_content(PARTS, colours=False).plain.split() == ["ww", "weights", "aa", "a", "tt", "tiny"]
