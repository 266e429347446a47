"""Recording a set: identities, what is no pair, what is there twice, and that a set never changes."""

import hashlib
from collections.abc import Sequence

import pytest

import store
from store.ids import content_id
from text2sql_data.lookups import BadNameError
from text2sql_data.pairs.measures import edit_ratios
from text2sql_data.pairs.recording import PairSet, PairSetExistsError, Recorded, record

PROMPT = "00000000-0000-0000-0000-00000000000a"
FOUND = """
    SELECT type, 'natural' AS origin, 'sql' AS agent, benchmark, 'r' AS revision, position, 'd' AS db_id, 'run' AS run,
        prompt::UUID AS prompt, rejected_prompt::UUID AS rejected_prompt, chosen, rejected,
        NULL::UUID AS chosen_candidate, NULL::UUID AS rejected_candidate, NULL::UUID AS chosen_critique,
        NULL::UUID AS rejected_critique, chosen AS chosen_sql, rejected AS rejected_sql, reward AS chosen_reward,
        0.0::DOUBLE AS rejected_reward, 0::SMALLINT AS chosen_step, 0::SMALLINT AS rejected_step,
        NULL::BOOLEAN AS chosen_claimed_ok, NULL::BOOLEAN AS rejected_claimed_ok, place
    FROM rows_of_test
"""


def pair(position: int = 0, chosen: str = "SELECT 1", rejected: str = "SELECT 2", **more: object) -> dict[str, object]:
    """A pair, as a finder leaves it."""
    row = {"type": "t", "benchmark": "b", "position": position, "prompt": PROMPT, "rejected_prompt": None, "reward": 1.0}
    return row | {"chosen": chosen, "rejected": rejected} | more


def recorded(lake: store.Lake, rows: Sequence[dict[str, object]], name: str = "x", parameters: str = "p") -> Recorded:
    """Record rows as a set, with a yield for questions 0 to 2."""
    with lake.commit("test") as commit:
        commit.append("prompts", [{"prompt": PROMPT, "text": "ask"}])
        numbered = [row | {"place": place} for place, row in enumerate(rows)]
        empty = [pair() | {"place": 0}]
        commit.stage("rows_of_test", numbered or empty)
        if not rows:
            commit.execute("DELETE FROM rows_of_test")
        commit.execute(f"CREATE TEMP TABLE found_pairs AS {FOUND}")
        commit.execute(
            "CREATE TEMP TABLE found_yields AS"
            " SELECT 'sql' AS agent, 'run' AS run, position, 'why' AS reason FROM range(3) AS t (position)"
        )
        return record(lake, commit, PairSet(name, "mined", {"with": parameters}, [{"run": "run"}], "b", "r"))


def test_what_is_recorded(lake: store.Lake) -> None:
    """A pair has its identity and distances; equal texts and repetitions are no pairs; every question has its yield."""
    rows = [pair(), pair(reward=0.5), pair(1, rejected="SELECT 1"), pair(1, rejected="SELECT 3 FROM t")]
    done = recorded(lake, rows)
    assert (done.pairs, done.dropped, done.without) == ({"t": 2}, {"same_text": 1}, {("sql", "why"): 1})
    found = lake.sql(
        "SELECT pair, position, chosen, rejected, chosen_reward, edit_ratio, word_edit_ratio FROM pairs ORDER BY ALL"
    )
    for identity, position, chosen, rejected, reward, *ratios in found.fetchall():
        sides = (hashlib.sha256(text.encode()).hexdigest() for text in (chosen, rejected))
        assert identity == content_id("t", "b", "d", str(position), PROMPT, "", *sides)
        assert reward == 1.0
        assert tuple(ratios) == edit_ratios([(chosen, rejected)])[0]
    yields = lake.sql("SELECT position, pairs, reason FROM pair_yields ORDER BY ALL").fetchall()
    assert yields == [(0, 1, None), (1, 1, None), (2, 0, "why")]
    assert lake.sql("SELECT n_pairs, n_dropped FROM pair_sets").fetchone() == (2, 1)
    assert lake.check() == []


def test_texts_that_join_to_the_same_are_other_pairs(lake: store.Lake) -> None:
    """Where one side ends and the other begins belongs to the identity, and so does the benchmark."""
    rows = [pair(chosen="a\nb", rejected="c"), pair(chosen="a", rejected="b\nc")]
    rows += [row | {"benchmark": "other"} for row in rows]
    assert recorded(lake, rows).pairs == {"t": 4}
    assert lake.sql("SELECT count(DISTINCT pair) FROM pairs").fetchone() == (4,)


def test_equal_texts_under_different_prompts(lake: store.Lake) -> None:
    """The same answer to two prompts is a pair: a critique-aware fixer is to answer one and not the other."""
    done = recorded(lake, [pair(rejected="SELECT 1", rejected_prompt="00000000-0000-0000-0000-00000000000b")])
    assert done.pairs == {"t": 1}


def test_a_set_never_changes(lake: store.Lake) -> None:
    """The same set again adds nothing; other parameters, or other pairs with the same ones, are an error that says which."""
    recorded(lake, [pair()])
    before = lake.version
    assert recorded(lake, [pair()]).already
    assert lake.version == before
    with pytest.raises(PairSetExistsError, match="made in another way"):
        recorded(lake, [pair()], parameters="q")
    with pytest.raises(PairSetExistsError, match="2 pairs differ, because the lake has changed"):
        recorded(lake, [pair(1)])
    with pytest.raises(BadNameError):
        recorded(lake, [pair()], name=" x")
    assert lake.version == before


def test_an_empty_set(lake: store.Lake) -> None:
    """A set without pairs is a set: its yields say why."""
    done = recorded(lake, [])
    assert (done.pairs, done.without) == ({}, {("sql", "why"): 3})
    assert lake.counts()["pair_sets"] == 1
