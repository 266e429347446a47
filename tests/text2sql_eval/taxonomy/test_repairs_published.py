"""Repairs and routes against the published reports of the same trajectories, and what repair comes to under each scope."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_eval.taxonomy.model import Repairs
from text2sql_eval.taxonomy.repairs import repairs

pytestmark = pytest.mark.slow  # whole flows over whole lakes

# The words of the published policy for what is stored in short here.
DETECTABLE = {"yes": "yes", "weak": "weak", "no": "external verifier required"}
ROUTES = {
    "ask_again": {"generation retry / stricter output parser"},
    "repair": {"Column-Minimal Repair", "execution-error repair or safe retry"},
    "schema_repair": {"schema-aware Column-Minimal Repair"},
    "alias_repair": {"alias disambiguation repair"},
    "cheaper_query": {"cost-aware rewrite / join simplification"},
    "value_repair": {"condition-value grounding feedback"},
    "verified_repair": {"verified semantic repair / DPO mining"},
    "none": {"return SQL"},
}
SCOPES = {
    "online": {"online repair", "online retry"},
    "guarded": {"guarded repair"},
    "external": {"offline or external-verifier repair"},
    "serve": {"serve"},
}


@pytest.fixture
def breakdown(real_data: Path) -> dict[str, Any]:
    """The published breakdown of repairs."""
    found: dict[str, Any] = json.loads((real_data / "trajectories/repair_breakdown.json").read_text("utf-8"))["runs"][0]
    return found


@pytest.fixture
def routing(real_data: Path) -> dict[str, Any]:
    """The published report on routes."""
    found: dict[str, Any] = json.loads((real_data / "trajectories/repair_routing.json").read_text("utf-8"))
    return found


def as_published(found: Repairs) -> dict[str, Any]:
    """Repairs in the form of the published breakdown, without its label and path."""
    return {
        "total": found.n,
        "status_counts": found.statuses,
        "first_turn_error_total": found.first_turn_errors,
        "repaired_total": found.repaired,
        "overall_repair_rate": round(found.repair_rate or 0, 4),
        "breakdown": [
            {
                "error_type": one.error_type,
                "first_turn_errors": one.first_turn_errors,
                "repaired": one.repaired,
                "repair_rate": round(one.repair_rate, 4),
                "final_failed": one.failed,
                "final_failure_types": one.final_types,
            }
            for one in found.types
        ],
        "transitions": Counter({(one.first_type, one.became): one.n for one in found.transitions}),
    }


def test_the_published_breakdown(trajectories: store.Lake, breakdown: dict[str, Any]) -> None:
    """By the file's own flags and errors and its choice of attempts: every figure of it."""
    (found,) = repairs(trajectories, ["published"], comparator="file:published", attempts="claimed")
    del breakdown["label"], breakdown["path"]
    breakdown["transitions"] = Counter({(one["from"], one["to"]): one["count"] for one in breakdown["transitions"]})
    assert as_published(found) == breakdown


def test_what_executions_of_our_own_change(trajectories: store.Lake, breakdown: dict[str, Any]) -> None:
    """By the comparator rows: the same statuses; six attempts that SQLite 3.40 refused execute, which moves few types."""
    (found,) = repairs(trajectories, ["published"], comparator="rows", attempts="claimed")
    theirs = Counter({(one["from"], one["to"]): one["count"] for one in breakdown["transitions"]})
    ours = as_published(found)
    assert ours["status_counts"] == breakdown["status_counts"]
    moved = (ours["transitions"] - theirs) + (theirs - ours["transitions"])
    assert moved == {
        ("wrong_result", "repaired"): 1,
        ("empty_result", "repaired"): 1,
        ("wrong_result", "wrong_row_count"): 2,
        ("wrong_result", "no_such_column"): 2,
    }
    executes = trajectories.sql(
        "SELECT count(*) FROM candidate_results AS r JOIN candidates AS c ON c.candidate = r.candidate"
        " WHERE r.run = 'published' AND r.executes <> c.claimed_ok"
    ).fetchall()
    assert executes == [(6,)]


def test_the_declared_choice_of_attempts(trajectories: store.Lake, breakdown: dict[str, Any]) -> None:
    """The first attempt that executes: statuses stay, and no error that executes is called one that did not."""
    (found,) = repairs(trajectories, ["published"], comparator="file:published")
    assert found.statuses == breakdown["status_counts"]
    assert {one.error_type for one in found.types} == {"wrong_result", "wrong_row_count", "empty_result"}
    parents = trajectories.sql(
        "SELECT count(*), count_if(r.first_candidate = c.parent) FROM candidates AS c JOIN repairs AS r ON r.run = c.run"
        " AND r.position = c.position AND r.gate = 'exec_ok' AND r.unit = 'question' AND r.attempts = 'best'"
        " AND r.comparator = 'file:published' WHERE c.run = 'published' AND c.step = 1"
    ).fetchall()
    assert parents[0][0] == parents[0][1] > 400  # it is the attempt that the second turn was shown


def test_the_published_routes(trajectories: store.Lake, routing: dict[str, Any]) -> None:
    """Counts by type, route and scope, and the policy of every type that the published one has, in its words."""
    (found,) = repairs(trajectories, ["published"], comparator="file:published", attempts="claimed")
    theirs = routing["runs"][0]
    assert {one.error_type: one.n for one in found.routes} == theirs["error_counts"]
    for field, words, counts in (("route", ROUTES, "route_counts"), ("scope", SCOPES, "deployment_scope_counts")):
        ours: Counter[str] = Counter()
        for one in found.routes:
            ours[getattr(one, field)] += one.n
        assert {name: n for said, n in ours.items() for name in words[said] if name in theirs[counts]} == theirs[counts]
    policy = {row[0]: row[1:] for row in trajectories.sql("SELECT error_type, detectable, route, scope FROM routes").fetchall()}
    for error_type, row in routing["routing_policy"].items():
        if error_type == "execution_correct":
            assert policy["correct"] == ("no", "none", "serve")
            continue
        detectable, route, scope = policy[error_type]
        assert DETECTABLE[detectable] == row["online_detectable"]
        assert row["route"] in ROUTES[route]
        assert row["deployment_scope"] in SCOPES[scope]


def test_repairs_of_scopes_add_up(answers: store.Lake) -> None:
    """Each scope repairs what the one before does; none is the first turn, verified all that was repaired."""
    for unit, gate in (("sample", "critique"), ("question", "always")):
        (found,) = repairs(answers, ["rollouts"], unit=unit, gate=gate)  # type: ignore[arg-type]
        values = [(one.seen, one.repaired, one.correct) for one in found.effects]
        assert values == sorted(values)
        at_once = found.statuses.get("correct_first_turn", 0) + found.statuses.get("broken", 0)
        assert values[0] == (0, 0, at_once)
        assert values[-1] == (found.first_turn_errors, found.repaired, at_once + found.repaired)
        assert sum(one.first_turn_errors for one in found.types) == found.first_turn_errors == sum(t.n for t in found.transitions)
        assert found.n == sum(found.statuses.values())
        for one in found.types:
            assert one.first_turn_errors == one.repaired + one.failed == one.repaired + sum(one.final_types.values())


def test_a_fix_counts_where_it_stands(answers: store.Lake) -> None:
    """By sample, under every gate: what is correct in the end are final answers; a fix that stands can break a right one."""
    for gate in ("exec_ok", "critique", "always"):
        (found,) = repairs(answers, ["rollouts"], unit="sample", gate=gate)
        query = "SELECT count(*) FROM answers AS a JOIN judged_candidates AS j USING (candidate) WHERE a.run = 'rollouts'"
        query += " AND gate = $gate AND j.comparator = 'bird' AND j.verdict = 'correct'"
        right = found.statuses.get("correct_first_turn", 0) + found.statuses.get("repaired", 0)
        assert right == answers.sql(query, gate=gate).fetchall()[0][0]
        assert ("broken" in found.statuses) == (gate != "exec_ok")
    (run,) = repairs(answers, ["codes_1b"])
    assert run.repaired == 0  # there are no later turns


def test_the_view_of_transitions_counts_the_same(answers: store.Lake) -> None:
    """`repair_transitions` is what the function counts."""
    (found,) = repairs(answers, ["rollouts"])
    rows = answers.sql(
        "SELECT first_type, became, n FROM repair_transitions WHERE run = 'rollouts' AND comparator = 'bird'"
        " AND gate = 'exec_ok' AND unit = 'question' AND attempts = 'best'"
    ).fetchall()
    assert sorted(rows) == sorted((one.first_type, one.became, one.n) for one in found.transitions)
