"""Recipes: what a dataset is to be made of, as the structures that a recipe's YAML is read into.

Each kind of dataset has its own structure, and takes the fields of its own kind only. `reading` reads and completes them.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Name = Annotated[str, msgspec.Meta(min_length=1)]
Agent = Literal["sql", "planner", "fixer", "repair", "select", "condition", "join", "order"]
SplitName = Literal["train", "validation", "test"]
Match = Literal["question", "text", "database", "content"]

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


class OwnTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt template that a recipe brings with it. Reading a recipe makes it from the path of a file.

    Attributes:
        name: Name of the file without `.j2`.
        text: The template.
        recorded: Whether it is for rows without a recorded prompt only.
    """

    name: Name
    text: str
    recorded: bool = False


class ResultLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of an execution a prompt shows.

    Attributes:
        rows: At most so many rows.
        chars: At most so many characters; a mark shows that more was there.
    """

    rows: Annotated[int, msgspec.Meta(ge=0)] = 5
    chars: Positive = 400


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How rows are divided.

    Attributes:
        by: database: no database is in two splits; question: no question is. Either way no question text is in two.
        fractions: Share of the databases or questions of each split, by name; they add up to 1.
        seed: Draws which go where. The same seed sends the same database or question to the same split in every dataset.
        assign: Databases that are not drawn but told, by split; for `by: database`.
    """

    by: Literal["database", "question"] = "database"
    fractions: dict[SplitName, Share] = msgspec.field(default_factory=lambda: {"train": 0.8, "validation": 0.1, "test": 0.1})
    seed: int = 0
    assign: dict[SplitName, list[Name]] = {}


class Overlap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What counts as an overlap with a benchmark of `against`, and what happens then.

    Attributes:
        action: refuse: nothing is built; drop: the rows that overlap are left out.
        by: question: the same question of the same benchmark; text: the same normalised text; database: the same name of a
            database; content: the same bytes of a database. Leave out the last two to allow a database that both have.
    """

    action: Literal["refuse", "drop"] = "refuse"
    by: tuple[Match, ...] = ("question", "text", "database", "content")


class Audit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token audit: what the trainer would do to long rows.

    Attributes:
        tokenizer: Folder or name of a tokenizer, as `AutoTokenizer.from_pretrained` takes it.
        max_length: The trainer's `max_length` (for verl its `max_prompt_length`).
        trainer: sft, dpo, orpo, reward, kto, grpo or verl. Default: the trainer of the kind; dpo for preference.
        long: refuse: nothing is built when more rows are affected than `max_cut_share`; drop: they are left out.
        max_cut_share: Share of the rows of any split that may be cut, dropped, emptied or refused by the trainer.
    """

    tokenizer: Name
    max_length: Positive = 1024
    trainer: Literal["sft", "dpo", "orpo", "reward", "kto", "grpo", "verl"] | None = None
    long: Literal["refuse", "drop"] = "refuse"
    max_cut_share: Share = 0.0


class _Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    name: Name
    format: Literal["plain", "conversational"] = "plain"
    system: str | None = None
    prompt: str | OwnTemplate | None = None
    schema: Literal["compact", "typed", "ddl", "rich"] = "typed"
    result: ResultLimits = ResultLimits()
    seed: int = 0
    split: Split = Split()
    against: list[Name] = []
    overlap: Overlap = Overlap()
    audit: Audit | None = None


COMMON = """
    Fields of every kind:

    Attributes:
        name: Name of the dataset.
        kind: What it is for.
        format: plain: strings; conversational: lists of messages. Both with the columns that TRL has for it.
        system: A system message before each prompt, for the conversational format.
        prompt: Name of a template, or the path of one of your own, from the recipe's folder; for sft, preference and kto also
            `recorded` (the prompt that the model saw; rows without one are dropped) and `recorded_or:NAME`. `agent` as a name
            is the template of the row's agent.
        schema: How a schema is written: compact, typed or ddl.
        result: How much of a result a prompt shows.
        seed: Draws the order of the rows, of candidates within a prompt, and which of equal rows stay.
        split: How rows are divided.
        against: Benchmarks that the dataset will be judged on: it may not overlap with them.
        overlap: What an overlap is, and what happens then.
        audit: What the trainer would do to long rows; nothing is looked at without it.
"""


class _Judged(_Base, frozen=True, kw_only=True):
    runs: list[Name] = []
    comparator: Name = "bird"
    gold_revision: Name = "original"
    gate: Literal["exec_ok", "critique", "always", "all"] = "exec_ok"


JUDGED = """
    Fields of the kinds that read runs:

    Attributes:
        runs: Runs whose candidates are read.
        comparator: Whose verdicts count.
        gold_revision: Gold revision of the verdicts.
        gate: Which candidates: the final answers under exec_ok, critique or always (see the view taken_fixes), or all of them.
"""


class Sft(_Judged, frozen=True, kw_only=True, tag="sft"):
    """Completions to imitate: correct SQL, plans, fixes or critiques.

    Attributes:
        agent: Whose completions: sql, planner, fixer, repair, select, condition, join or order.
        completion: sql: the SQL alone; recorded: the model's own text. Default: recorded for planner, else sql.
        golds: Benchmarks whose golds are completions too, for the agent sql. A gold is no prediction: it is there when asked for.
        critiques: agreeing: those whose verdict is that of the comparator; all: every one that concludes.
        duplicates: Of completions to one question, sql: the same SQL but for spelling counts once; result: so does the same
            result; none: every one counts.
        per_question: At most so many rows of one question.
    """

    agent: Agent = "sql"
    completion: Literal["sql", "recorded"] | None = None
    golds: list[Name] = []
    critiques: Literal["agreeing", "all"] = "agreeing"
    duplicates: Literal["sql", "result", "none"] = "sql"
    per_question: Positive | None = None


class SelectorPointwise(_Judged, frozen=True, kw_only=True, tag="selector_pointwise"):
    """Is this candidate right? The completion is YES or NO.

    Attributes:
        negatives: natural: all; balanced: in each split as many NO as YES.
        duplicates: result: candidates of a question with the same result and verdict count once; sql: those with the same SQL
            but for spelling; none: every one counts.
    """

    negatives: Literal["natural", "balanced"] = "natural"
    duplicates: Literal["sql", "result", "none"] = "result"


class SelectorPairwise(_Judged, frozen=True, kw_only=True, tag="selector_pairwise"):
    """Which of two candidates is right? The completion is A or B.

    Attributes:
        duplicates: As for selector_pointwise.
        per_question: At most so many pairs of one question.
    """

    duplicates: Literal["sql", "result", "none"] = "result"
    per_question: Positive = 4


class SelectorListwise(_Judged, frozen=True, kw_only=True, tag="selector_listwise"):
    """Which of 2 to 5 shuffled candidates is right? The completion is its number from 1, or the answer for none.

    Attributes:
        duplicates: As for selector_pointwise.
        candidates: Candidates in a prompt, at most.
        none: natural: a question without a right candidate gives a list too; never: it does not.
        none_answer: The completion where no candidate is right.
    """

    duplicates: Literal["sql", "result", "none"] = "result"
    candidates: Annotated[int, msgspec.Meta(ge=2, le=5)] = 5
    none: Literal["natural", "never"] = "natural"
    none_answer: Name = "-1"


class SelectorFeatures(_Judged, frozen=True, kw_only=True, tag="selector_features"):
    """The features of every final answer, and whether it is right: for the selector `features`. Nothing is rendered.

    Attributes:
        feature_set: Identity of the features as they are defined; that of now when it is left out. A pin is built again only
            while the definitions are the same.
        draws: Besides all answers of a question, so many draws of k of them for every k from more than half of them on: there is
            more to learn from, and a selector that learned from it also chooses well where there are fewer answers.
    """

    feature_set: str | None = None
    draws: Annotated[int, msgspec.Meta(ge=0)] = 0


class Preference(_Base, frozen=True, kw_only=True, tag="preference"):
    """Of two completions, which is preferred: for DPO, ORPO and reward models.

    Attributes:
        pair_sets: Pair sets whose pairs are read.
        filters: Which pairs stay, as `t2s pairs select` has it.
        two_prompts: What becomes of a pair whose sides answer different prompts: drop, or chosen: both get that of the chosen
            side.
        margin: Whether there is a column `margin` with the difference of the rewards, as RewardTrainer reads it.
    """

    pair_sets: list[Name]
    filters: dict[str, Any] | None = None
    two_prompts: Literal["drop", "chosen"] = "drop"
    margin: bool = False


class Kto(_Judged, frozen=True, kw_only=True, tag="kto"):
    """Completions that are good or bad, each by itself: from candidates of runs, or from both sides of pairs.

    Attributes:
        pair_sets: Pair sets whose pairs are read, instead of runs.
        filters: Which pairs stay, as `t2s pairs select` has it; a cap counts rows, and does not go with balanced.
        negatives: natural: all; balanced: in each split as many bad as good ones.
        duplicates: As for selector_pointwise; for candidates of runs.
    """

    pair_sets: list[Name] = []
    filters: dict[str, Any] | None = None
    negatives: Literal["natural", "balanced"] = "natural"
    duplicates: Literal["sql", "result", "none"] = "result"


class Grpo(_Base, frozen=True, kw_only=True, tag="grpo"):
    """Prompts with what a reward function needs.

    Attributes:
        benchmarks: Benchmarks whose questions are asked.
        gold_revision: Which golds the reward compares with.
    """

    benchmarks: list[Name]
    gold_revision: Name = "original"


class Verl(_Base, frozen=True, kw_only=True, tag="verl"):
    """Prompts as verl reads them from Parquet; always conversational.

    Attributes:
        benchmarks: Benchmarks whose questions are asked.
        gold_revision: Which golds are the ground truth.
        ability: The column of that name.
    """

    benchmarks: list[Name]
    gold_revision: Name = "original"
    ability: Name = "text2sql"


Recipe: TypeAlias = (
    Sft | SelectorPointwise | SelectorPairwise | SelectorListwise | SelectorFeatures | Preference | Kto | Grpo | Verl
)
"""A recipe of any kind."""

Judged: TypeAlias = Sft | SelectorPointwise | SelectorPairwise | SelectorListwise | Kto
"""A recipe that reads the candidates of runs."""

KINDS: dict[str, type[Recipe]] = {
    "sft": Sft,
    "selector_pointwise": SelectorPointwise,
    "selector_pairwise": SelectorPairwise,
    "selector_listwise": SelectorListwise,
    "selector_features": SelectorFeatures,
    "preference": Preference,
    "kto": Kto,
    "grpo": Grpo,
    "verl": Verl,
}
"""The kinds of datasets."""
