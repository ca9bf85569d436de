"""The trace against the model itself: what it shows is what the model computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from tutor.engine.forward import lens, watch
from tutor.engine.protocol import Call, Cancelled
from tutor.engine.trace import MAX_TOKENS, SHOWN, Tracer
from tutor.errors import TutorError, UsageError

SHAPE = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
IDS = [5, 17, 3, 96, 0, 41]
CALL = Call(lambda _data: None, lambda: False)


@pytest.fixture(params=["llama", "qwen2-untied"])
def toy(request: pytest.FixtureRequest) -> Any:
    """A random model of each family."""
    torch.manual_seed(0)
    if request.param == "llama":
        return LlamaForCausalLM(LlamaConfig(**SHAPE, tie_word_embeddings=True)).eval()
    return Qwen2ForCausalLM(Qwen2Config(**SHAPE, tie_word_embeddings=False)).eval()


def test_stages_have_the_shapes_of_the_config(toy: Any) -> None:
    seen = watch(toy, IDS)
    inside = ["norm", "attention", "residual", "norm", "mlp", "residual"]
    assert [stage.name for stage in seen.stages] == ["embed", *inside * 3, "final norm", "LM head", "softmax"]
    assert [stage.layer for stage in seen.stages if stage.layer is not None] == [n for n in range(3) for _ in inside]
    for stage in seen.stages[:-2]:
        assert stage.shape == [1, len(IDS), 32]
        assert stage.bytes == len(IDS) * 32 * 4
        assert stage.min <= stage.mean <= stage.max
    assert seen.stages[-2].shape == [1, 1, 97]
    assert len(seen.norms) == 4
    assert {len(row) for row in seen.norms} == {len(IDS)}


def test_the_residual_stream_is_the_sum_of_its_parts(toy: Any) -> None:
    seen = watch(toy, IDS)
    for layer in range(3):
        after = seen.residual[layer] + seen.attention[layer] + seen.mlp[layer]
        assert torch.equal(after, seen.residual[layer + 1])
    total = seen.residual[0] + sum(seen.attention) + sum(seen.mlp)
    torch.testing.assert_close(total, seen.residual[-1])
    assert seen.norms[-1][-1] == pytest.approx(seen.residual[-1].norm().item(), rel=1e-5)


def test_the_lens_at_the_last_layer_is_the_model(toy: Any) -> None:
    seen = watch(toy, IDS)
    with torch.no_grad():
        real = toy(torch.tensor([IDS])).logits[0, -1]
    torch.testing.assert_close(seen.logits, real)
    rows = lens(toy, seen.residual)
    assert rows.shape == (4, 97)
    torch.testing.assert_close(rows[-1], real.softmax(-1))
    assert not torch.allclose(rows[0], rows[-1])


def test_watching_leaves_nothing_behind(toy: Any) -> None:
    def stop() -> None:
        raise Cancelled

    watch(toy, IDS)
    with pytest.raises(Cancelled):
        watch(toy, IDS, stop)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in toy.modules())


@pytest.fixture(scope="module")
def nano(nano_store: Path) -> str:
    """The embedded model by its path, which no test's own home changes."""
    return str(nano_store / "nano")


@pytest.fixture(scope="module")
def tracer() -> Tracer:
    """One tracer for all tests here."""
    return Tracer()


@pytest.mark.model
def test_load_says_what_the_config_says(tracer: Tracer, nano: str) -> None:
    about = tracer.load(CALL, nano)
    assert (about["layers"], about["hidden"], about["heads"], about["kv_heads"]) == (30, 576, 9, 3)
    assert about["vocab"] == 49152
    assert about["parameters"] == 134_515_008


@pytest.mark.model
def test_appending_the_likeliest_token_is_greedy_generation(tracer: Tracer, nano: str) -> None:
    traced = tracer.trace(CALL, nano, "Write one sentence about the sea.")
    prompt = traced["ids"]
    for _ in range(16):
        assert tracer.sample(CALL, temperature=0)["id"] == traced["top"][0]["id"]
        traced = tracer.append(CALL, traced["top"][0]["id"])
    assert tracer._loaded is not None
    theirs = tracer._loaded.model.generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), max_new_tokens=16, do_sample=False
    )
    assert traced["ids"] == theirs[0].tolist()
    assert traced["text"] == tracer._loaded.tokenizer.decode(theirs[0])


@pytest.mark.model
def test_a_trace_is_consistent(tracer: Tracer, nano: str) -> None:
    prompt = "def add(x, y):\n    # é 世"
    traced = tracer.trace(CALL, nano, prompt, raw=True)
    assert len(traced["ids"]) == len(traced["pieces"])
    assert "".join(traced["pieces"]).startswith("def add(x, y):\n    # é ")
    assert "\\xe4" in "".join(traced["pieces"])  # a token that is not a whole character
    assert [stage["name"] for stage in traced["stages"]][:2] == ["tokenize", "embed"]
    assert [stage["name"] for stage in traced["stages"]][-3:] == ["final norm", "LM head", "softmax"]
    assert len(traced["stages"]) == 1 + 1 + 30 * 6 + 3
    assert len(traced["residual_norms"]) == len(traced["lens"]) == len(traced["cells"]) == 31
    adds = [np.array(traced[part]) for part in ("attention_cells", "mlp_cells")]
    stream = np.array(traced["cells"])
    assert np.allclose(np.diff(stream, axis=0), sum(adds), rtol=0.02, atol=0.02 * np.abs(stream[1:]))  # bfloat16 rounds
    assert traced["residual_norms"] == [row[-1] for row in traced["residual_norms_by_token"]]
    assert len(traced["attention_norms"]) == len(traced["mlp_norms"]) == 30
    assert len(traced["top"]) == SHOWN
    for shown, real in zip(traced["lens"][-1], traced["top"], strict=False):
        assert (shown["id"], shown["p"]) == (real["id"], pytest.approx(real["p"], rel=1e-3))
    assert 0 < traced["entropy"] < np.log(49152)


@pytest.mark.model
def test_the_chat_template_is_around_a_prompt_that_is_not_raw(tracer: Tracer, nano: str) -> None:
    traced = tracer.trace(CALL, nano, "Hi")
    assert traced["pieces"][0] == "<|im_start|>"
    assert traced["text"].endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")


@pytest.mark.model
def test_controls_answer_from_the_kept_logits(tracer: Tracer, nano: str) -> None:
    traced = tracer.trace(CALL, nano, "The capital of France is", raw=True)
    plain = tracer.distribution(CALL)
    assert [candidate["id"] for candidate in plain["candidates"]] == [candidate["id"] for candidate in traced["top"]]
    assert plain["entropy"] == plain["entropy_plain"] == traced["entropy"]
    assert plain["kept"] == 49152
    sharp = tracer.distribution(CALL, temperature=0.5, top_k=5, top_p=0.9)
    assert sharp["kept"] <= sharp["kept_top_k"] == 5
    assert sharp["entropy"] < plain["entropy"]
    assert sum(candidate["p_top_p"] for candidate in sharp["candidates"]) == pytest.approx(1, abs=1e-4)
    frozen = tracer.distribution(CALL, temperature=0)
    assert (frozen["kept"], frozen["entropy"], frozen["candidates"][0]["p_temperature"]) == (1, 0, 1)
    assert len({tracer.sample(CALL, seed=seed)["id"] for seed in range(30)}) > 1
    assert tracer.sample(CALL, seed=3) == tracer.sample(CALL, seed=3)


@pytest.mark.model
def test_limits_are_sentences(tracer: Tracer, nano: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="traced yet"):
        Tracer().sample(CALL)
    with pytest.raises(UsageError, match="no tokens"):
        tracer.trace(CALL, nano, "", raw=True)
    with pytest.raises(UsageError, match=f"takes {MAX_TOKENS}"):
        tracer.trace(CALL, nano, "word " * 600)
    tracer.trace(CALL, nano, "Hi", raw=True)
    with pytest.raises(UsageError, match="no token 99999"):
        tracer.append(CALL, 99999)
    with pytest.raises(TutorError, match="GGUF file; a trace needs"):
        tracer.load(CALL, f"{nano}/source.gguf")


@pytest.mark.model
def test_a_damaged_model_is_told_from_a_sound_one(tracer: Tracer, nano: str) -> None:
    tracer.load(CALL, nano)
    assert tracer._loaded is not None
    weight = tracer._loaded.model.model.norm.weight
    sound = weight.detach().clone()
    with torch.no_grad():
        weight[0] = float("nan")
    with pytest.raises(TutorError, match="not finite"):
        tracer.trace(CALL, nano, "Hi")
    with torch.no_grad():
        weight.copy_(sound)
