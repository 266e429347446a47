"""The taxonomy on published answers: counts agree with figures, what is left out is said, clauses are compared once."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from text2sql_data.lookups import NameNotFoundError
from text2sql_eval.commands.taxonomy import taxonomy as command
from text2sql_eval.figures import figures
from text2sql_eval.outcomes import NothingToCountError
from text2sql_eval.taxonomy import differences
from text2sql_eval.taxonomy.clauses import CLAUSES, VERSION, differing_clauses
from text2sql_eval.taxonomy.taxonomy import taxonomy

RUNS = ("codes_1b", "rollouts", "bird_codes")


def test_counts_agree_with_figures(answers: store.Lake) -> None:
    """What is correct and what has an error type are all answers; correct ones and exclusions are those of t2s eval."""
    found = taxonomy(answers, RUNS, stage="final", clauses=False)
    by_name = {(figure.run, figure.metric, figure.k): figure for figure in figures(answers, comparators=["bird"]).figures}
    assert [total.run for total in found.totals] == sorted(RUNS)
    for total in found.totals:
        wrong = sum(one.answers for one in found.types if one.run == total.run)
        assert total.correct + wrong == total.answers
        assert sum(one.answers for one in found.databases if one.run == total.run) == wrong
        assert by_name[total.run, "ex", 1].excluded == total.excluded
        assert by_name[total.run, "ex", 1].n == total.questions
        if total.answers == total.questions:
            assert by_name[total.run, "ex", 1].value == pytest.approx(total.correct / total.questions)
    assert {total.run: total.excluded for total in found.totals}["bird_codes"] == {"no_database": 3}
    assert {total.run: total.excluded for total in found.totals}["rollouts"] == {"not_in_run": 1034 - 80}


def test_shares_are_of_what_they_say(answers: store.Lake) -> None:
    """Types of the run's answers, databases of the answers about them, clauses of the answers with the type."""
    found = taxonomy(answers, ["codes_1b"])
    assert {one.error_type: one.answers for one in found.types}["no_such_column"] == 25
    assert all(one.share == pytest.approx(one.answers / 1034) for one in found.types)
    ((size,),) = answers.sql("SELECT count(*) FROM questions WHERE benchmark = 'spider_dev' AND db_id = 'car_1'").fetchall()
    assert all(one.share == pytest.approx(one.answers / size) for one in found.databases if one.db_id == "car_1")
    of_type = {one.error_type: one.answers for one in found.types}
    assert all(one.share == pytest.approx(one.answers / of_type[one.error_type]) for one in found.clauses)


def test_stages_are_first_and_final_answers(answers: store.Lake) -> None:
    """First answers are all of step 0; final ones are those that the gate lets stand."""
    ((first,),) = answers.sql("SELECT count(*) FROM candidates WHERE run = 'rollouts' AND step = 0").fetchall()
    for gate in ("exec_ok", "critique", "always"):
        totals = taxonomy(answers, ["rollouts"], gate=gate, stage="first", clauses=False).totals
        assert totals[0].answers == first
        query = "SELECT count(*) FROM answers AS a JOIN judged_candidates AS j USING (candidate) WHERE a.run = 'rollouts'"
        query += " AND gate = $gate AND j.comparator = 'bird' AND j.verdict = 'correct'"
        final = taxonomy(answers, ["rollouts"], gate=gate, stage="final", clauses=False).totals
        assert final[0].correct == answers.sql(query, gate=gate).fetchall()[0][0]


def test_every_answer_with_another_result_differs_somewhere(answers: store.Lake) -> None:
    """None of those that execute is the same as its gold, as parsed; the counts are those of the comparison itself."""
    found = taxonomy(answers, ["codes_1b", "rollouts"])
    executing = {"empty_result", "wrong_row_count", "wrong_result"}
    assert not [
        one for one in found.clauses if one.error_type in executing and one.clause in {"none", "not_compared", "not_parsed"}
    ]
    pairs = answers.sql(
        "SELECT sql, gold_sql FROM error_types WHERE run = 'codes_1b' AND comparator = 'bird' AND error_type = 'wrong_row_count'"
    ).fetchall()
    counted = {one.clause: one.answers for one in found.clauses if (one.run, one.error_type) == ("codes_1b", "wrong_row_count")}
    plain = [differing_clauses(sql, gold) or () for sql, gold in pairs]
    assert counted == {clause: n for clause in CLAUSES if (n := sum(clause in clauses for clauses in plain))}
    viewed = answers.sql(
        "SELECT clause, count(*) FROM differing_clauses"
        " WHERE run = 'codes_1b' AND comparator = 'bird' AND error_type = 'wrong_row_count' GROUP BY clause"
    ).fetchall()
    assert dict(viewed) == counted


def test_a_pair_is_compared_once(answers_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped half way, what is done stays; the next call does the rest, in several processes; then nothing is to do."""
    folder = Path(shutil.copytree(answers_template, tmp_path / "lake"))
    todo: list[int] = []

    class StoppedError(Exception):
        """Ctrl-C, as it were."""

    def stop(done: int) -> None:
        raise StoppedError(done)

    with store.open(folder, create=False) as lake:
        before = lake.counts()["sql_differences"]
        with pytest.raises(StoppedError):
            taxonomy(lake, ["rollouts"], started=lambda total: todo.append(total) or stop)  # type: ignore[func-returns-value]
        half = lake.counts()["sql_differences"]
        assert half - before == min(differences._BATCH, todo[0])
        monkeypatch.setattr(differences, "_FEW", 1)
        whole = taxonomy(lake, ["rollouts"], started=lambda total: todo.append(total) or (lambda _: None), processes=2)  # type: ignore[func-returns-value]
        assert todo[1] == todo[0] - differences._BATCH
        assert lake.counts()["sql_differences"] == before + todo[0]
        version = lake.version
        assert taxonomy(lake, ["rollouts"])._replace(version=0) == whole._replace(version=0)
        assert lake.version == version
        assert lake.check() == []
        rows = lake.sql("SELECT DISTINCT version, parsed OR len(clauses) = 0 FROM sql_differences").fetchall()
        assert rows == [(VERSION, True)]


def test_an_earlier_version_is_not_written_to(answers_template: Path, tmp_path: Path) -> None:
    """There, what was not compared is counted as such."""
    folder = Path(shutil.copytree(answers_template, tmp_path / "lake"))
    with store.open(folder, create=False) as lake:
        labelled = lake.version
        taxonomy(lake, ["codes_1b"])
        now = lake.version
        with lake.at(labelled) as earlier:
            found = taxonomy(earlier, ["codes_1b"])
        assert {one.clause for one in found.clauses} == {"not_compared"}
        assert lake.version == now


def test_names_and_runs_without_labels_are_errors(answers: store.Lake) -> None:
    """A misspelt name is not an empty answer, nor is a comparator that judged nothing of the run."""
    with pytest.raises(NameNotFoundError):
        taxonomy(answers, ["codes"])
    with pytest.raises(NameNotFoundError):
        taxonomy(answers, comparator="birds")
    with pytest.raises(NothingToCountError):
        taxonomy(answers, ["codes_1b"], comparator="file:rollouts")
    assert [total.run for total in taxonomy(answers, comparator="file:rollouts", clauses=False).totals] == ["rollouts"]


def run_command(folder: Path, *words: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(command, words, obj=folder, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
def test_the_command_prints_what_the_functions_return(answers_folder: Path, answers: store.Lake) -> None:
    """Every section, as tables, as Markdown, and as one JSON object; with what was excluded."""
    words = ("rollouts", "bird_codes", "--by", "type", "--by", "clause", "--by", "database", "--repair", "--routing", "--columns")
    text = run_command(answers_folder, *words)
    for said in (
        "answers by type of error",
        "a clause differs",
        "answers by database",
        "What became of questions",
        "what each is for",
        "refused because of a column",
        "bird_codes: 3 questions excluded: no_database",
        "rollouts: 954 questions excluded: not_in_run",
    ):
        assert said in text
    assert "| run | n | correct |" in run_command(answers_folder, *words, "--markdown")
    found = json.loads(run_command(answers_folder, *words, "--json"))
    assert set(found) == {"taxonomy", "in_training", "left_out", "repairs", "columns"}
    assert found["in_training"] == found["left_out"] == {}  # no model of this lake made a run
    expected = taxonomy(answers, ["rollouts", "bird_codes"])
    assert found["taxonomy"]["totals"] == [total._asdict() for total in expected.totals]
    assert found["taxonomy"]["types"] == [one._asdict() for one in expected.types]
    assert "answers by type of error" in run_command(answers_folder, "codes_1b")
    some = run_command(answers_folder, "codes_1b", "rollouts", "--comparator", "file:rollouts")
    assert "Not labelled by file:rollouts under the current settings, so not shown: codes_1b." in some


def test_the_command_is_found() -> None:
    """`t2s taxonomy` is there, with an example."""
    assert "Example:" in CliRunner().invoke(cli, ["taxonomy", "--help"]).output
