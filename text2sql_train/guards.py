"""Guards over the rows of a pin: what would be learnt wrongly, or not at all, is refused with examples before a model is loaded.

They look at the rows as the trainer will get them, and count tokens as it will. What they cannot see: a wrong label, or a
paraphrase. What splits share is in `lineage`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from store import StoreError
from store.ids import JSON, canonical_json, content_id
from text2sql_data.datasets.auditing import Tokenizer, TooLongError, measure
from text2sql_data.datasets.recipe import Audit
from text2sql_train.recipe import Recipe, trainer

Row = Mapping[str, Any]
"""A row of a pin: its columns by name."""

_EXAMPLES = 3
_SHOWN = 60
_BATCH = 256
_TARGETS = {
    "sft": ("completion",),
    "dpo": ("chosen", "rejected"),
    "orpo": ("chosen", "rejected"),
    "reward": ("chosen", "rejected"),
    "kto": ("completion",),
    "grpo": (),
}
_SELECTORS = ("selector_pointwise", "selector_pairwise", "selector_listwise")


class TrainingRowsError(StoreError, ValueError):
    """Rows of a pin are not to be learnt from as they are."""


class Found(NamedTuple):
    """Rows with the same fault.

    Attributes:
        fault: What is wrong with them.
        rows: The places of the rows in their split, from 0.
        examples: Some of them, for people.
    """

    fault: str
    rows: list[int]
    examples: list[str]


def look_at_rows(rows: Sequence[Row], split: str, recipe: Recipe, *, pin: str, kind: str) -> dict[str, JSON]:
    """Refuse rows that teach nothing, or the opposite of each other.

    Args:
        rows: All rows of a split.
        split: Name of the split.
        recipe: The training.
        pin: The pin, for messages.
        kind: Kind of the pin.

    Returns:
        Counts of what was found and is allowed.

    Raises:
        TrainingRowsError: Empty prompts or completions, chosen and rejected that are the same, a format that the recipe does not
            want, or more repeated or contradictory rows, or rows of one prompt, than it allows.
    """
    where = f"{pin}, split {split}"
    if not rows:
        raise TrainingRowsError(f"{where}: there is no row.", "Pin a dataset with rows in that split: split: {fractions: ...}")
    _check_format(rows[0], where, recipe)
    targets = _TARGETS[trainer(recipe)]
    empty = _found("empty", rows, lambda row: not all(_text(row[column]).strip() for column in ("prompt", *targets)))
    _refuse(empty, where, "an empty prompt or completion", "Build the dataset without them; a missing SQL is no completion.")
    if "chosen" in targets:
        same = _found("same", rows, lambda row: _text(row["chosen"]).strip() == _text(row["rejected"]).strip())
        _refuse(same, where, "the same text as chosen and as rejected", "Leave such pairs out: nothing is preferred in them.")
    repeated = _repeated(rows)
    contradicting = _contradicting(rows, targets, kind)
    for found, what in ((repeated, "repeat another row"), (contradicting, "contradict another row")):
        share = len(found.rows) / len(rows)
        if share > recipe.max_repeated_share:
            raise TrainingRowsError(
                "\n".join([f"{where}: {len(found.rows):,} of {len(rows):,} rows ({share:.2%}) {what}.", *found.examples]),
                "Pin a dataset without them, or allow that share with max_repeated_share.",
            )
    most, prompt = _most_of_a_prompt(rows)
    if most > recipe.max_per_prompt:
        raise TrainingRowsError(
            f"{where}: {most:,} rows have the same prompt, and max_per_prompt is {recipe.max_per_prompt}.\n  {prompt}",
            "Give the dataset's recipe per_question or caps, or raise max_per_prompt.",
        )
    return {
        "rows": len(rows),
        "repeated": len(repeated.rows),
        "contradicting": len(contradicting.rows),
        "most_of_a_prompt": most,
    }


def look_at_lengths(
    splits: Mapping[str, Sequence[Row]], recipe: Recipe, tokenizer: Tokenizer, *, name: str = "the tokenizer"
) -> dict[str, JSON]:
    """Count what the trainer would cut or leave out for the length.

    Args:
        splits: The rows of each split.
        recipe: The training.
        tokenizer: The tokenizer of the base model.
        name: Its name, for the report.

    Returns:
        For each split the number of rows by their fate, the share that is not kept, and the longest row in tokens.

    Raises:
        TooLongError: The share is above `max_cut_share` in a split; its report has the same figures.
        TrainingRowsError: The rows are conversational, and the tokenizer has no chat template.
    """
    if isinstance(next(iter(splits.values()))[0]["prompt"], list) and not getattr(tokenizer, "chat_template", None):
        raise TrainingRowsError(
            f"The rows are conversational, and {name} has no chat template.",
            "Give one in Jinja with chat_template: FILE, or pin the dataset with format: plain.",
        )
    settings = Audit(tokenizer=name, max_length=recipe.max_length, trainer=trainer(recipe))  # type: ignore[arg-type]  # as named there
    report: dict[str, JSON] = {"max_length": recipe.max_length}
    for split, rows in splits.items():
        fates = [
            fate for start in range(0, len(rows), _BATCH) for fate in measure(rows[start : start + _BATCH], settings, tokenizer)
        ]
        counts = Counter(fate.fate for fate in fates)
        share = 1 - counts["kept"] / len(fates)
        report[split] = {"fates": dict(counts), "share": share, "longest": max(fate.tokens for fate in fates)}
        if share > recipe.max_cut_share:
            told = ", ".join(f"{count:,} {fate}" for fate, count in sorted(counts.items()) if fate != "kept")
            longest = max(range(len(fates)), key=lambda place: fates[place].tokens)
            raise TooLongError(
                f"{trainer(recipe)} with max_length {recipe.max_length} would not take {share:.2%} of the rows of {split} as they"
                f" are: of {len(fates):,} {told}.\n"
                f"  row {longest} has {fates[longest].tokens:,} tokens: {_shown(rows[longest]['prompt'])}",
                "Raise max_length, pin shorter prompts (schema: compact, or audit: {long: drop}), or allow a share with"
                " max_cut_share.",
                report,
            )
    return report


def _check_format(row: Row, where: str, recipe: Recipe) -> None:
    found = "conversational" if isinstance(row.get("prompt"), list) else "plain"
    if recipe.format is not None and recipe.format != found:
        raise TrainingRowsError(
            f"{where}: the rows are {found}, and the recipe wants {recipe.format}.",
            f"Set format: {found}, or pin it the other way.",
        )
    needed = {"prompt", *_TARGETS[trainer(recipe)], *(["label"] if trainer(recipe) == "kto" else [])}
    if missing := sorted(needed - row.keys()):
        raise TrainingRowsError(
            f"{where}: the rows have no column {', '.join(missing)}.", f"{trainer(recipe)} needs: {', '.join(sorted(needed))}."
        )


def _repeated(rows: Sequence[Row]) -> Found:
    """Rows whose columns are all those of an earlier one."""
    seen: dict[object, int] = {}
    places: list[int] = []
    examples: list[str] = []
    for place, row in enumerate(rows):
        first = seen.setdefault(content_id(canonical_json(dict(row))), place)
        if first != place:
            places.append(place)
            examples.append(f"  rows {first} and {place}: {_shown(row['prompt'])}")
    return Found("repeated", places, examples[:_EXAMPLES])


def _contradicting(rows: Sequence[Row], targets: Sequence[str], kind: str) -> Found:
    """Rows that say the opposite of another one: a pair the other way round, a completion that is good and bad, two verdicts."""
    stances: dict[object, dict[str, list[int]]] = {}
    for place, row in enumerate(rows):
        for about, stance in _stances(row, targets, kind):
            stances.setdefault(about, {}).setdefault(stance, []).append(place)
    places: list[int] = []
    examples: list[str] = []
    for sides in stances.values():
        if len(sides) > 1:
            firsts = [side[0] for side in sides.values()]
            places += [place for side in sides.values() for place in side]
            examples.append(f"  rows {firsts[0]} and {firsts[1]}: {_shown(rows[firsts[0]]['prompt'])}")
    return Found("contradicting", sorted(set(places)), examples[:_EXAMPLES])


def _stances(row: Row, targets: Sequence[str], kind: str) -> list[tuple[object, str]]:
    """What a row says about what."""
    prompt = _text(row["prompt"])
    if "chosen" in targets:
        sides = sorted((_text(row["chosen"]), _text(row["rejected"])))
        return [(content_id(prompt, *sides), _text(row["chosen"]))]
    if "label" in row and kind == "kto":
        return [(content_id(prompt, _text(row["completion"])), str(row["label"]))]
    if kind in _SELECTORS:
        return [(content_id(prompt), _text(row["completion"]))]
    return []  # several right answers to one question do not contradict each other


def _most_of_a_prompt(rows: Sequence[Row]) -> tuple[int, str]:
    (prompt, most), *_ = Counter(_text(row["prompt"]) for row in rows).most_common(1)
    return most, _shown(prompt)


def _found(fault: str, rows: Sequence[Row], wrong: Any) -> Found:  # noqa: ANN401 - a predicate over rows
    places = [place for place, row in enumerate(rows) if wrong(row)]
    return Found(fault, places, [f"  row {place}: {_shown(rows[place]['prompt'])}" for place in places[:_EXAMPLES]])


def _refuse(found: Found, where: str, what: str, hint: str) -> None:
    if found.rows:
        raise TrainingRowsError("\n".join([f"{where}: {len(found.rows):,} rows with {what}.", *found.examples]), hint)


def _text(value: object) -> str:
    """What a prompt or a completion says: the string, or the contents of its messages."""
    if isinstance(value, str) or value is None:
        return value or ""
    return "\n".join(message["content"] for message in _messages(value))


def _messages(value: object) -> Iterable[Mapping[str, str]]:
    return value if isinstance(value, list) else []


def _shown(value: object) -> str:
    """The end of a prompt on a line, where the question stands."""
    text = " ".join(_text(value).split())
    return text if len(text) <= _SHOWN else f"... {text[-_SHOWN:]}"
