"""Feedback for repair: what each mode says and keeps to itself, and side by side with what another pipeline says."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data import prompts
from text2sql_data.critiques import stored
from text2sql_data.critiques.parsing import Section, sections, verdict
from text2sql_data.datasets.prompting import FIXER_FIELDS, QUESTION_FIELDS, SUBJECT_FIELDS
from text2sql_data.execution import sandbox
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.messages import classify
from text2sql_data.rollouts.extraction import extract
from text2sql_data.rollouts.feedback import DETAILS, MODES, SCOPES, Attempt, Mode, feedback, repairs, rules, sees_gold
from text2sql_data.schema.introspect import introspect
from text2sql_data.schema.rendering import compact

TABLES = {"singer": ["id", "name", "age"], "concert": ["id", "singer_id", "year"]}
COLUMNS = {table: [{"name": name, "type": "", "pk": 0} for name in names] for table, names in TABLES.items()}
SCHEMA = stored.read(json.dumps({"tables": [{"name": table, "columns": columns} for table, columns in COLUMNS.items()]}))
SQL = "SELECT s.name FROM singer AS s JOIN concert AS c ON c.singer_id = s.id"
OK = Attempt(SQL, "ok", columns=["name"], n_rows=2, preview='[["Ann"],["Ben"]]')
GOLD = Attempt("SELECT name FROM singer", "ok", columns=["name"], n_rows=3, preview='[["Ann"],["Cy"],["Di"]]')
WRONG = (
    "It executed, but its result is not the expected one. Rows: 2, expected 3. Columns: 1, expected 1. "
    "Of its first 2 rows, 1 is among the expected ones.\nIts result:\nname\nAnn\nBen"
)
NOTHING = (
    "It executed without an error.\nRows: 0. Columns: 1.\n"
    "The result is empty; that is right only if the question can have no answer.\nIts result:\nname\n(no rows)"
)
STRIKING = (
    "It executed without an error.\nRows: 2. Columns: 3.\nColumn a is NULL throughout.\nColumn b is 1 throughout.\n"
    "Its result:\na | b | c\nNULL | 1 | x\nNULL | 1 | y"
)
FAILED = Attempt("SELECT s.year FROM singer AS s", "error", "no_such_column", "no such column: s.year")
EMPTY = OK._replace(n_rows=0, preview="[]")


@pytest.mark.parametrize(
    ("attempt", "mode", "text"),
    [
        (OK, "error_only", "It executed without an error, but its result was not accepted."),
        (OK, "result_status", WRONG),
        (OK, "oracle_rows", f"{WRONG}\nThe expected result:\nname\nAnn\nCy\nDi"),
        (OK, "online_visible", "It executed without an error.\nRows: 2. Columns: 1.\nIts result:\nname\nAnn\nBen"),
        (EMPTY, "online_visible", NOTHING),
        (
            OK._replace(preview='[["10"],["9"]]'),
            "online_visible",
            "It executed without an error.\nRows: 2. Columns: 1.\nIts result:\nname\n10\n9\nColumn name holds text, not numbers.",
        ),
        (OK._replace(columns=["a", "b", "c"], preview='[[null,1,"x"],[null,1,"y"]]'), "online_visible", STRIKING),
        *((FAILED, mode, "It did not execute: error: no such column: s.year") for mode in ("error_only", "result_status")),
        (Attempt(SQL, "timeout", error="too long"), "online_visible", "It did not execute: timeout: too long"),
        (Attempt(None, "no_sql"), "error_only", "There was no SQL in the answer."),
    ],
)
def test_what_a_mode_says(attempt: Attempt, mode: Mode, text: str) -> None:
    """Without diagnostics: the status, and what the mode adds to it."""
    assert feedback(attempt, mode=mode, detail="basic", schema=SCHEMA, expected=GOLD) == text


def test_details_add_names_and_columns() -> None:
    """`column` says who owns what, `minimal` also which table is not needed; the rules are apart."""
    basic, column, minimal = (feedback(FAILED, mode="error_only", detail=detail, schema=SCHEMA) for detail in DETAILS)
    assert column.startswith(basic)
    assert "- s.year: s is the table singer, which has no such column; year is a column of concert" in column
    assert "- singer(id, name, age)" in column
    assert minimal == column
    said = feedback(OK, mode="online_visible", detail="minimal", schema=SCHEMA)
    assert "no column is used of: c" in said
    assert "no column is used" not in feedback(OK, mode="online_visible", detail="column", schema=SCHEMA)
    assert [bool(rules(detail)) for detail in DETAILS] == [False, False, True]


attempts = st.builds(
    Attempt,
    st.sampled_from([None, SQL, "SELECT nothing FROM nowhere", "SELEC"]),
    st.sampled_from(["ok", "error", "timeout", "memory", "rejected", "crashed", "no_sql"]),
    st.none(),
    st.none()
    | st.sampled_from(["no such column: year", "ambiguous column name: id", "near SELEC: syntax error"])
    | st.text(max_size=20),
    st.none() | st.lists(st.text(max_size=5), max_size=3),
    st.none() | st.integers(0, 5),
    st.sampled_from([None, "[]", '[["Ann",1]]', '[[{"cut":"xyz","length":90}],[null]]']),
)


@given(attempts, attempts, st.sampled_from(DETAILS))
def test_the_gold_stays_where_it_may_not_be_seen(attempt: Attempt, expected: Attempt, detail: Any) -> None:  # noqa: ANN401
    """Modes that do not see the gold say the same whatever is expected; every mode has something to say of any attempt."""
    for mode in MODES:
        said = feedback(attempt, mode=mode, detail=detail, schema=SCHEMA, expected=expected)
        assert said
        if not sees_gold(mode, "online"):
            assert said == feedback(attempt, mode=mode, detail=detail, schema=SCHEMA)


def test_who_sees_the_gold() -> None:
    """The gold is seen by two of the modes, and by whoever repairs only what it calls wrong."""
    online = {mode for mode in MODES if not sees_gold(mode, "online")}
    assert online == {mode for mode in MODES if not sees_gold(mode, "online_guarded")} == {"error_only", "online_visible"}
    assert all(sees_gold(mode, "verified") for mode in MODES)


@given(st.sampled_from(["ok", "error", "timeout", "memory", "rejected", "no_sql"]), st.integers(0, 2))
def test_which_attempts_are_repaired(status: str, n_rows: int) -> None:
    """Online scopes do not look at the verdict; each scope repairs at least what the one before it does."""
    for correct in (True, False, None):
        online, guarded = (repairs(scope, status, n_rows, correct) for scope in SCOPES[1:])
        assert online == (status != "ok")
        assert guarded == (online or n_rows == 0)
        assert repairs("verified", status, n_rows, correct) == (status != "ok" or correct is False)


class Theirs(NamedTuple):
    """A repair prompt of the other pipeline: its feedback, and what that is about."""

    db_id: str
    gold: str
    sql: str
    tables: list[str]
    feedback: str


def theirs(real_data: Path) -> Iterator[Theirs]:
    """The repair prompts that were recorded, each once."""
    seen = set()
    for pair in json.loads((real_data / "trajectories/dpo_pairs.json").read_text("utf-8")):
        prompt = pair["prompt"]
        if "Execution feedback at turn" in prompt and prompt not in seen:
            seen.add(prompt)
            head, _, rest = prompt.partition("\nPrevious SQL:\n")
            sql, _, said = rest.partition("\nExecution feedback at turn ")
            tables = re.findall(r"^Table (.+?): ", head, re.MULTILINE)
            yield Theirs(
                pair["meta"]["db_id"], pair["meta"]["gold_sql"], sql, tables, said.split("\n", 1)[1].removesuffix("\nSQL:")
            )


def executed(path: Path, sql: str) -> Attempt:
    """A SQL with what it came to in the sandbox."""
    connection = sandbox.open_database(str(path))
    try:
        outcome = sandbox.run(connection, sql, Limits())
    finally:
        connection.close()
    return Attempt(sql, outcome.status, outcome.error_class, outcome.error, outcome.columns, outcome.n_rows, outcome.preview)


def facts(said: str) -> list[str]:
    """What another pipeline's feedback tells, as pieces that must be found in ours."""
    found = []
    if rows := re.search(r"Predicted row count: (\d+); expected row count: (\d+)", said):
        found.append(f"Rows: {rows[1]}, expected {rows[2]}")
    if error := re.search(r"^SQLite error: (.*)$", said, re.MULTILINE):
        found.append(error[1])
    available = re.search(r"Available columns in selected tables: (.*)\.$", said, re.MULTILINE)
    for table, columns in re.findall(r"(\w+)\(([^()]*)\)", available[1] if available else ""):
        found += [f"- {table}(", *columns.removesuffix(", ...").split(", ")]
    return found


def side_by_side(one: Theirs, ours: str) -> str:
    """Both texts, for whoever reads why the test failed."""
    return f"\n=== {one.db_id}: {one.sql}\n--- theirs\n{one.feedback}\n--- ours\n{ours}"


def lacking(one: Theirs, ours: str) -> list[str]:
    """The facts of theirs that ours lacks; of their sample of rows the number, for they sort it and we do not."""
    gone = [fact for fact in facts(one.feedback) if fact.lower() not in ours.lower()]
    sample = re.search(r"Predicted sample: \[(.*)\]\.$", one.feedback, re.MULTILINE)
    shown = re.split(r"\nColumn|\nJoined", ours.partition("Its result:\n")[2])[0].splitlines()
    if sample and len(shown) - 1 < sample[1].count("), (") + bool(sample[1]):
        gone.append(f"sample of rows: {sample[1]}")
    if sample and re.search(r"[(, ]'\d+'[,)]", sample[1]) and "holds text" not in ours:
        gone.append("numbers that are text")
    return gone


def compared(real_data: Path, recorded: list[Theirs]) -> list[str]:
    """Both texts of each recorded feedback that tells more than ours, with what ours lacks."""
    missing = []
    for one in recorded:
        path = real_data / f"spider/database/{one.db_id}/{one.db_id}.sqlite"
        schema = stored.read(json.dumps(introspect(path)))
        attempt, gold = executed(path, one.sql), executed(path, one.gold)
        ours = feedback(attempt, mode="result_status", detail="minimal", schema=schema, expected=gold, tables=one.tables)
        if gone := lacking(one, ours):
            missing.append(f"{side_by_side(one, ours)}\n--- lacking: {gone}")
    return missing


def test_ten_side_by_side(real_data: Path) -> None:
    """Of ten recorded repair prompts every fact of the feedback is in ours: counts, rows, and all columns of the tables shown."""
    recorded = list(theirs(real_data))
    missing = compared(real_data, recorded[:: len(recorded) // 10][:10])
    assert not missing, "\n".join(missing)


@pytest.mark.slow
def test_all_side_by_side(real_data: Path) -> None:
    """So it is for all 58."""
    recorded = list(theirs(real_data))
    missing = compared(real_data, recorded)
    assert len(recorded) == 58
    assert not missing, "\n".join(missing)


def turns(real_data: Path) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The attempts after which the recorded rollouts went on: all of every turn but the last."""
    for line in (real_data / "trajectories/trajectories.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        last = max(candidate["turn"] for candidate in row["candidates"])
        for candidate in row["candidates"]:
            if candidate["turn"] < last:
                yield row, candidate["raw_text"]


@pytest.mark.slow
def test_every_turn_is_told_at_least_as_much(real_data: Path) -> None:
    """For each attempt of a turn that was repaired: the error or the counts, the owners of a wrong column, the columns shown."""
    n, failed = 0, 0
    opened: dict[str, stored.Schema] = {}
    for row, raw in turns(real_data):
        n += 1
        path = real_data / f"spider/database/{row['db_id']}/{row['db_id']}.sqlite"
        schema = opened.get(row["db_id"]) or opened.setdefault(row["db_id"], stored.read(json.dumps(introspect(path))))
        sql = extract(raw)
        attempt = executed(path, sql) if sql is not None else Attempt(None, "no_sql")
        gold = executed(path, row["gold_sql"])
        tables = row["retrieved_tables"]
        ours = feedback(attempt, mode="result_status", detail="minimal", schema=schema, expected=gold, tables=tables)
        for table in tables:
            known = schema.tables[table.lower()]
            assert f"- {stored.shown(known.name)}(" in ours, ours
            assert all(stored.shown(column.name) in ours for column in list(known.columns.values())[:18]), ours
        if attempt.status == "ok":
            assert f"Rows: {attempt.n_rows}, expected {gold.n_rows}." in ours, ours
        elif attempt.error is not None:
            failed += 1
            assert attempt.error in ours, ours
            if classify(attempt.error) == "no_such_column":
                column = attempt.error.split(": ", 1)[1].split(" - ")[0].rpartition(".")[2]
                wrong = next(line for line in ours.splitlines() if line.startswith("- "))
                assert column.lower() in wrong.lower(), ours
                assert all(stored.shown(table.name) in wrong for table in schema.owners(column)), ours
                qualifier = attempt.error.split(": ", 1)[1].rpartition(".")[0]
                bound = re.search(rf"(\w+)\s+as\s+{qualifier}\b", sql or "", re.IGNORECASE) if qualifier else None
                assert bound is None or bound[1].lower() in wrong.lower(), ours
    assert (n, failed) == (738, 35)


MATS = ("select", "condition", "join", "order")


@pytest.mark.parametrize("validator", MATS)
@pytest.mark.parametrize("conclusion", ["correct", "incorrect"])
def test_a_critique_in_the_mats_form_is_read(validator: str, conclusion: str) -> None:
    """A critique as its prompt asks for it has the verdict that it states, bare and within the tags of the wrapper form."""
    template = prompts.template(f"mats_validator_{validator}")
    template.require(SUBJECT_FIELDS)
    opens = re.search(r"Open with `(.+?)`", template.text)
    closes = re.findall(r"`(Conclude: \w+\.)`", template.text)
    assert opens
    assert opens[1] == ("ORDER BY." if validator == "order" else f"{validator.upper()}.")
    text = f"{opens[1]}\n1. The query selects: [name]\n2. {next(one for one in closes if one.endswith(f' {conclusion}.'))}"
    assert verdict(text) == conclusion
    assert sections("rules", f"<{validator}>\n{text}\n</{validator}>") == [Section(validator, text)]


def test_the_fixer_of_the_wrapper_form_gets_tags() -> None:
    """Critiques stand in tags, parted by a blank line, and are read back as they were; the paper form has their text alone."""
    critiques = [{"validator": name, "verdict": "incorrect", "text": f"{name.upper()}.\nConclude: incorrect."} for name in MATS]
    fields = {"schema": "s", "question": "q", "evidence": "", "sql": "SELECT 1", "result": "1", "critiques": critiques}
    wrapped = prompts.render("wrapper_fixer", **fields)
    assert "<select>\nSELECT.\nConclude: incorrect.\n</select>\n\n<condition>\nCONDITION." in wrapped
    read = [section for section in sections("fixer", wrapped) if section.validator != "fixer"]
    assert [(section.validator, section.text) for section in read] == [(one["validator"], one["text"]) for one in critiques]
    plain = prompts.render("mats_fixer", **fields)
    assert "SELECT.\nConclude: incorrect.\n\nCONDITION.\n" in plain
    for name in ("mats_fixer", "wrapper_fixer"):
        prompts.template(name).require(FIXER_FIELDS)
        assert prompts.render(name, **fields).endswith("\nFIXED SQL:\n")
        assert "None" in prompts.render(name, **{**fields, "critiques": []})


def test_the_planner_of_the_mats_form_is_the_published_prompt(real_data: Path) -> None:
    """Byte for byte what stands in MATS's rollouts, but for the order of the tables; and its completion gives its SQL."""
    prompts.template("mats_planner").require(QUESTION_FIELDS)
    with (real_data / "mats/greedy_passAt1_spider_dev.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(next(file)) for _ in range(40)]
    for row in rows:
        schema = introspect(real_data / row["db_path"])
        prompt = prompts.render("mats_planner", schema=compact(schema), question=row["question"], evidence=row["evidence"])
        published = row["prompt_planner"]  # its tables stand in another order than the database has them
        assert sorted(prompt.split("\n")) == sorted(published.split("\n"))
        assert prompt.partition("\n\n")[2] == published.partition("\n\n")[2]
        for trajectory in row["trajectories"]:
            assert extract(trajectory["planner_output"]) == trajectory["planner_sql"].strip().rstrip("; ")


def test_the_repair_prompt_has_feedback_and_rules() -> None:
    """Rules have a heading where there are some, and leave nothing behind where there are none."""
    fields = {"dialect": "SQLite", "schema": "s", "question": "q", "evidence": "", "sql": "SELECT 1", "feedback": "It failed."}
    assert "Rules:\n- Write" in prompts.render("repair_feedback", rules=rules("minimal"), **fields)
    assert "Rules" not in prompts.render("repair_feedback", rules=rules("column"), **fields)
