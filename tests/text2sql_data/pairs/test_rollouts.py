"""Preferences from rollouts: each mode on cases small enough to be judged by hand, and what takes no part.

Every case is one question of the same run, so that a mode is mined once for all of them.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import mats
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.options import BadCountError, Options, UnknownTypeError

MODES = ("independent", "collab", "collab_v2", "joint")
Trajectory = dict[str, Any]

RIGHT, RIGHT_TOO, WRONG, WRONG_TOO = "SELECT 1", "SELECT 1 AS one", "SELECT 2", "SELECT 3"
"""The golds answer 1, so these are what their names say."""
FAILING = "SELECT a FROM nowhere"


def says(verdict: str, text: str) -> str:
    """A critique that concludes so, or that does not conclude."""
    return f"SELECT.\n{text}\nConclude: {verdict}." if verdict else f"SELECT.\n{text}"


def rollout(planner: str | None, select: str | None = None, fixed: str | None = None, **more: object) -> Trajectory:
    """One rollout, as a file has it."""
    return {"planner_sql": planner, "fb_select": select, "fixed_sql": fixed, **more}


DOUBT, TRUST = says("incorrect", "doubt"), says("correct", "trust")
SAME, OTHER = says("incorrect", "same"), says("incorrect", "other")
A, B, C = (says("incorrect", text) for text in "abc")
BOTH = [rollout(WRONG, text, fixed) for text in (A, B) for fixed in (RIGHT, WRONG_TOO)]
AWARE = [rollout(WRONG, DOUBT, RIGHT), rollout(WRONG, TRUST, WRONG_TOO)]

CASES: dict[str, list[Trajectory]] = {
    "a true critique that does not help": [rollout(WRONG, DOUBT, WRONG_TOO), rollout(WRONG, TRUST, RIGHT)],
    "a doubt that repairs": [rollout(WRONG, DOUBT, RIGHT), rollout(WRONG, TRUST, WRONG_TOO)],
    "a doubt that spoils": [rollout(RIGHT, DOUBT, WRONG), rollout(RIGHT, TRUST)],
    "spoilt and repaired": [rollout(RIGHT, SAME, WRONG_TOO), rollout(WRONG, OTHER, RIGHT_TOO)],
    "other critiques": [rollout(WRONG, OTHER, WRONG_TOO), rollout(WRONG, SAME, RIGHT)],
    "the same critiques": [rollout(WRONG, SAME, WRONG_TOO), rollout(WRONG, SAME, RIGHT)],
    "other prompts": [rollout(sql, prompt_planner=prompt) for sql, prompt in ((RIGHT, "p"), (WRONG, "q")) for _ in range(2)],
    "both ways": BOTH,
    "both ways and a bad one": [*BOTH, rollout(WRONG, C, WRONG_TOO)],
    "unparsed": [rollout(WRONG, says("", "hm")), rollout(WRONG, says("", "well"))],
    "no SQL": [rollout(None, says("incorrect", "")), rollout(None)],
    "no critique": [rollout(WRONG), rollout(RIGHT)],
    "the gold fails": [rollout(FAILING, DOUBT, FAILING), rollout(RIGHT, TRUST, WRONG)],
    "many answers": [rollout(sql) for sql in (RIGHT, RIGHT_TOO, WRONG, WRONG_TOO, "SELECT 4")],
    "equal results": [rollout(sql) for sql in (RIGHT, WRONG, "SELECT 2 AS two", WRONG_TOO)],
    "whole prompts": [{**one, "prompt_fix": f"Fix {one['fb_select']}"} for one in AWARE],
    "a heading for a prompt": [{**one, "prompt_fix": "FIXED SQL:"} for one in AWARE],
    "the same critiques of another SQL": [*AWARE, rollout("SELECT 9", DOUBT, RIGHT_TOO), rollout("SELECT 9", TRUST, WRONG_TOO)],
    "a repair turn": [rollout(WRONG, DOUBT)],
    "a critique written afterwards": [rollout(WRONG, SAME, RIGHT), rollout(WRONG, SAME, WRONG_TOO)],
}  # fmt: skip
NAMES = list(CASES)


class Mined:
    """A lake with all cases, and the pair sets that were mined of them so far."""

    def __init__(self, lake: store.Lake) -> None:
        self.lake = lake
        self._done: set[str] = set()

    def name(self, mode: str, **options: object) -> str:
        """The set that a mode makes, mined when it is first asked for."""
        name = " ".join([mode, *(f"{option}={value}" for option, value in options.items())])
        if name not in self._done:
            mine(self.lake, name, ["r"], Options(mode=mode, **options))
            self._done.add(name)
        return name

    def pairs(
        self, case: str, mode: str, columns: str = "type, chosen, rejected, chosen_sql, rejected_sql", **options: object
    ) -> list[Any]:
        """The pairs of a case."""
        return self.lake.sql(
            f"SELECT {columns} FROM pairs WHERE pair_set = $name AND position = $position ORDER BY ALL",
            name=self.name(mode, **options),
            position=NAMES.index(case),
        ).fetchall()

    def reasons(self, case: str, mode: str, **options: object) -> dict[str, str | None]:
        """Why a case has no pair, by agent."""
        return dict(
            self.lake.sql(
                "SELECT agent, reason FROM pair_yields WHERE pair_set = $name AND position = $position",
                name=self.name(mode, **options),
                position=NAMES.index(case),
            ).fetchall()
        )

    def drops(self, case: str, mode: str) -> list[Any]:
        """The pairs of a case that were left out, and why."""
        return self.lake.sql(
            "SELECT type, reason FROM pair_drops WHERE pair_set = $name AND position = $position ORDER BY ALL",
            name=self.name(mode),
            position=NAMES.index(case),
        ).fetchall()


@pytest.fixture(scope="module")
def mined(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mined]:
    """All cases, imported, executed and labelled."""
    folder = tmp_path_factory.mktemp("cases")
    (folder / "database/d").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "database/d/d.sqlite")) as database:
        database.execute("CREATE TABLE t (a)")
    questions = [{"db_id": "d", "question": case, "query": FAILING if case == "the gold fails" else "SELECT 1"} for case in CASES]
    (folder / "dev.json").write_text(json.dumps(questions), "utf-8")
    rows = [json.dumps({"question": case, "trajectories": trajectories}) for case, trajectories in CASES.items()]
    (folder / "r").write_text("\n".join(rows), "utf-8")
    afterwards, turn = NAMES.index("a critique written afterwards"), NAMES.index("a repair turn")
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "b", read(folder / "dev.json"))
        import_runs(lake, mats.FORMAT, [Source("r", "r", (folder / "r",))], benchmark="b")
        with lake.commit("rules") as commit:
            commit.append(
                "critiques",
                "SELECT uuid() AS critique, candidate, 'condition' AS validator, 'rules' AS regime, sample AS ordinal,"
                " sql AS text, if(sample = 0, 'correct', 'incorrect') AS verdict, true AS post_hoc"
                f" FROM candidates WHERE position = {afterwards}",
            )
            commit.append(
                "candidates",
                "SELECT * REPLACE (uuid() AS candidate, 'turn 2' AS stage, 1 AS step, candidate AS parent) FROM candidates"
                f" WHERE position = {turn}",
            )
        execute(lake, Limits(seconds=5.0), processes=1)
        label(lake, [comparator("bird")])
        yield Mined(lake)


def test_the_modes_differ_where_a_true_critique_does_not_help(mined: Mined) -> None:
    """A wrong SQL, doubted and trusted: independent prefers doubt, collab what the better fix had read, the others nothing."""
    case = "a true critique that does not help"
    assert mined.pairs(case, "independent") == [("select_independent", DOUBT, TRUST, None, None)]
    assert mined.pairs(case, "collab") == [("select_collab", TRUST, DOUBT, RIGHT, WRONG_TOO)]
    # As at inference, trust keeps the wrong SQL, and the doubt leads to a wrong fix: no outcome is better.
    for mode in ("collab_v2", "joint"):
        assert mined.pairs(case, mode) == []
        assert mined.reasons(case, mode)["select"] == "none_correct"
    assert mined.pairs(case, "critique_aware") == []
    assert mined.reasons(case, "critique_aware") == {"fixer": "not_by_critique"}


def test_a_doubt_that_repairs_is_preferred_by_all(mined: Mined) -> None:
    """A wrong SQL that only the doubt led to a correct fix of: every mode prefers the doubt, each for its own reason."""
    case = "the same critiques of another SQL"
    assert ("select_collab", DOUBT, TRUST, RIGHT, WRONG_TOO) in mined.pairs(case, "collab")
    case = "a heading for a prompt"
    assert mined.pairs(case, "independent") == [("select_independent", DOUBT, TRUST, None, None)]
    assert mined.pairs(case, "collab") == [("select_collab", DOUBT, TRUST, RIGHT, WRONG_TOO)]
    assert mined.pairs(case, "collab_v2") == [("select_collab_v2", DOUBT, TRUST, RIGHT, WRONG)]
    assert mined.pairs(case, "joint") == [("select_joint", DOUBT, TRUST, RIGHT, WRONG)]
    assert mined.pairs(case, "critique_aware") == [("fixer_critique_aware", RIGHT, WRONG_TOO, RIGHT, WRONG_TOO)]


def test_a_doubt_that_spoils_is_what_v2_and_joint_see(mined: Mined) -> None:
    """A correct SQL: a doubt whose fix is wrong loses to trust without any fix, for which collab has no signal."""
    case = "a doubt that spoils"
    assert mined.pairs(case, "collab") == []
    assert mined.reasons(case, "collab")["select"] == "none_correct"
    assert mined.pairs(case, "collab_v2") == [("select_collab_v2", TRUST, DOUBT, RIGHT, WRONG)]
    assert mined.pairs(case, "joint") == [("select_joint", TRUST, DOUBT, RIGHT, WRONG)]


def test_joint_judges_the_planner_by_the_end(mined: Mined) -> None:
    """A correct SQL that was spoilt loses to a wrong one that was repaired; every other mode says the opposite."""
    for mode in ("independent", "collab", "collab_v2"):
        assert mined.pairs("spoilt and repaired", mode) == [(f"planner_{mode}", RIGHT, WRONG, RIGHT, WRONG)]
    assert mined.pairs("spoilt and repaired", "joint") == [("planner_joint", WRONG, RIGHT, RIGHT_TOO, WRONG_TOO)]
    ((chosen, rejected),) = mined.pairs("spoilt and repaired", "joint", "chosen_reward, rejected_reward")
    assert (chosen, rejected) == (pytest.approx(0.7), -0.5)


@pytest.mark.parametrize("mode", [*MODES, "critique_aware"])
def test_a_hard_negative_is_wrong(mined: Mined, mode: str) -> None:
    """What stands behind a rejected side is never a correct SQL, nor behind a chosen one a wrong SQL, whoever answered."""
    sides = mined.lake.sql(
        "SELECT m.chosen_sql, m.rejected_sql, hard_negative FROM pair_measures AS m WHERE pair_set = $name", name=mined.name(mode)
    ).fetchall()
    assert sides
    assert {chosen for chosen, _, _ in sides} <= {RIGHT, RIGHT_TOO, None}
    assert not {rejected for _, rejected, _ in sides} & {RIGHT, RIGHT_TOO}
    assert all(hard for _, rejected, hard in sides if rejected is not None)


def test_the_gate_decides_what_is_final_in_joint(mined: Mined) -> None:
    """A fix that the gate does not take is not the end of the rollout, so that the planner is judged by itself."""
    assert mined.pairs("spoilt and repaired", "joint", "type, chosen, rejected", gate="exec_ok") == [
        ("planner_joint", RIGHT, WRONG)
    ]
    assert mined.pairs("spoilt and repaired", "joint", "type, chosen, rejected", gate="always") == [
        ("planner_joint", WRONG, RIGHT)
    ]


@pytest.mark.parametrize("mode", MODES)
def test_a_fixer_is_compared_for_the_same_critiques_only(mined: Mined, mode: str) -> None:
    """Two fixes of one SQL make a pair where they read the same critiques, and none where they read others."""
    fixer = (f"fixer_{mode}", RIGHT, WRONG_TOO, RIGHT, WRONG_TOO)
    assert fixer in mined.pairs("the same critiques", mode)
    assert fixer not in mined.pairs("other critiques", mode)
    assert mined.reasons("other critiques", mode)["fixer"] == "one_answer"


def test_a_prompt_that_was_recorded_keeps_answers_apart(mined: Mined) -> None:
    """A correct and a wrong SQL for different prompts are no pair, and the question says so."""
    assert mined.pairs("other prompts", "independent") == []
    reasons = mined.reasons("other prompts", "independent")
    assert reasons == {"planner": "no_common_prompt", "select": "no_critique", "fixer": "fixer_not_called"}


@pytest.mark.parametrize("mode", MODES)
def test_one_text_that_came_out_both_ways_is_no_pair(mined: Mined, mode: str) -> None:
    """The same critique before a correct and a wrong fix is dropped as same_text, with its row, and never preferred to itself."""
    assert [row for row in mined.pairs("the same critiques", mode) if row[0].startswith("select")] == []
    if mode == "independent":
        assert mined.reasons("the same critiques", mode)["select"] == "all_correct"
    else:
        assert (f"select_{mode}", "same_text") in mined.drops("the same critiques", mode)
        assert mined.reasons("the same critiques", mode)["select"] == "same_text"


def test_two_texts_that_came_out_both_ways_are_not_preferred_to_each_other(mined: Mined) -> None:
    """Where every critique led to both, nothing is known; with a third one that only failed, both are better than it."""
    assert [row for row in mined.pairs("both ways", "collab") if row[0] == "select_collab"] == []
    assert mined.reasons("both ways", "collab")["select"] == "both_ways"
    assert ("select_collab", "both_ways") in mined.drops("both ways", "collab")
    several = mined.pairs("both ways and a bad one", "collab", "type, chosen, rejected", per_group=9)
    assert [row for row in several if row[0] == "select_collab"] == [("select_collab", A, C), ("select_collab", B, C)]


def test_what_cannot_be_judged_takes_no_part(mined: Mined) -> None:
    """A critique that does not conclude, one that no fixer read, a planner without SQL: each has its reason."""
    unparsed, called = mined.reasons("unparsed", "independent"), mined.reasons("unparsed", "collab")
    assert (unparsed["select"], called["select"], called["planner"]) == ("unparsed", "fixer_not_called", "none_correct")
    assert set(mined.reasons("no SQL", "independent").values()) == {"no_sql", "fixer_not_called"}
    assert mined.reasons("no critique", "collab")["select"] == "no_critique"
    assert mined.pairs("no critique", "collab") == [("planner_collab", RIGHT, WRONG, RIGHT, WRONG)]


@pytest.mark.parametrize("mode", [*MODES, "critique_aware"])
def test_the_same_error_as_the_gold_is_not_correct(mined: Mined, mode: str) -> None:
    """Where the gold fails, a SQL that fails with the same words is neither chosen nor rejected."""
    assert mined.pairs("the gold fails", mode) == []
    assert set(mined.reasons("the gold fails", mode).values()) == {"unknown"}


def test_a_critique_written_afterwards_was_read_by_nobody(mined: Mined) -> None:
    """It makes no pair, and the two fixes still read the same critiques."""
    case = "a critique written afterwards"
    assert [row[0] for row in mined.pairs(case, "independent")] == ["fixer_independent"]
    assert set(mined.reasons(case, "independent")) == {"planner", "select", "fixer"}


def test_several_pairs_of_a_prompt_are_as_different_as_can_be(mined: Mined) -> None:
    """Two correct and three wrong SQL: three pairs use each wrong one once, six are all that there are, and none comes twice."""
    right, wrong = (RIGHT, RIGHT_TOO), (WRONG, WRONG_TOO, "SELECT 4")
    found = {n: mined.pairs("many answers", "independent", "chosen, rejected", per_group=n) for n in (3, 9)}
    assert mined.pairs("many answers", "independent", "chosen, rejected") == [(RIGHT, WRONG)]
    assert sorted(rejected for _, rejected in found[3]) == sorted(wrong)
    assert found[9] == sorted((chosen, rejected) for chosen in right for rejected in wrong)


def test_answers_with_other_results_come_first(mined: Mined) -> None:
    """Three pairs: the two different results of the wrong SQL come before the second SQL with the first result."""
    ((first, _), *_) = ordered = mined.pairs("equal results", "independent", "rejected, chosen", per_group=3)
    assert first == WRONG
    assert len(ordered) == 3
    assert mined.pairs("equal results", "independent", "rejected", per_group=2) == [(WRONG,), (WRONG_TOO,)]


@pytest.mark.parametrize(("case", "shown"), [("whole prompts", True), ("a heading for a prompt", False)])
def test_critique_aware_prompts_differ_in_the_critique(mined: Mined, case: str, shown: bool) -> None:
    """Both sides name their critique; recorded prompts are taken where they show it, and not where they are a mere heading."""
    ((prompt, rejected_prompt, chosen, rejected),) = mined.pairs(
        case, "critique_aware", "prompt, rejected_prompt, chosen_critique, rejected_critique"
    )
    texts = dict(mined.lake.sql("SELECT prompt, text FROM prompts UNION ALL SELECT critique, text FROM critiques").fetchall())
    assert (texts[chosen], texts[rejected]) == (DOUBT, TRUST)
    assert texts.get(prompt) == (f"Fix {DOUBT}" if shown else None)
    assert texts.get(rejected_prompt) == (f"Fix {TRUST}" if shown else None)


def test_no_two_critique_aware_pairs_of_a_question_show_the_same_critiques(mined: Mined) -> None:
    """The second SQL with the very critiques of the first gives no second example, and the drop says why."""
    case = "the same critiques of another SQL"
    assert len(mined.pairs(case, "critique_aware")) == 1
    assert mined.drops(case, "critique_aware") == [("fixer_critique_aware", "same_critique")]


def test_everything_that_a_prompt_needs_is_reached_by_ids(mined: Mined) -> None:
    """From both sides of a critique-aware pair one comes to the planner's SQL and all critiques that the fixer read."""
    rows = mined.lake.sql(
        "SELECT p.sql, list(x.text ORDER BY x.validator) FROM pairs AS pair"
        " JOIN candidates AS f ON f.candidate IN (pair.chosen_candidate, pair.rejected_candidate)"
        " JOIN candidates AS p ON p.candidate = f.parent JOIN critiques AS x ON x.candidate = p.candidate"
        " WHERE pair_set = $name AND pair.position = $position GROUP BY p.candidate, p.sql ORDER BY ALL",
        name=mined.name("critique_aware"),
        position=NAMES.index("a doubt that repairs"),
    ).fetchall()
    assert sorted(rows) == [(WRONG, [DOUBT]), (WRONG, [TRUST])]


def test_unknown_types_and_counts_are_refused(mined: Mined) -> None:
    """A type that the mode does not make is an error that lists those that it does; less than one pair is one as well."""
    with pytest.raises(UnknownTypeError, match="makes no pairs of the type select_joint") as raised:
        mined.name("collab", types=("select_joint",))
    assert "fixer_collab, planner_collab, select_collab" in str(raised.value.hint)
    with pytest.raises(BadCountError):
        mined.name("collab", per_group=0)


def test_types_choose_among_the_pairs_of_a_mode(mined: Mined) -> None:
    """With types there are the very pairs of these types, and only their agents are looked at."""
    name, whole = mined.name("collab", types=("select_collab",)), mined.name("collab")
    chosen, of_all = (
        mined.lake.sql(
            "SELECT pair FROM pairs WHERE pair_set = $name AND type = 'select_collab' ORDER BY pair", name=name
        ).fetchall()
        for name in (name, whole)
    )
    assert chosen == of_all
    assert mined.lake.sql("SELECT DISTINCT agent FROM pair_yields WHERE pair_set = $name", name=name).fetchall() == [("select",)]


def test_a_repair_turn_is_no_fix(mined: Mined) -> None:
    """A later turn of a repairing system has a parent, and still read no critiques."""
    position = NAMES.index("a repair turn")
    assert mined.lake.sql("SELECT fixes FROM rollouts WHERE position = $position", position=position).fetchall() == [(0,)]
    assert mined.reasons("a repair turn", "collab")["fixer"] == "fixer_not_called"


def test_every_pair_has_a_margin_and_two_texts(mined: Mined) -> None:
    """In every mode the chosen side has the higher reward, and the texts differ."""
    for mode in (*MODES, "critique_aware"):
        mined.name(mode)
    bad = mined.lake.sql("FROM pairs WHERE chosen_reward <= rejected_reward OR chosen = rejected").fetchall()
    assert bad == []
    assert mined.lake.sql("SELECT count(DISTINCT type) FROM pairs").fetchall() == [(13,)]


def test_mining_again_adds_nothing(mined: Mined) -> None:
    """The same run, mode and options give the very same set, which is there already."""
    name = mined.name("joint")
    assert mine(mined.lake, name, ["r"], Options(mode="joint")).already
