"""Options of a lab: declared once, typed, overlaid in a fixed order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.errors import UsageError
from tutor.runs.config import lab_names, load_lab, parse_set, read_config_file, resolve

pytestmark = pytest.mark.usefixtures("toy_lab")


def test_the_comment_above_an_option_is_its_help() -> None:
    options = load_lab("lab-toy").options
    assert options["steps"].help == "How many steps to count."
    assert options["words"].help == "Words to say. On two lines."
    assert options["seed"].help == ""


def test_a_lab_may_be_named_without_its_prefix() -> None:
    assert load_lab("toy") == load_lab("lab-toy")
    assert lab_names() == ["lab-toy"]


def test_an_unknown_lab_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="lab-toy"):
        load_lab("lab-tyo")


def test_values_are_typed_as_their_defaults() -> None:
    lab = load_lab("toy")
    given = ["steps=7", "pause=1", "smoke=yes", "words=x, 'y'", "fault=a=b"]
    assert parse_set(lab, given) == {"steps": 7, "pause": 1.0, "smoke": True, "words": ["x", "y"], "fault": "a=b"}


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ("step=7", "Did you mean 'steps'"),
        ("steps=many", "whole number"),
        ("smoke=perhaps", "true or false"),
        ("steps", "no '='"),
    ],
)
def test_a_wrong_option_is_one_sentence(assignment: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        parse_set(load_lab("toy"), [assignment])


def test_later_layers_win_and_smoke_lies_below_them_all() -> None:
    lab = load_lab("toy")
    assert resolve(lab)["steps"] == 3
    assert resolve(lab, {"smoke": True})["steps"] == 1
    assert resolve(lab, {"smoke": True, "steps": 9})["steps"] == 9
    assert resolve(lab, {"steps": 5}, {"steps": 6})["steps"] == 6


def test_a_config_file_may_be_flat_or_have_an_options_table(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("steps = 4")
    assert read_config_file(file) == {"steps": 4}
    file.write_text("[lab]\ntitle='x'\n[options]\nsteps = 4")
    assert read_config_file(file) == {"steps": 4}
    file.write_text("steps = ")
    with pytest.raises(UsageError, match="not valid TOML"):
        read_config_file(file)


def test_a_value_of_another_type_in_a_file_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be 'x'"):
        resolve(load_lab("toy"), {"steps": "x"})
    with pytest.raises(UsageError, match="cannot be True"):
        resolve(load_lab("toy"), {"steps": True})
