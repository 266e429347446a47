"""The token audit counts what the trainers of TRL 1.16 do to long rows: compared with the trainers' own datasets, row by row."""

from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_data.datasets import dataset_dict
from text2sql_data.datasets.auditing import TokenizerError, TooLongError, load, measure
from text2sql_data.datasets.reading import convert
from text2sql_data.datasets.recipe import Audit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:'pin_memory' argument is set as true but no accelerator is found"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:You are importing from 'trl.experimental'"),
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),
]

SOURCES: dict[str, dict[str, Any]] = {
    "sft": {"kind": "sft", "runs": ["small"]},
    "kto": {"kind": "kto", "runs": ["small"]},
    "dpo": {"kind": "preference", "pair_sets": ["demo_pairs"]},
    "orpo": {"kind": "preference", "pair_sets": ["demo_pairs"]},
    "reward": {"kind": "preference", "pair_sets": ["demo_pairs"]},
}
_IGNORED = -100


def prepared(trainer: str, tiny: Path, folder: Path, rows: Any, max_length: int) -> Any:  # noqa: ANN401 - datasets has no types
    """The rows as a trainer prepares them."""
    import trl
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl.experimental import orpo

    told = {"output_dir": str(folder), "use_cpu": True, "bf16": False, "report_to": "none", "max_length": max_length}
    told |= {"activation_checkpointing": False, "per_device_train_batch_size": 2}
    if trainer == "orpo":
        model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)
        return orpo.ORPOTrainer(model, orpo.ORPOConfig(**told), train_dataset=rows, processing_class=tokenizer).train_dataset
    name = {"sft": "SFT", "kto": "KTO", "dpo": "DPO", "reward": "Reward"}[trainer]
    made = getattr(trl, f"{name}Trainer")(str(tiny), args=getattr(trl, f"{name}Config")(**told), train_dataset=rows)
    return made.train_dataset


@pytest.mark.parametrize("form", ["plain", "conversational"])
@pytest.mark.parametrize("trainer", SOURCES)
def test_fates_are_those_of_the_trainer(demo: store.Lake, tiny: Path, tmp_path: Path, trainer: str, form: str) -> None:
    """With a limit in the middle of the lengths: as many rows stay as the audit says, and as many are cut or emptied."""
    recipe = convert({"name": "tried", "format": form, "split": {"fractions": {"train": 1.0}}, **SOURCES[trainer]})
    rows = dataset_dict(demo, recipe)["train"].select(range(60))
    tokenizer = load(str(tiny))
    generous = Audit(tokenizer=str(tiny), max_length=100_000, trainer=trainer)  # type: ignore[arg-type]
    lengths = sorted(fate.prompt for fate in measure(rows.to_list(), generous, tokenizer))
    limit = lengths[len(lengths) // 2] + 5
    fates = measure(rows.to_list(), Audit(tokenizer=str(tiny), max_length=limit, trainer=trainer), tokenizer)  # type: ignore[arg-type]
    counts = {fate: sum(one.fate == fate for one in fates) for fate in ("kept", "cut", "dropped", "emptied")}
    found = prepared(trainer, tiny, tmp_path, rows, limit)
    assert len(found) == len(rows) - counts["dropped"]
    if trainer == "sft":
        assert sorted(min(one.tokens, limit) for one in fates if one.fate != "dropped") == sorted(map(len, found["input_ids"]))
    if trainer in {"dpo", "kto"}:
        column = "completion_ids" if trainer == "kto" else "chosen_ids"
        wholes = [len(row["prompt_ids"]) + max(len(row[column]), len(row.get("rejected_ids", []))) for row in found]
        assert sum(whole > limit for whole in wholes) == counts["cut"]
    if trainer == "orpo":
        empty = [all(label == _IGNORED for label in row[f"{side}_labels"]) for row in found for side in ("chosen", "rejected")]
        assert sum(one or other for one, other in zip(empty[::2], empty[1::2], strict=True)) == counts["emptied"]
        assert max(len(row["chosen_input_ids"]) for row in found) <= max([limit, *(one.prompt for one in fates)])
    affected = "emptied" if trainer == "orpo" else "dropped"
    assert counts[affected] > 0
    assert counts["kept"] + counts["cut"] > 0


def test_too_many_long_rows_are_refused_or_left_out(demo: store.Lake, tiny: Path) -> None:
    """Nothing is built beyond the share that is allowed; with `long: drop` the long rows are left out, and the rest is kept."""
    recipe = {"name": "tried", **SOURCES["dpo"]}
    everything = dataset_dict(demo, convert(recipe))
    generous = Audit(tokenizer=str(tiny), max_length=100_000, trainer="dpo")
    lengths = sorted(fate.tokens for fate in measure(everything["train"].to_list(), generous, load(str(tiny))))
    limit = lengths[len(lengths) // 2]
    audit = {"tokenizer": str(tiny), "max_length": limit}
    with pytest.raises(TooLongError, match=f"dpo with max_length {limit} would not take") as caught:
        dataset_dict(demo, convert({**recipe, "audit": audit}))
    assert caught.value.report["max_length"] == limit
    allowed = dataset_dict(demo, convert({**recipe, "audit": {**audit, "max_cut_share": 1.0}}))
    assert {name: len(rows) for name, rows in allowed.items()} == {name: len(rows) for name, rows in everything.items()}
    kept = dataset_dict(demo, convert({**recipe, "audit": {**audit, "long": "drop"}}))
    assert 0 < sum(map(len, kept.values())) < sum(map(len, everything.values()))
    again = measure(kept["train"].to_list(), Audit(tokenizer=str(tiny), max_length=limit, trainer="dpo"), load(str(tiny)))
    assert {fate.fate for fate in again} == {"kept"}


def test_a_tokenizer_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The error names the folder and says what to give."""
    with pytest.raises(TokenizerError, match="nothing") as caught:
        load(str(tmp_path / "nothing"))
    assert "audit.tokenizer" in caught.value.hint
