"""The dataset card of a pin: what is in it, where it comes from, what it is for and what not, and how to check it.

Everything in it is read from the pin; what is not recorded is said to be so, never guessed.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import jinja2

from store import Lake, Pin
from text2sql_data.datasets import lockfile

_SQL = files("text2sql_data") / "datasets" / "sql"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"))


class Use(NamedTuple):
    """What a kind of dataset is for: the Hub's task categories, and a sentence for people."""

    tasks: tuple[str, ...]
    use: str


_GENERATION = ("text-generation",)
USES: Mapping[str, Use] = {
    "sft": Use(_GENERATION, "Supervised fine-tuning: the completion is what the model is to write after the prompt."),
    "selector_pointwise": Use(
        ("text-classification", "text-generation"),
        "Training a selector that says of one candidate SQL whether it answers the question.",
    ),
    "selector_pairwise": Use(
        ("text-classification", "text-generation"), "Training a selector that picks the better one of two candidates."
    ),
    "selector_listwise": Use(
        ("text-classification", "text-generation"), "Training a selector that picks the right one of several candidates."
    ),
    "selector_features": Use(
        ("tabular-classification",), "Training a selector from features of candidates, without a language model."
    ),
    "preference": Use(_GENERATION, "Preference optimisation (DPO, ORPO) and reward models: chosen is preferred to rejected."),
    "kto": Use(
        _GENERATION, "Preference optimisation from single completions (KTO): the label says whether a completion is good."
    ),
    "grpo": Use(
        ("reinforcement-learning",), "Reinforcement learning with an execution reward: prompts with what the reward needs."
    ),
    "verl": Use(("reinforcement-learning",), "Reinforcement learning with verl: prompts with their ground truth."),
}
"""The kinds of datasets that are known here; another kind has no sentence."""

NOT_FOR = "Not for evaluating: its questions are those of its benchmarks. Do not judge on them a model that was trained on this."
"""What no dataset is for."""

LIMITS = (
    "A verdict is about one content of a database: a wrong SQL can give the right result there by coincidence.",
    "Golds of published benchmarks have errors; a row that rests on a wrong gold has a wrong label.",
    "SQL and critiques were written by models or by people who took part in benchmarks; they are not reviewed.",
    "It repeats questions, schemas and values of its benchmarks: do not evaluate on those what was trained on this.",
)


class Facts(NamedTuple):
    """What a card says.

    Attributes:
        pin: The pin.
        use: What it is for.
        size: The Hub's size category.
        splits: Rows, questions, databases and mean characters of each split.
        balance: Of each split, rows by class and rows by type.
        databases: Databases of each split with their rows.
        drops: Examples that were left out, by reason.
        set_drops: Pairs that the pair sets behind it left out: the set, the reason, and how many.
        licence: Licence of the dataset; None when it was not told.
        source_licences: Licences of its parents by name, where told.
        language: Language of the questions.
        lock: Its table in a lock file.
    """

    pin: Pin
    use: Use
    size: str
    splits: list[dict[str, Any]]
    balance: dict[str, dict[str, dict[str, int]]]
    databases: dict[str, dict[str, int]]
    drops: dict[str, int]
    set_drops: list[tuple[str, str, int]]
    licence: str | None
    source_licences: Mapping[str, str]
    language: str
    lock: str


def facts(lake: Lake, pin: Pin, *, licence: str | None, source_licences: Mapping[str, str], language: str) -> Facts:
    """Gather what a card says of a pin.

    Args:
        lake: The lake.
        pin: The pin.
        licence: Licence of the dataset.
        source_licences: Licences of its parents by name.
        language: Language of the questions.
    """
    statistics = lake.sql((_SQL / "pin_statistics.sql").read_text("utf-8"), name=pin.name, version=pin.version)
    splits = [dict(zip(statistics.columns, row, strict=True)) for row in statistics.fetchall()]
    told: Any = pin.summary.get("splits")
    told = told if isinstance(told, dict) else {}
    chosen = "SELECT reason, count(*) FROM pin_drops WHERE name = $name AND version = $version GROUP BY reason ORDER BY reason"
    sets = [str(parent["name"]) for parent in pin.parents if parent["kind"] == "pair_set"]
    order = [str(split["split"]) for split in splits]
    told = {split: told[split] for split in order if split in told}
    return Facts(
        pin=pin,
        use=USES.get(pin.kind, Use(_GENERATION, "")),
        size=next((name for most, name in _SIZES if pin.n_rows < most), "n>10M"),
        splits=splits,
        balance={split: {part: values.get(part) or {} for part in ("labels", "types")} for split, values in told.items()},
        databases={split: values.get("databases") or {} for split, values in told.items()},
        drops=dict(lake.sql(chosen, name=pin.name, version=pin.version).fetchall()),
        set_drops=lake.sql((_SQL / "pin_set_drops.sql").read_text("utf-8"), sets=sets).fetchall(),
        licence=licence,
        source_licences=source_licences,
        language=language,
        lock=lockfile.table(pin),
    )


def text(card: Facts) -> str:
    """The card: Markdown with the header that the Hub reads."""
    return _template().render(
        card._asdict(),
        header=_header(card),
        limits=LIMITS,
        not_for=NOT_FOR,
        recipe=json.dumps(card.pin.recipe, indent=2, ensure_ascii=False),
        columns={
            name: json.dumps(column) if not isinstance(column, str) else column for name, column in card.pin.columns.items()
        },
    )


def _header(card: Facts) -> str:
    """The YAML of a card. JSON is YAML, so that no name can break it."""
    values: dict[str, object] = {
        "pretty_name": card.pin.ref,
        "language": [card.language],
        "license": card.licence or "unknown",
        "task_categories": list(card.use.tasks),
        "tags": ["text-to-sql", card.pin.kind],
        "size_categories": [card.size],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split["split"], "path": f"data/{split['split']}-*.parquet"} for split in card.splits],
            }
        ],
    }
    return "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())


def _cell(value: object) -> str:
    """A value in a cell of a Markdown table."""
    return str(value).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _shares(counts: Mapping[str, int]) -> Sequence[tuple[str, int, str]]:
    total = sum(counts.values())
    return [(name, count, f"{100 * count / total:.1f}") for name, count in counts.items()]


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701 - Markdown, not HTML
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters.update(cell=_cell, shares=_shares)
    return environment.from_string((files("text2sql_data") / "datasets" / "export" / "card.md.j2").read_text("utf-8"))
