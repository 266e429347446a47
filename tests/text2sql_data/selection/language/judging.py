"""What tests of language-model selectors share: servers and clients that judge by a rule, and short ways to choose."""

import hashlib
import importlib.util
import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import store
from text2sql_data.rollouts.clients.model import Completion, Likelihood, ModelInfo, Reply, Request
from text2sql_data.selection.language.asking import Judge
from text2sql_data.selection.language.opening import open_language
from text2sql_data.selection.running import Selected, run

ROLLOUTS = Path(__file__).parents[2] / "rollouts"


def load(name: str, path: Path) -> Any:  # noqa: ANN401 - a module
    """A module of the tests, which are no package."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FAULTY = load("fault_server_of_selectors", ROLLOUTS / "fault_server.py")

Rule = Callable[[str], list[float]]
"""From a prompt to the log-probabilities of the answers that are asked about."""


class JudgeServer(FAULTY.FaultServer):  # type: ignore[misc,name-defined] - loaded from a file
    """A server that gives log-probabilities of answers by a rule, with two tokens an answer, and writes texts by another.

    Attributes:
        rule: The rule.
        asked: How often each prompt was asked about.
    """

    def __init__(self, rule: Rule, writes: Callable[[dict[str, Any]], list[str]] = lambda _: ["1"]) -> None:
        super().__init__("judge", writes)
        self.rule = rule
        self.asked: Counter[str] = Counter()

    def _answer(self, call: Any, fault: Any) -> dict[str, Any]:  # noqa: ANN401 - of the loaded module
        body = call.body
        both = body["prompt"] if body.get("echo") else [body["prompt"]] * 2
        prompt = both[0][: next((at for at, (a, b) in enumerate(zip(*both, strict=False)) if a != b), len(both[0]))]
        self.asked[prompt] += 1
        if not body.get("echo") or fault.status >= 400:
            answer: dict[str, Any] = super()._answer(call, fault)
            return answer
        choices = []
        for at, (text, logprob) in enumerate(zip(body["prompt"], self.rule(prompt), strict=True)):
            answer_text = text[len(prompt) :]
            tokens = [prompt[:-1], prompt[-1:], answer_text[:1], answer_text[1:]]
            told = {"tokens": tokens, "token_logprobs": [None, -1.0, logprob, 0.0], "top_logprobs": None, "text_offset": [0] * 4}
            choices.append({"index": at, "text": text, "finish_reason": "length", "logprobs": told})
        usage = {"prompt_tokens": 7, "completion_tokens": 0}
        return {"model": self.name, "choices": choices[::-1], "usage": usage}  # in whatever order


class RuleClient:
    """A client in this process that judges by a rule, and notes what it was asked.

    Attributes:
        requests: What it was asked.
    """

    concurrency = 4

    def __init__(self, rule: Callable[[Request], Reply]) -> None:
        self.rule = rule
        self.requests: list[Request] = []

    @property
    def asked(self) -> "Counter[str]":
        """How often each prompt was asked about."""
        return Counter(request.prompt for request in self.requests)

    async def check(self) -> ModelInfo:
        """Its name."""
        return ModelInfo("judge")

    async def complete(self, request: Request) -> Reply:
        """What the rule says."""
        self.requests.append(request)
        return self.rule(request)

    async def close(self) -> None:
        """Nothing is held."""


CLIENTS: dict[str, RuleClient] = {}
"""Clients in this process by the name that `at` gives to them: an autouse fixture opens them."""


def judge(rule: Rule, writes: Callable[[str], str] = lambda _: "1") -> RuleClient:
    """A client in this process that does as a `JudgeServer` does."""

    def reply(request: Request) -> Reply:
        if request.answers is None:
            return Reply([Completion(writes(request.prompt))])
        return likely(*rule(request.prompt))

    return RuleClient(reply)


def likely(*logprobs: float | None) -> Reply:
    """A reply with log-probabilities."""
    return Reply([], likelihoods=tuple(Likelihood(one) for one in logprobs))


class Chosen(NamedTuple):
    """What a selector did, and who judged."""

    done: Selected
    judge: Judge


def choose(
    lake: store.Lake,
    method: str,
    parameters: dict[str, Any],
    *runs: str,
    estimate: bool = False,
    **options: Any,  # noqa: ANN401 - of `run`
) -> Chosen:
    """Let a language-model selector choose."""
    with open_language(lake, method, parameters, estimate=estimate) as (selector, judge):
        return Chosen(run(lake, selector, list(runs) or ["small"], dry_run=estimate, **options), judge)


def scores(lake: store.Lake, name: str) -> dict[str, float | None]:
    """The last scores of a selector, by candidate."""
    text = (
        "SELECT candidate::VARCHAR, max_by(coalesce(score, 'nan'::DOUBLE), snapshot) FROM scores JOIN selectors USING (selector)"
        " WHERE name = $name GROUP BY ALL"
    )
    return {candidate: None if math.isnan(score) else score for candidate, score in lake.sql(text, name=name).fetchall()}


def at(server: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - of a module that is loaded; parameters
    """The parameters that ask a server, or a client in this process."""
    if isinstance(server, RuleClient):
        name = f"rule {id(server)}"
        CLIENTS[name] = server
        return {"client": {"client": "replay", "file": name}, **more}
    return {"client": {"client": "openai", "addresses": [server.address], "retries": 1}, **more}


def quality(text: str) -> float:
    """A number from -2 to 2 that depends on a text, and on nothing else."""
    return 4 * (int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32) - 2


def of_one(prompt: str) -> list[float]:
    """YES and NO about one candidate: NO is always the likelier, so that who would write an answer writes NO for all."""
    return [-6.0 + quality(prompt), -1.0]


def expected(yes: float, no: float) -> float:
    """The probability of the first of two log-probabilities against the second."""
    return 1 / (1 + math.exp(no - yes))


def shown(prompt: str) -> list[str]:
    """The SQL of the candidates that a prompt for several shows."""
    parts = prompt.split("\nCandidate ")[1:]
    return [part.split(":\n", 1)[1].split("\nExecution result:")[0] for part in parts]


def json_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write a file of JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path
