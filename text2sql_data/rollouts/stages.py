"""Stages of a rollout: what is still to be asked (a query over the lake), how it is asked, and what is made of the answers.

A pipeline is a list of steps; a step is a wave of stages that ask at the same time, or an execution of what they wrote. A stage
knows what is missing from the lake alone, so that a second start does the rest and nothing twice.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Literal, NamedTuple, TypeAlias

from store.scratch import Scratch
from text2sql_data.critiques.parsing import verdict
from text2sql_data.prompts.results import Result, result_text
from text2sql_data.rollouts.agents import Asker, seed_of
from text2sql_data.rollouts.clients.model import Completion, Place, Request
from text2sql_data.rollouts.config import ShownResult
from text2sql_data.rollouts.extraction import extract

_SQL = files("text2sql_data") / "rollouts" / "sql"
_PAGE = 500


class Work(NamedTuple):
    """One prompt that is to be answered: a row of a stage's query.

    Attributes:
        position: Position of the question.
        draw: Which of the agent's draws.
        samples: The samples that are missing; for critiques, their ordinals.
        row: All columns of the query, by name: the attempt that is shown, its critiques, ...
    """

    position: int
    draw: int
    samples: list[int]
    row: Mapping[str, Any]


Fields = Callable[[Work], Mapping[str, object]]
"""The fields of a prompt beside those of the question."""


class Stage(NamedTuple):
    """One agent asking for everything that is missing.

    Attributes:
        name: Name of the stage of its candidates; for critiques, the validator.
        asker: The agent.
        query: Name of the query for what is missing.
        parameters: Parameters of that query.
        makes: candidates or critiques.
        step: Step of its candidates.
        fields: The fields of its prompts beside those of the question.
        saw_gold: Whether its prompts, or the choice of whom to ask, know the gold.
    """

    name: str
    asker: Asker
    query: str
    parameters: Mapping[str, Any]
    makes: Literal["candidates", "critiques"] = "candidates"
    step: int = 0
    fields: Fields = lambda _: {}
    saw_gold: bool = False

    def prepare(self, scratch: Scratch) -> int:
        """Find what is missing, in the order of the questions; the number of completions."""
        scratch.stage("draws", [{"sample": sample, "draw": draw} for sample, draw in self.asker.samples()])
        scratch.execute(f"CREATE OR REPLACE TEMP TABLE work AS {sql_text(self.query)}", **self.parameters)
        row = scratch.execute("SELECT coalesce(sum(len(samples)), 0) FROM work").fetchone()
        return int(row[0]) if row else 0

    def works(self, scratch: Scratch) -> Iterator[Work]:
        """What `prepare` found."""
        result = scratch.execute("FROM work")
        names = [column[0] for column in result.description or []]
        while page := result.fetchmany(_PAGE):
            for values in page:
                row = dict(zip(names, values, strict=True))
                yield Work(row["position"], row["draw"], row["samples"], row)

    def requests(self, work: Work, prompt: str, seed: int | None) -> Iterator[Request]:
        """The calls for one prompt: one for all its samples, or one a sample where each has a seed of its own; one a critique."""
        stage = work.row.get("stage") or self.name
        if self.makes == "critiques":
            for ordinal in work.samples:
                subject = f"{self.name} {ordinal}"
                own = None if seed is None else seed_of(seed, work.position, "planner", work.row["sample"], subject)
                place = Place(work.position, "planner", (work.row["sample"],), subject)
                yield Request(prompt, self.asker.sampling(work.draw, own), place)
        elif seed is None:
            yield Request(prompt, self.asker.sampling(work.draw, None), Place(work.position, stage, tuple(work.samples)))
        else:
            for sample in work.samples:
                own = seed_of(seed, work.position, stage, sample, "")
                yield Request(prompt, self.asker.sampling(work.draw, own), Place(work.position, stage, (sample,)))


class Execute(NamedTuple):
    """Execute what was written; and label it, where the gold decides who is asked next."""

    label: bool = False


Step: TypeAlias = "list[Stage] | Execute"


def candidate_row(stage: Stage, work: Work, request: Request, sample: int, completion: Completion) -> dict[str, object]:
    """A candidate as it is staged for the lake."""
    sampling = request.sampling
    return {
        "position": work.position,
        "sample": sample,
        "stage": request.place.stage,
        # The fix of a further set of critiques never stands as an answer.
        "step": stage.step if request.place.stage == stage.name else -stage.step,
        "parent": work.row.get("parent"),
        "sql": extract(completion.text),
        "completion": completion.text,
        "prompt_text": request.prompt,
        "sampling": json.dumps(
            {
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "max_tokens": sampling.max_tokens,
                "seed": sampling.seed,
            }
        ),
        "logprob": completion.logprob,
        "tokens": completion.tokens,
        "finish": completion.finish,
        "saw_gold": stage.saw_gold,
    }


def critique_row(stage: Stage, work: Work, request: Request, completion: Completion) -> dict[str, object]:
    """A critique as it is staged for the lake."""
    return {
        "candidate": work.row["parent"],
        "validator": stage.name,
        "ordinal": int(request.place.subject.rpartition(" ")[2]),
        "text": completion.text,
        "verdict": verdict(completion.text),
        "prompt_text": request.prompt,
        "logprob": completion.logprob,
    }


def attempt_fields(work: Work, shown: ShownResult) -> dict[str, object]:
    """The SQL of an attempt and what it did, for a prompt."""
    row = work.row
    result = Result(row["status"], row["error"], row["columns"], row["n_rows"], row["preview"])
    return {"sql": row["sql"] or "", "result": result_text(result, max_rows=shown.rows, max_chars=shown.chars)}


def sql_text(name: str) -> str:
    """The text of one of the rollouts' queries."""
    return (_SQL / f"{name}.sql").read_text("utf-8")
