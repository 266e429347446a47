"""Every mode against a plain reading of its definition: loops over random small rollouts, question by question."""

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.importers import mats
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.options import Options

QUESTIONS = 160
VALIDATORS = ("select", "condition", "join", "order")
MODES = ("independent", "collab", "collab_v2", "joint", "critique_aware")
Trajectory = dict[str, Any]


class Decision(NamedTuple):
    """What one agent decided in one rollout; good is None where nobody can say."""

    agent: str
    subject: tuple[object, ...]
    answer: tuple[object, ...]
    good: bool | None
    why: str | None
    reward: float
    text: str
    prompt: str | None
    sql: str | None
    reads: tuple[object, ...] | None = None


class Found(NamedTuple):
    """A pair as it stands in the table."""

    type: str
    prompt: str | None
    rejected_prompt: str | None
    chosen: str
    rejected: str
    chosen_sql: str | None
    rejected_sql: str | None
    chosen_reward: float
    rejected_reward: float


def trajectory(draw: random.Random) -> Trajectory:
    """One rollout over few texts, so that all of them meet each other."""
    fields: Trajectory = {
        "planner_sql": draw.choice(["A", "A", "A", "A", "A", "B", None]),
        "planner_exec_ok": draw.choice([True, True, False]),
        "is_planner_correct": draw.choice([True, True, False, False, False, None]),
        "prompt_planner": draw.choice(["plan", "plan", "plan differently"]),
    }
    for validator in draw.choice([("select",), ("select", "condition"), ("select", "condition"), ("select", "order"), ()]):
        says = draw.choice(["Conclude: correct."] * 3 + ["Conclude: incorrect."] * 3 + ["No idea."])
        fields[f"fb_{validator}"] = f"{validator.upper()}.\n{draw.choice('xy')}\n{says}"
    if draw.random() < 0.8:
        shown = " ".join(text for validator in VALIDATORS if (text := fields.get(f"fb_{validator}")))
        fields |= {
            "fixed_sql": draw.choice(["A", "C", "D"]),
            "is_fixed_correct": draw.choice([True, True, False, False, None]),
            "prompt_fix": draw.choice([None, "FIXED SQL:", f"Fix this: {fields['planner_sql']} {shown}"]),
        }
    return fields


def critiques(t: Trajectory) -> dict[str, str]:
    """The critiques of a rollout by validator."""
    return {validator: t[f"fb_{validator}"] for validator in VALIDATORS if t.get(f"fb_{validator}")}


def says(text: str) -> str:
    """What a critique concludes."""
    return "correct" if "Conclude: correct" in text else "incorrect" if "Conclude: incorrect" in text else "unparsed"


def planner_reward(t: Trajectory) -> float:
    """Reward of the planner's SQL."""
    if t["is_planner_correct"]:
        return 1.0
    return 0.2 if t["planner_exec_ok"] and t["planner_sql"] else -0.2


def outcome(t: Trajectory, mode: str, gate: str, doubted: bool) -> tuple[bool | None, str | None, float, str | None]:
    """How a critique of a rollout came out: whether well, why nobody can say, the reward, and the SQL that has it."""
    fixed = t.get("fixed_sql") is not None
    fix = (t["is_fixed_correct"], 0.7 if t["is_fixed_correct"] else -0.5, t["fixed_sql"]) if fixed else None
    own = (t["is_planner_correct"], planner_reward(t), t["planner_sql"])
    if mode == "joint":
        runs = t["planner_exec_ok"] and t["planner_sql"]
        taken = fixed and (gate == "always" or not runs or (gate == "critique" and doubted))
        good, reward, sql = fix if fix and taken else own
    else:
        used = fix if mode == "collab" or doubted else own
        if used is None:
            return None, "fixer_not_called", 0.0, None
        good, reward, sql = used
    return good, "unknown" if good is None else None, reward, sql


def decisions(t: Trajectory, mode: str, gate: str) -> Iterator[Decision]:
    """What every agent decided in a rollout."""
    texts = critiques(t)
    read = tuple(texts.items())
    doubted = any(says(text) == "incorrect" for text in texts.values())
    sql, correct, fixed = t["planner_sql"], t["is_planner_correct"], t.get("fixed_sql")
    shown = t["prompt_fix"] if fixed and t["prompt_fix"] and all(x in t["prompt_fix"] for x in texts.values()) else None
    if mode == "critique_aware":
        for validator, text in texts.items() if fixed else ():
            fix, told = t["is_fixed_correct"], (says(text) == "correct") == correct
            why = (
                "no_sql" if sql is None
                else "unknown" if None in (fix, correct)
                else "unparsed" if says(text) == "unparsed"
                else "not_by_critique" if fix != told
                else None
            )  # fmt: skip
            yield Decision(
                "fixer",
                (sql, validator),
                (read, fixed),
                None if why else fix,
                why,
                0.7 if fix else -0.5,
                fixed,
                shown,
                fixed,
                read,
            )
        if fixed and not texts:
            why = "no_sql" if sql is None else "unknown" if None in (t["is_fixed_correct"], correct) else "no_critique"
            yield Decision("fixer", (sql, None), (read, fixed), None, why, 0.0, fixed, shown, fixed, read)
        return
    good, reward, decided = correct, planner_reward(t), sql
    if mode == "joint":
        good, _, reward, decided = outcome(t, mode, gate, doubted)
    why = "no_sql" if sql is None else "unknown" if good is None else None
    prompt = t["prompt_planner"]
    yield Decision("planner", (prompt,), (sql,), None if why else good, why, reward, sql, prompt, decided)
    for validator, text in texts.items():
        if mode == "independent":
            good = None if correct is None else (says(text) == "correct") == correct
            why, reward = "unparsed" if says(text) == "unparsed" else "unknown" if good is None else None, float(bool(good))
            decided = None
        else:
            good, why, reward, decided = outcome(t, mode, gate, doubted)
        why = "no_sql" if sql is None else why
        yield Decision(validator, (sql,), (text,), None if why else good, why, reward, text, None, decided)
    if fixed:
        good, reward, decided = t["is_fixed_correct"], 0.7 if t["is_fixed_correct"] else -0.5, fixed
        if mode == "joint":
            good, _, reward, decided = outcome(t, mode, gate, doubted)
        why = "no_sql" if sql is None else "unknown" if good is None else None
        yield Decision("fixer", (sql, read, t["prompt_fix"]), (fixed,), None if why else good, why, reward, fixed, shown, decided)


def pairs_of(group: list[Decision], per_group: int, mode: str) -> tuple[list[tuple[Decision, Decision]], str | None]:
    """The pairs among the answers to one prompt, or why there is none although both outcomes are there."""
    by_answer: dict[tuple[object, ...], list[Decision]] = defaultdict(list)
    for decision in group:
        by_answer[decision.answer].append(decision)
    outcomes = {answer: {one.good for one in same} for answer, same in by_answer.items()}
    chosen = [answer for answer, seen in outcomes.items() if seen == {True}]
    rejected = [answer for answer, seen in outcomes.items() if seen == {False}]
    both = [answer for answer, seen in outcomes.items() if len(seen) == 2]
    if not chosen and not rejected and both:
        return [], "same_text" if len(both) == 1 else "both_ways"
    chosen, rejected = chosen or both, rejected or both
    if mode == "critique_aware":
        chosen, rejected = spread(chosen, by_answer), spread(rejected, by_answer)
    found, k = [], 0
    lcm = next(n for n in count(1) if n % max(len(chosen), 1) == 0 and n % max(len(rejected), 1) == 0)
    while k < min(per_group, len(chosen) * len(rejected)):
        left, right = chosen[k % len(chosen)], rejected[(k + k // lcm) % len(rejected)]
        found.append(
            (next(one for one in by_answer[left] if one.good), next(one for one in by_answer[right] if not one.good)),
        )
        k += 1
    return found, None


def spread(
    answers: Sequence[tuple[object, ...]], by_answer: dict[tuple[object, ...], list[Decision]]
) -> list[tuple[object, ...]]:
    """The answers, the first of every set of critiques before the second ones."""
    seen: dict[object, int] = defaultdict(int)
    keyed = []
    for answer in answers:
        reads = by_answer[answer][0].reads
        keyed.append((seen[reads], answer))
        seen[reads] += 1
    return [answer for _, answer in sorted(keyed, key=lambda one: one[0])]


def expected(trajectories: list[Trajectory], mode: str, gate: str, per_group: int) -> tuple[list[list[Found]], dict[str, str]]:
    """The pairs of one question, prompt by prompt, and the reason of each agent without one."""
    made = [decision for t in trajectories for decision in decisions(t, mode, gate)]
    agents = ("fixer",) if mode == "critique_aware" else ("planner", "select", "condition", "order", "fixer")
    found, reasons = [], {}
    for agent in agents:
        own = [decision for decision in made if decision.agent == agent]
        judged = [decision for decision in own if decision.good is not None]
        groups: dict[tuple[object, ...], list[Decision]] = defaultdict(list)
        for decision in judged:
            groups[decision.subject].append(decision)
        if mode == "critique_aware":  # of the validators that have both sides the first
            both = {subject for subject, group in groups.items() if len({one.good for one in group}) == 2}
            first = {sql: next(v for v in VALIDATORS if (sql, v) in both) for sql in {subject[0] for subject in both}}
            groups = {s: g for s, g in groups.items() if s[0] not in first or s[1] == first[s[0]]}
            judged = [one for group in groups.values() for one in group]
            own = [one for one in own if one.subject[0] not in first or one.subject[1] == first[one.subject[0]]]
        whys = []
        for group in groups.values():
            matched, why = pairs_of(group, per_group, mode)
            made_here = [as_found(f"{agent}_{mode}", *sides) for sides in matched]
            kept = [pair for pair in made_here if pair.chosen != pair.rejected or pair.rejected_prompt]
            whys += [why] if why else ["same_text"] * (len(made_here) - len(kept))
            if kept:
                found.append(kept)
        reasons[agent] = (
            "" if any(one and one[0].type.startswith(f"{agent}_") for one in found)
            else min(whys) if whys
            else {"planner": "no_sql", "fixer": "fixer_not_called"}.get(agent, "no_critique") if not own
            else min(one.why or "" for one in own) if not judged
            else "all_correct" if all(one.good for one in judged)
            else "none_correct" if not any(one.good for one in judged)
            else "one_answer" if max(len(group) for group in groups.values()) == 1
            else "no_common_prompt"
        )  # fmt: skip
    return found, reasons


def as_found(name: str, chosen: Decision, rejected: Decision) -> Found:
    """A pair of decisions as a row."""
    prompt, other = chosen.prompt, None
    if chosen.reads is not None:
        whole = chosen.prompt and rejected.prompt and chosen.prompt != rejected.prompt
        prompt, other = (chosen.prompt, rejected.prompt) if whole else (None, None)
    sides = (chosen.text, rejected.text, chosen.sql, rejected.sql, chosen.reward, rejected.reward)
    return Found(name, prompt, other, *sides)


@pytest.fixture(scope="module", params=[1, 2])
def rollouts(
    template: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[list[Trajectory]]]:
    """A lake with random rollouts of many questions, and what they are."""
    draw = random.Random(request.param)  # noqa: S311 - rollouts, no secrets
    questions = [[trajectory(draw) for _ in range(draw.randint(1, 10))] for _ in range(QUESTIONS)]
    folder = tmp_path_factory.mktemp("rollouts")
    (folder / "small.json").write_text(
        json.dumps([{"question_id": n, "db_id": "d", "question": f"q{n}", "query": "SELECT 1"} for n in range(QUESTIONS)])
    )
    (folder / "r").write_text("\n".join(json.dumps({"question_id": n, "trajectories": t}) for n, t in enumerate(questions)))
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "small", read(folder / "small.json"))
        import_runs(lake, mats.FORMAT, [Source("r", "r", (folder / "r",))], benchmark="small")
    return folder / "lake", questions


@pytest.mark.slow
@pytest.mark.parametrize("per_group", [1, 3])
@pytest.mark.parametrize(("mode", "gate"), [*((mode, "critique") for mode in MODES), ("joint", "exec_ok"), ("joint", "always")])
def test_a_mode_is_what_it_says(rollouts: tuple[Path, list[list[Trajectory]]], mode: str, gate: str, per_group: int) -> None:
    """Pairs, prompts, deciding SQL, rewards, and reasons of questions without a pair are those of a loop over the definition."""
    path, questions = rollouts
    with store.open(path) as lake:
        name = f"{mode} {gate} {per_group}"
        mine(lake, name, ["r"], Options(mode=mode, comparator="file:r", gate=gate, per_group=per_group))
        rows = lake.sql(
            "SELECT position, type, p.text, r.text, chosen, rejected, chosen_sql, rejected_sql,"
            " round(chosen_reward, 6), round(rejected_reward, 6)"
            " FROM pairs AS x LEFT JOIN prompts AS p ON p.prompt = x.prompt"
            " LEFT JOIN prompts AS r ON r.prompt = x.rejected_prompt WHERE pair_set = $name",
            name=name,
        ).fetchall()
        yields = lake.sql("SELECT position, agent, reason FROM pair_yields WHERE pair_set = $name", name=name).fetchall()
        repeated = lake.sql(
            "SELECT position, count(*) FROM pair_drops WHERE pair_set = $name AND reason = 'same_critique' GROUP BY ALL",
            name=name,
        ).fetchall()
    seen: dict[int, list[Found]] = defaultdict(list)
    reasons: dict[int, dict[str, str]] = defaultdict(dict)
    for position, *values in rows:
        seen[position].append(Found(*values))
    for position, agent, reason in yields:
        reasons[position][agent] = reason or ""
    assert len(rows) > 5
    for position, trajectories in enumerate(questions):
        groups, whys = expected(trajectories, mode, gate, per_group)
        meant = [pair for group in groups for pair in group]
        assert set(seen[position]) <= set(meant), position
        if position not in dict(repeated):  # else which of them are first is not for the loop to say
            assert {pair[:5] for pair in seen[position]} == {pair[:5] for pair in meant}, position
        assert reasons[position] == whys, position
