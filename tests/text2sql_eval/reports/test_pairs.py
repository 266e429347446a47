"""Figures of pair reports: those of published reports, those of a plain Python reading, and what is not known."""

import itertools
import json
import math
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from store import StoreError
from text2sql_data.lookups import NameNotFoundError
from text2sql_eval.reports.lengths import TokenizerError
from text2sql_eval.reports.markdown import markdown
from text2sql_eval.reports.pairs import Options, pair_report
from text2sql_eval.reports.versions import NoPairsError

pytestmark = pytest.mark.slow

SQL = {
    "SELECT 1": "one",
    "select  1": "one",
    "SELECT 2 AS n": "two",
    "SELECT n FROM t": "!error",
    "SELECT a, b FROM t": "!timeout",
}
QUESTIONS = [("db", "How many?"), ("db", "Which one?"), ("other", "How  MANY")]

PUBLISHED = {
    "synthetic_fraction": lambda of: of["synthetic_fraction"]["value"],
    "avg_reward_margin": lambda of: of["margin"]["mean"],
    "min_reward_margin": lambda of: of["margin"]["least"],
    "max_reward_margin": lambda of: of["margin"]["most"],
    "avg_sql_edit_distance_ratio": lambda of: of["word_edit_ratio"]["mean"],
    "duplicate_rate": lambda of: of["duplicates"]["value"],
    "chosen_executable_rate": lambda of: of["chosen_executable"]["value"],
    "rejected_executable_rate": lambda of: of["rejected_executable"]["value"],
    "rejected_executable_hard_negative_rate": lambda of: of["hard_negatives"]["value"],
    "pair_type_entropy": lambda of: of["type_entropy"]["value"],
    "pairs": lambda of: of["pairs"],
    "natural_pairs": lambda of: of["natural"] + of["gold"],  # there, a gold is counted as natural
    "synthetic_pairs": lambda of: of["synthetic"],
    "duplicate_count": lambda of: of["duplicates"]["count"],
    "chosen_executable_known": lambda of: of["chosen_executable"]["n"],
    "chosen_executable_unknown": lambda of: of["chosen_executable"]["excluded"].get("not_known", 0),
    "rejected_executable_known": lambda of: of["rejected_executable"]["n"],
    "rejected_executable_unknown": lambda of: of["rejected_executable"]["excluded"].get("not_known", 0),
    "rejected_executable_hard_negative_known": lambda of: of["hard_negatives"]["n"],
    "rejected_executable_hard_negative_unknown": lambda of: of["hard_negatives"]["excluded"].get("not_known", 0),
}
"""The keys of a published report, and where the same figure is in ours."""


def test_the_figures_are_those_of_the_published_report(
    lake: store.Lake, write_pairs: Callable[..., None], published_pairs: Callable[..., list[dict[str, Any]]], real_data: Path
) -> None:
    """Every figure of pair_quality.json, for both of its files, to the four decimals that it has."""
    write_pairs(lake, "raw", published_pairs("dpo_pairs.json"))
    write_pairs(lake, "synth20", published_pairs("merged_synth20.json"))
    found = pair_report(lake, ["raw", "synth20"], Options(examples=0))
    published = json.loads((real_data / "trajectories/pair_quality.json").read_text("utf-8"))["datasets"]
    for ours, theirs in zip(found["versions"], published, strict=True):
        assert {key: round(figure(ours), 4) for key, figure in PUBLISHED.items()} == {key: theirs[key] for key in PUBLISHED}
        assert {of["type"]: of["pairs"] for of in ours["types"]} == theirs["pair_types"]
        assert_agrees_with_the_view(lake, ours)
        assert set(theirs) - set(PUBLISHED) == {"label", "path", "pair_types"}


def assert_agrees_with_the_view(lake: store.Lake, ours: dict[str, Any]) -> None:
    """The view of whole pair sets says the same as the report."""
    row = lake.sql("FROM pair_quality WHERE pair_set = $name", name=ours["name"]).pl().to_dicts()[0]
    for column, figure in (
        ("avg_margin", "margin"),
        ("avg_edit_ratio", "edit_ratio"),
        ("avg_word_edit_ratio", "word_edit_ratio"),
    ):
        assert row[column] == pytest.approx(ours[figure]["mean"], abs=1e-6), column
    for column, figure in (
        ("duplicate_rate", "duplicates"),
        ("chosen_executable", "chosen_executable"),
        ("rejected_executable", "rejected_executable"),
        ("hard_negative", "hard_negatives"),
        ("type_entropy", "type_entropy"),
    ):
        assert row[column] == pytest.approx(ours[figure]["value"], abs=1e-6), column


texts = st.sampled_from([*SQL, "SELECT never_run"])
pair = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["a_vs_b", "synthetic_x", "gold_vs_c"]),
        "position": st.sampled_from([0, 1, 2, None]),
        "prompt": st.sampled_from(["Question one", "Question two", None]),
        "chosen": texts,
        "rejected": texts,
        "chosen_reward": st.sampled_from([1.0, 0.7, 0.6, None]),
        "rejected_reward": st.sampled_from([0.2, -0.2, -0.5, 1.0, None]),
        "chosen_claimed_ok": st.sampled_from([True, False, None]),
        "rejected_claimed_ok": st.sampled_from([True, False, None]),
    }
).map(
    lambda of: {
        **of,
        "origin": {"a": "natural", "s": "synthetic", "g": "gold"}[of["type"][0]],
        "benchmark": "made_up" if of["position"] is not None else None,
        "revision": "1" if of["position"] is not None else None,
        "db_id": "db" if of["position"] is None else QUESTIONS[of["position"]][0],
    }
)


def executes(of: dict[str, Any], side: str) -> bool | None:
    """Whether a side executes: by what was executed, else by the claim."""
    outcome = SQL.get(of[side]) if of["benchmark"] else None
    return of[f"{side}_claimed_ok"] if outcome is None else not outcome.startswith("!")


def result(of: dict[str, Any], side: str) -> str | None:
    """The result of a side, where there is one."""
    outcome = SQL.get(of[side], "!") if of["benchmark"] else "!"
    return None if outcome.startswith("!") else outcome


def rate(values: list[bool | None]) -> tuple[int, int]:
    """How many are true, and of how many."""
    return sum(value is True for value in values), sum(value is not None for value in values)


@pytest.mark.slow
def test_the_figures_are_those_of_a_plain_reading(
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    write_pairs: Callable[..., None],
    make_world: Callable[..., dict[str, Any]],
) -> None:
    """Whatever the pairs: counts, rates with their n, means, bins, types and overlaps, as counted one pair after the other."""
    with store.open(shutil.copytree(template, tmp_path_factory.mktemp("plain") / "lake")) as lake:
        write_pairs(lake, "nothing", [], **make_world(QUESTIONS, SQL))
        names = (f"set {number}" for number in itertools.count())

        @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
        @given(pairs=st.lists(pair, min_size=1, max_size=12, unique_by=lambda of: json.dumps(of, sort_keys=True)))
        def compare(pairs: list[dict[str, Any]]) -> None:
            name = next(names)
            write_pairs(lake, name, pairs)
            kept = {}  # recording leaves out equal texts and repeated pairs
            for of in pairs:
                if of["chosen"] != of["rejected"]:
                    kept.setdefault(tuple(of[key] for key in ("type", "db_id", "position", "prompt", "chosen", "rejected")), of)
            report = pair_report(lake, [name], Options(against="made_up", examples=2))
            check(report["versions"][0], list(kept.values()))
            assert len(report["examples"]) == sum(min(count, 2) for count in Counter(of["type"] for of in kept.values()).values())
            assert markdown(report).count("```diff") == len(report["examples"])

        compare()


def check(found: dict[str, Any], pairs: list[dict[str, Any]]) -> None:
    """Compare a version's figures with those of its pairs."""

    def share(name: str) -> tuple[int, int]:
        of = found[name]
        assert sum(of["excluded"].values()) + of["n"] == len(pairs)
        assert of["value"] == (round(of["count"] / of["n"], 6) if of["n"] else None)
        return of["count"], of["n"]

    rewarded = [of for of in pairs if of["chosen_reward"] is not None and of["rejected_reward"] is not None]
    margins = [of["chosen_reward"] - of["rejected_reward"] for of in rewarded]
    assert found["pairs"] == len(pairs)
    assert found["margin"]["n"] == len(margins)
    if margins:
        assert found["margin"]["mean"] == pytest.approx(fmean(margins), abs=1e-6)
        assert (found["margin"]["least"], found["margin"]["most"]) == pytest.approx((min(margins), max(margins)), abs=1e-6)
    types = Counter(of["type"] for of in pairs)
    assert {of["type"]: of["pairs"] for of in found["types"]} == types
    entropy = -sum(n / len(pairs) * math.log2(n / len(pairs)) for n in types.values())
    assert (found["type_entropy"]["value"] or 0) == pytest.approx(entropy, abs=1e-6)
    distinct = {(of["db_id"], of["prompt"], of["chosen"], of["rejected"]) for of in pairs}
    assert share("duplicates") == (len(pairs) - len(distinct), len(pairs))
    both = [of for of in pairs if result(of, "chosen") and result(of, "rejected")]
    groups = {(of["position"], result(of, "chosen"), result(of, "rejected")) for of in both}
    assert share("near_duplicates") == (len(both) - len(groups), len(both))
    assert share("chosen_executable") == rate([executes(of, "chosen") for of in pairs])
    assert share("rejected_executable") == rate([executes(of, "rejected") for of in pairs])
    wrong = [of for of in pairs if of["rejected_reward"] is not None and of["rejected_reward"] < 1]
    assert share("hard_negatives")[0] == sum(executes(of, "rejected") is True for of in wrong)
    assert share("chosen_longer")[0] == sum(len(of["chosen"]) > len(of["rejected"]) for of in pairs)
    assert found["same_result"]["count"] == sum(result(of, "chosen") == result(of, "rejected") for of in both)
    prompted = [len(of["prompt"]) + max(len(of["chosen"]), len(of["rejected"])) for of in pairs if of["prompt"]]
    assert found["total_size"]["n"] == len(prompted)
    assert found["total_size"]["mean"] == (pytest.approx(fmean(prompted), abs=1e-6) if prompted else None)
    for measure, values in (("margin", margins), ("total_size", prompted)):
        assert sum(found["histograms"].get(measure, [])) == len(values)
    asked = [of for of in pairs if of["position"] is not None]
    for rule in ("question", "text"):
        overlap = found["contamination"].get(rule)
        assert overlap is None if not pairs else overlap["pairs"]["count"] == overlap["pairs"]["n"] == len(asked)
    assert found["yield"]["other_pairs"] == len(asked)
    assert found["unmatched"] == len(pairs) - len(asked)


def test_bins_hold_the_values_that_they_say(
    lake: store.Lake, write_pairs: Callable[..., None], published_pairs: Callable[..., list[dict[str, Any]]]
) -> None:
    """Each bin's count is the number of values from its beginning to before its end, the outermost ones with what is beyond."""
    write_pairs(lake, "raw", published_pairs("dpo_pairs.json"))
    found = pair_report(lake, ["raw"], Options(examples=0))
    columns = "margin, edit_ratio, word_edit_ratio, length_difference"
    rows = lake.sql(f"SELECT {columns} FROM pair_measures").fetchall()
    for place, measure in enumerate(columns.split(", ")):
        low, width, bins, *_ = found["bins"][measure].values()
        expected = [0] * bins
        for row in rows:
            expected[max(0, min(bins - 1, math.floor(round((row[place] - low) / width, 6))))] += 1
        assert found["versions"][0]["histograms"][measure] == expected
        assert sum(expected) == len(rows)


def test_results_that_relate(
    lake: store.Lake, write_pairs: Callable[..., None], make_world: Callable[..., dict[str, Any]]
) -> None:
    """Executed pairs are counted by how their results relate, and an example shows both, with NULL and bytes as text."""
    base = {"type": "t", "origin": "natural", "benchmark": "made_up", "revision": "1", "db_id": "db", "position": 0}
    rewards = {"chosen_reward": 1.0, "rejected_reward": 0.2}
    pairs = [
        {**base, **rewards, "chosen": "SELECT 1", "rejected": "SELECT 2 AS n"},
        {**base, **rewards, "chosen": "SELECT 1", "rejected": "select  1"},
        {**base, **rewards, "chosen": "SELECT 1", "rejected": "SELECT n FROM t"},
    ]
    write_pairs(lake, "some", pairs, **make_world(QUESTIONS, SQL))
    found = pair_report(lake, ["some"])
    assert found["versions"][0]["result_relation"] == {"different": 1, "same": 1, "rejected_failed": 1, "not_known": 0}
    assert found["versions"][0]["statuses"]["rejected"] == {"ok": 2, "error": 1}
    shown = {example["rejected"]["text"]: example for example in found["examples"]}
    assert shown["SELECT n FROM t"]["rejected"] | {"text": ""} == {
        "text": "",
        "reward": 0.2,
        "step": None,
        "status": "error",
        "error": "no such column: x",
        "sql": None,
        "result": None,
    }
    assert shown["SELECT 2 AS n"]["rejected"]["result"]["rows"] == [["two", "1"], [None, "x'00ff'"]]
    assert shown["select  1"]["question"] == "How many?"


def test_yields_and_drops(lake: store.Lake, write_pairs: Callable[..., None], make_world: Callable[..., dict[str, Any]]) -> None:
    """Questions that were looked at are the denominator; those without a pair are counted by reason, drops by rule."""
    base = {"type": "t", "origin": "natural", "benchmark": "made_up", "revision": "1", "db_id": "db", "run": "r"}
    run = {
        "run": "r",
        "benchmark": "made_up",
        "revision": "1",
        "system": "s",
        "k": 1,
        "format": "mats",
        "config": "{}",
        "sources": "[]",
    }
    tables = make_world(QUESTIONS, SQL)
    tables["runs"] = [{**run, "sources": "[]", "added": tables["databases"][0]["added"]}]
    tables["found_yields"] = [{"agent": "sql", "run": "r", "position": place, "reason": "all_correct"} for place in range(3)]
    pairs = [
        {**base, "position": 0, "chosen": "SELECT 1", "rejected": rejected, "chosen_reward": 1.0, "rejected_reward": 0.2}
        for rejected in ("SELECT 2 AS n", "SELECT n FROM t", "SELECT 1")
    ]
    write_pairs(lake, "mined", pairs, **tables)
    (found,) = pair_report(lake, ["mined"], Options(examples=0))["versions"]
    assert (found["yield"]["questions"], found["yield"]["with_pair"]["count"], found["yield"]["pairs_per_question"]) == (
        3,
        1,
        0.666667,
    )
    assert found["yield"]["reasons"] == [{"agent": "sql", "reason": "all_correct", "questions": 2}]
    assert found["yield"]["spread"] == {"0": 2, "2": 1}
    assert [(of["db_id"], of["questions"], of["pairs"]) for of in found["yield"]["databases"]] == [("db", 2, 2), ("other", 1, 0)]
    assert [(of["left_out_by"], of["reason"], of["pairs"]) for of in found["drops"]] == [("pair set mined", "same_text", 1)]


def test_a_dataset_is_reported_by_its_rows(
    lake: store.Lake, write_pairs: Callable[..., None], make_pin: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Only the pairs of its rows count, lengths are those of its texts, and rows that no pair is behind are said."""
    base = {"type": "t", "origin": "natural", "chosen_reward": 1.0, "rejected_reward": 0.2, "prompt": "short"}
    write_pairs(lake, "mined", [{**base, "chosen": f"SELECT {place}", "rejected": "SELECT x"} for place in range(3)])
    identities = [str(row[0]) for row in lake.sql("SELECT pair FROM pairs ORDER BY chosen").fetchall()]
    content = {
        "prompt": [{"role": "user", "content": "a b c d"}],
        "chosen": "e f",
        "rejected": [{"role": "assistant", "content": "g"}],
    }
    rows = [("mined", identities[0]), ("mined", identities[1]), ("", "")]
    with lake.commit("pin") as commit:
        for table, of_table in make_pin("train", rows, [content] * 3, drops=2).items():
            commit.append(table, of_table)
    (tmp_path / "tokenizer.json").write_text(words_tokenizer())
    found = pair_report(lake, ["train", "mined"], Options(tokenizer=tmp_path, max_length=5))
    pinned, mined = found["versions"]
    assert (pinned["name"], pinned["pairs"], pinned["rows_without_pair"], pinned["digest"]) == ("train@1", 2, 1, "ab" * 32)
    assert (pinned["total_size"]["mean"], pinned["over_limit"]["count"], mined["over_limit"]["count"]) == (6.0, 2, 0)
    assert [(of["left_out_by"], of["reason"], of["pairs"]) for of in pinned["drops"]] == [("dataset train@1", "too_long", 2)]
    assert sorted(place for example in found["examples"] for place in example["versions"]) == [0, 0, 1, 1, 1]


def words_tokenizer() -> str:
    """A tokenizer whose tokens are the words."""
    model = {"type": "WordLevel", "vocab": {"?": 0}, "unk_token": "?"}
    empty = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder"))
    return json.dumps(
        {"version": "1.0", **empty, "added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"}, "model": model}
    )


def test_what_is_not_there_is_an_error(
    lake: store.Lake, write_pairs: Callable[..., None], make_pin: Callable[..., dict[str, Any]]
) -> None:
    """Unknown names, datasets without pairs, repeated names, unreadable tokenizers: each says what there is or what to do."""
    with pytest.raises(NameNotFoundError) as nothing:
        pair_report(lake, ["mined"])
    assert "none yet" in nothing.value.hint
    write_pairs(lake, "mined", [])
    with lake.commit("pin") as commit:
        for table, rows in make_pin("sft", [("", "")], [{}]).items():
            commit.append(table, rows)
    with pytest.raises(NameNotFoundError) as unknown:
        pair_report(lake, ["mind@2"])
    assert unknown.value.hint == "Pair sets: mined. Datasets: sft@1."
    with pytest.raises(NoPairsError):
        pair_report(lake, ["sft@1"])
    with pytest.raises(StoreError, match="given twice"):
        pair_report(lake, ["mined", "mined"])
    with pytest.raises(StoreError, match="side by side"):
        pair_report(lake, ["mined"] * 7)
    with pytest.raises(NameNotFoundError):
        pair_report(lake, ["mined"], Options(against="nowhere"))
    with pytest.raises(TokenizerError):
        pair_report(lake, ["mined"], Options(tokenizer=lake.folder))


def test_an_empty_set_has_no_rates(lake: store.Lake, write_pairs: Callable[..., None]) -> None:
    """No pairs: counts are 0, and every rate is None, never 0."""
    write_pairs(lake, "nothing", [])
    (found,) = pair_report(lake, ["nothing"])["versions"]
    assert found["pairs"] == 0
    assert found["margin"]["mean"] is found["duplicates"]["value"] is found["type_entropy"]["value"] is None
    assert found["chosen_executable"]["n"] == 0
