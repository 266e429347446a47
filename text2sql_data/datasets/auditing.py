"""The token audit: how many rows the trainer would cut, drop or empty, counted before anything is written.

It repeats what the trainers of TRL 1.16 do to long rows, for each does something else, and most do it silently. Tests compare it
with the trainers themselves.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, cast

from store import StoreError
from store.ids import JSON
from store.scratch import Scratch
from text2sql_data.datasets.recipe import SPLITS, Audit
from text2sql_data.datasets.source import stage_rows

FATES = {
    "kept": "as it is",
    "cut": "the end of the completion is cut off",
    "dropped": "the trainer leaves the row out",
    "emptied": "nothing of a completion is left",
    "over": "the prompt alone is longer, and the trainer neither cuts nor drops it",
    "refused": "the trainer stops with an error",
}
"""What can become of a row."""

_BATCH = 256
_QUANTILES = (50, 90, 99, 100)


class Tokenizer(Protocol):
    """What of a tokenizer of `transformers` is used."""

    eos_token: str
    eos_token_id: int
    bos_token_id: int | None

    def __call__(self, text: Sequence[str], *, add_special_tokens: bool = True) -> Mapping[str, list[list[int]]]:
        """The tokens of texts."""

    def apply_chat_template(self, conversation: Sequence[Any], **options: Any) -> Any:  # noqa: ANN401 - as transformers has it
        """The tokens, or the texts, of conversations."""


class Fate(NamedTuple):
    """What becomes of a row.

    Attributes:
        fate: One of `FATES`.
        prompt: Tokens of the prompt.
        tokens: Tokens of the prompt and the longer completion, with what the trainer adds.
    """

    fate: str
    prompt: int
    tokens: int


class TooLongError(StoreError):
    """More rows are too long than the recipe allows.

    Attributes:
        report: The audit.
    """

    def __init__(self, message: str, hint: str, report: dict[str, JSON]) -> None:
        super().__init__(message, hint)
        self.args = (message, hint, report)
        self.report = report


class TokenizerError(StoreError):
    """There is no tokenizer to count with."""


def load(name: str) -> Tokenizer:
    """A tokenizer by folder or name; nothing is fetched that is not on this machine already, unless it is a name of the hub.

    Raises:
        TokenizerError: `transformers` is not installed, or finds no tokenizer there.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise TokenizerError(
            "The token audit needs transformers, which is not installed.", "Run: pip install 'text2sql-store[train]'"
        ) from error
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        told = str(error).strip().partition("\n")[0]
        raise TokenizerError(
            f"There is no tokenizer in {name}: {told}", "Give the folder of a model with its tokenizer files in audit.tokenizer."
        ) from error
    return cast("Tokenizer", tokenizer)


def audit(scratch: Scratch, settings: Audit, tokenizer: Tokenizer) -> dict[str, JSON]:
    """Count over `split_rows` what the trainer would do, and leave the fate of each row in `row_fates`.

    Raises:
        TooLongError: More rows are affected than the recipe allows, and it does not drop them.
    """
    result = scratch.execute("SELECT row::VARCHAR, split, content FROM split_rows WHERE drop IS NULL ORDER BY split, draw, row")
    fates: list[tuple[str, str, str, int, int]] = []
    while batch := result.fetchmany(_BATCH):
        import msgspec

        contents = [msgspec.json.decode(content) for *_, content in batch]
        for (row, split, _), fate in zip(batch, measure(contents, settings, tokenizer), strict=True):
            fates.append((row, split, *fate))
    stage_rows(
        scratch, "row_fates", ("row UUID", "split VARCHAR", "fate VARCHAR", "prompt_tokens INTEGER", "tokens INTEGER"), fates
    )
    splits = {split: _summary([fate for fate in fates if fate[1] == split]) for split in SPLITS}
    report: dict[str, JSON] = {
        "trainer": settings.trainer,
        "max_length": settings.max_length,
        "tokenizer": settings.tokenizer,
        "tokenizer_sha256": _identity(tokenizer),
        "splits": {split: summary for split, summary in splits.items() if summary["rows"]},
    }
    for split, summary in splits.items():
        if settings.long == "refuse" and summary["share"] > settings.max_cut_share:
            told = ", ".join(f"{count} {fate}" for fate, count in summary["fates"].items() if fate != "kept")
            raise TooLongError(
                f"{settings.trainer} with max_length {settings.max_length} would not take {summary['share']:.2%} of the rows of "
                f"{split} as they are: of {summary['rows']:,} {told}.",
                "Raise max_length, shorten the prompts (schema: compact, result), leave the rows out with audit: {long: drop}, "
                "or allow a share with max_cut_share.",
                report,
            )
    return report


def measure(contents: Sequence[Mapping[str, Any]], settings: Audit, tokenizer: Tokenizer) -> list[Fate]:
    """What the trainer does to each of some rows."""
    counted = {
        "sft": _completion,
        "kto": _completion,
        "dpo": _dpo,
        "orpo": _orpo,
        "reward": _reward,
        "grpo": _prompt_only,
        "verl": _prompt_only,
    }
    return counted[str(settings.trainer)](contents, settings, tokenizer)


def _completion(contents: Sequence[Mapping[str, Any]], settings: Audit, tokenizer: Tokenizer) -> list[Fate]:
    """SFT and KTO: a row whose prompt fills the length is dropped, any other is cut."""
    prompts = _tokens(tokenizer, [content["prompt"] for content in contents], generation=True)
    wholes = _tokens(tokenizer, [_joined(content, "completion", tokenizer) for content in contents])
    fates = []
    for prompt, whole in zip(prompts, wholes, strict=True):
        start = _common(prompt, whole)
        fates.append(Fate(_by_start(start, len(whole), settings.max_length), start, len(whole)))
    return fates


def _dpo(contents: Sequence[Mapping[str, Any]], settings: Audit, tokenizer: Tokenizer) -> list[Fate]:
    """DPO: a row whose prompt fills the length is dropped, any other is cut."""
    prompts = _tokens(tokenizer, [content["prompt"] for content in contents], generation=True)
    sides = [_tokens(tokenizer, [_joined(content, side, tokenizer) for content in contents]) for side in ("chosen", "rejected")]
    fates = []
    for prompt, chosen, rejected in zip(prompts, *sides, strict=True):
        start = min(_common(prompt, chosen), _common(prompt, rejected))
        longer = max(len(chosen), len(rejected))
        fates.append(Fate(_by_start(start, longer, settings.max_length), start, longer))
    return fates


def _orpo(contents: Sequence[Mapping[str, Any]], settings: Audit, tokenizer: Tokenizer) -> list[Fate]:
    """ORPO: completions are cut, down to nothing where the prompt fills the length; the row stays."""
    texts = [_as_text(content, tokenizer) for content in contents]
    bare = tokenizer([prompt for prompt, *_ in texts], add_special_tokens=False)["input_ids"]
    sides = [tokenizer([text[0] + text[side] for text in texts], add_special_tokens=False)["input_ids"] for side in (1, 2)]
    fates = []
    for prompt, *wholes in zip(bare, *sides, strict=True):
        spans = []
        for whole in wholes:
            start = (
                len(prompt) if prompt == whole[: len(prompt)] else len(prompt) - 1
            )  # the last token merged with the completion
            bos = tokenizer.bos_token_id is not None and (start == 0 or whole[0] != tokenizer.bos_token_id)
            eos = len(whole) == start or whole[-1] != tokenizer.eos_token_id
            spans.append((start + bos, len(whole) + bos + eos))
        emptied = any(whole > settings.max_length and start >= settings.max_length for start, whole in spans)
        longer = max(whole for _, whole in spans)
        fate = "emptied" if emptied else "cut" if longer > settings.max_length else "kept"
        fates.append(Fate(fate, max(start for start, _ in spans), longer))
    return fates


def _reward(contents: Sequence[Mapping[str, Any]], settings: Audit, tokenizer: Tokenizer) -> list[Fate]:
    """Reward models: a row of which one side is too long is dropped."""
    prompts = _tokens(tokenizer, [content["prompt"] for content in contents])
    sides = [_tokens(tokenizer, [_joined(content, side, tokenizer) for content in contents]) for side in ("chosen", "rejected")]
    lengths = [max(len(chosen), len(rejected)) for chosen, rejected in zip(*sides, strict=True)]
    return [
        Fate("dropped" if longer > settings.max_length else "kept", len(prompt), longer)
        for prompt, longer in zip(prompts, lengths, strict=True)
    ]


def _prompt_only(contents: Sequence[Mapping[str, Any]], settings: Audit, tokenizer: Tokenizer) -> list[Fate]:
    """GRPO takes a prompt of any length; verl stops at one that is too long, unless it is told to cut or to filter."""
    fate = "refused" if settings.trainer == "verl" else "over"
    lengths = [len(prompt) for prompt in _tokens(tokenizer, [content["prompt"] for content in contents], generation=True)]
    return [Fate(fate if length > settings.max_length else "kept", length, length) for length in lengths]


def _by_start(start: int, whole: int, max_length: int) -> str:
    return "dropped" if start >= max_length else "cut" if whole > max_length else "kept"


def _joined(content: Mapping[str, Any], column: str, tokenizer: Tokenizer) -> Any:  # noqa: ANN401 - a string or messages
    """Prompt and completion as the trainers join them; a plain completion gets the end-of-sequence token that it lacks."""
    prompt, completion = content["prompt"], content[column]
    if isinstance(completion, str) and not completion.endswith(tokenizer.eos_token):
        completion += tokenizer.eos_token
    return prompt + completion


def _as_text(content: Mapping[str, Any], tokenizer: Tokenizer) -> tuple[str, str, str]:
    """Prompt, chosen and rejected as the texts that ORPO tokenises."""
    prompt, chosen, rejected = content["prompt"], content["chosen"], content["rejected"]
    if isinstance(prompt, str):
        return prompt, chosen, rejected
    text = str(tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True))
    wholes = [str(tokenizer.apply_chat_template(prompt + side, tokenize=False)) for side in (chosen, rejected)]
    shared = min(_common(text, whole) for whole in wholes)
    return text[:shared], wholes[0][shared:], wholes[1][shared:]


def _tokens(tokenizer: Tokenizer, items: Sequence[Any], *, generation: bool = False) -> list[list[int]]:
    """The tokens of strings, or of lists of messages."""
    if isinstance(items[0], str):
        return list(tokenizer(list(items))["input_ids"])
    encoded = tokenizer.apply_chat_template(list(items), tokenize=True, return_dict=True, add_generation_prompt=generation)
    return list(encoded["input_ids"])


def _common(left: Sequence[object], right: Sequence[object]) -> int:
    """How many items two sequences have in common at their beginning."""
    length = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        length += 1
    return length


def _summary(fates: Sequence[tuple[str, str, str, int, int]]) -> dict[str, Any]:
    """Counts and quantiles of the rows of one split."""
    counts = Counter(fate for _, _, fate, _, _ in fates)
    affected = len(fates) - counts["kept"]
    return {
        "rows": len(fates),
        "fates": {fate: counts[fate] for fate in FATES if counts[fate]},
        "share": affected / len(fates) if fates else 0.0,
        "prompt_tokens": _quantiles([prompt for *_, prompt, _ in fates]),
        "tokens": _quantiles([tokens for *_, tokens in fates]),
    }


def _quantiles(values: Sequence[int]) -> dict[str, int]:
    """Quantiles by the nearest rank: each is the length of some row."""
    ordered = sorted(values)
    if not ordered:
        return {}
    return {f"p{share}" if share < 100 else "max": ordered[-(-share * len(ordered) // 100) - 1] for share in _QUANTILES}  # noqa: PLR2004


def _identity(tokenizer: Tokenizer) -> str | None:
    """The sha256 of everything that decides how a fast tokenizer counts; None for one that cannot be written down."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return None
    template = getattr(tokenizer, "chat_template", None) or ""
    return hashlib.sha256(f"{backend.to_str()}\n{template}".encode()).hexdigest()
