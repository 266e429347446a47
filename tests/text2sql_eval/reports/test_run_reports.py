"""Reports over runs: figures equal those of the commands, the same bytes every time, and texts that stay texts."""

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from polars.testing import assert_frame_equal

import store
from store.cli import cli
from store.ids import content_id
from text2sql_data.lookups import NameNotFoundError, QuestionNotFoundError
from text2sql_eval.comparison.comparing import compare
from text2sql_eval.figures import figures
from text2sql_eval.outcomes import staged
from text2sql_eval.reports import rendering, writing
from text2sql_eval.reports.collab.layout import document as collab_document
from text2sql_eval.reports.collab.report import collab_report
from text2sql_eval.reports.compared.layout import document as compared_document
from text2sql_eval.reports.compared.report import Options as CompareOptions
from text2sql_eval.reports.compared.report import compare_report
from text2sql_eval.reports.leaderboard.counting import Counting
from text2sql_eval.reports.leaderboard.latex import latex
from text2sql_eval.reports.leaderboard.layout import document as runs_document
from text2sql_eval.reports.leaderboard.report import Options, RankError, runs_report
from text2sql_eval.reports.leaderboard.votes import vote_curve
from text2sql_eval.reports.question import page as question_page
from text2sql_eval.reports.question.report import Options as QuestionOptions
from text2sql_eval.reports.question.report import question_report
from text2sql_eval.statistics.bootstrap import Resampling
from text2sql_eval.statistics.curves import majority_curve

pytestmark = pytest.mark.slow  # over the demo lake

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>`| # [x](javascript:a)"
FAST = Resampling(resamples=200)


@pytest.fixture(scope="module")
def demo(demo_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo lake, in which a selector has chosen for two runs."""
    folder = Path(shutil.copytree(demo_made / "lake", tmp_path_factory.mktemp("demo") / "lake"))
    arguments = ["--lake", str(folder), "select", "run", "majority", "--run", "mats_rollouts", "--run", "small"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def opened(demo: Path) -> Iterator[store.Lake]:
    """The demo lake, open."""
    with store.open(demo, create=False) as lake:
        yield lake


def answers(lake: store.Lake, sql: str = EVIL, text: str = EVIL) -> tuple[str, str]:
    """Two runs of the demo benchmark whose SQL and critiques are hostile, with a hostile name; their names."""
    first, second = f"run {EVIL}", "plain"
    known = lake.sql("SELECT * FROM runs ORDER BY run LIMIT 1").fetchall()[0]
    columns = [column[0] for column in lake.sql("SELECT * FROM runs LIMIT 0").description or ()]
    with lake.commit("hostile") as commit:
        rows, critiques = [], []
        for run in (first, second):
            for sample in range(2):
                candidate = content_id(f"{run} {sample}").hex
                key = {"candidate": candidate, "run": run, "position": 0, "sample": sample}
                own = f"SELECT '{sql}', {sample}".replace("owned'", "owned")
                rows.append({**key, "stage": "answer", "step": 0, "sql": own, "sql_id": content_id(own).hex, "completion": sql})
                critique = {
                    "critique": content_id(f"{candidate}c").hex,
                    "candidate": candidate,
                    "validator": text,
                    "regime": text,
                }
                critiques.append({**critique, "ordinal": 0, "text": text, "verdict": "incorrect"})
        commit.append("runs", [{**dict(zip(columns, known, strict=True)), "run": run, "system": sql} for run in (first, second)])
        commit.append("candidates", rows)
        commit.append("critiques", critiques)
    return first, second


@pytest.fixture
def hostile(demo: Path, tmp_path: Path) -> Iterator[tuple[store.Lake, str, str]]:
    """A copy of the demo lake with two hostile runs, executed and labelled."""
    folder = Path(shutil.copytree(demo, tmp_path / "lake"))
    with store.open(folder, create=False) as lake:
        names = answers(lake)
    for step in (["execute"], ["label"]):
        done = CliRunner().invoke(cli, ["--lake", str(folder), *step])
        assert done.exit_code == 0, done.output
    with store.open(folder, create=False) as lake:
        yield lake, *names


class Elements(HTMLParser):
    """The elements of a page, by their names, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, dict(attrs)))


def harmless(page: str) -> bool:
    """Whether a page has no element, attribute or script but its own."""
    elements = Elements(page).found
    tags = [tag for tag, _ in elements]
    return (
        tags.count("script") == page.count("'sha256-") + 1
        and not {"img", "b", "link", "iframe", "object", "form", "base"} & set(tags)
        and not [name for _, attributes in elements for name in attributes if name.startswith("on")]
        and not any(attributes.get("src") or str(attributes.get("href", "#"))[0] != "#" for _, attributes in elements)
    )


def escaped(text: str) -> bool:
    """Whether a Markdown text has no markup but its own, outside of its code blocks."""
    outside = re.sub(r"^(`{3,})(diff)?\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    return "<" not in outside.replace("\\<", "") and "](" not in outside.replace("\\](", "")


def test_hostile_texts_stay_texts(hostile: tuple[store.Lake, str, str]) -> None:
    """Names, SQL, critiques and validators that are markup are text on every page and in every Markdown."""
    lake, first, second = hostile
    runs = runs_report(lake, Options(Counting([first, second], comparators=["bird"], resampling=FAST)))
    compared = compare_report(lake, [first, second], CompareOptions(resampling=FAST)).report
    question = question_report(lake, "demo", "0", QuestionOptions([first, second]))
    documents = [runs_document(runs), compared_document(compared), collab_document(collab_report(lake, first, second))]
    for document in documents:
        assert harmless(rendering.page(document))
        assert escaped(writing.markdown(document))
    assert harmless(rendering.page(documents[1], "compared", report=compared))
    assert harmless(question_page.html(question))
    assert escaped(question_page.markdown(question))
    assert "onerror=alert(1)&gt;" in question_page.html(question)
    assert "\n\\end{tabular}" in latex(runs)
    assert not re.search(r"(?<!\\)[#&](?! )", latex(runs).replace(" & ", " "))


def test_figures_are_those_of_eval(opened: store.Lake) -> None:
    """Every figure and interval of a run in the leaderboard is the one that `figures` gives; slices have no interval."""
    report = runs_report(opened, Options(Counting(comparators=["bird"], resampling=FAST), types=False))
    wanted = figures(opened, comparators=["bird"], interval=FAST, dimensions=("all", "database"))
    (board,) = report["boards"]
    shown = {run["run"]: run for run in board["runs"]}
    for figure in wanted.figures:
        if figure.dimension == "all" and figure.metric in {"ex", "any_correct", "majority", "pick_rate"} and figure.interval:
            own = shown[figure.run]["figures"][figure.metric]
            assert (own["value"], own["lower"], own["upper"], own["n"]) == (
                figure.value, figure.interval.lower, figure.interval.upper, figure.n,
            )  # fmt: skip
        if figure.dimension == "database" and figure.metric == "ex":
            (of,) = [one for one in board["database"] if one["slice"] == figure.slice]
            assert of["runs"][figure.run] == {"value": figure.value, "n": figure.n}
    assert [run["rank"] for run in board["runs"]] == sorted(run["rank"] for run in board["runs"])


def test_headroom_adds_up(opened: store.Lake) -> None:
    """Right, lost by the pick and beyond the oracle are everything, for the vote and for a selector."""
    report = runs_report(opened, Options(Counting(comparators=["bird"], resampling=FAST), types=False))
    found = [one for run in report["boards"][0]["runs"] for one in run["headroom"]]
    assert {one["selector"] for one in found} == {False, True}
    for one in found:
        assert one["right"] + one["lost"] + one["beyond"] == pytest.approx(1)
    votes, picks = ([one["right"] for one in found if one["selector"] is kind] for kind in (False, True))
    assert set(picks) <= set(votes)  # the selector is the same majority vote


def test_the_vote_is_that_of_the_curve(opened: store.Lake) -> None:
    """The expected majority of many questions at once is the one that is computed question by question."""
    keys = ["comparator", "run", "position", "k"]
    with staged(opened, runs=None, benchmarks=None, comparators=None, gold_revision="original", gate="exec_ok", common=False) as (
        scratch,
        *_,
    ):
        assert_frame_equal(vote_curve(scratch).sort(keys), majority_curve(scratch).sort(keys))


def test_the_same_lake_gives_the_same_bytes(opened: store.Lake) -> None:
    """Made twice, every page and every JSON is the same, also from the JSON as it was read."""
    options = Options(Counting(comparators=["bird"], resampling=FAST))
    one, two = (runs_report(opened, options) for _ in range(2))
    assert json.dumps(one) == json.dumps(two)
    assert rendering.page(runs_document(one)) == rendering.page(runs_document(json.loads(json.dumps(two))))
    first, again = (question_report(opened, "demo", "3") for _ in range(2))
    assert question_page.html(first) == question_page.html(json.loads(json.dumps(again)))


def test_no_run_has_the_metric(opened: store.Lake) -> None:
    """Runs cannot be ordered by what none of them has; the error lists what there is."""
    with pytest.raises(RankError, match="nonsense") as caught:
        runs_report(opened, Options(Counting(comparators=["bird"], resampling=FAST), rank_by="nonsense"))
    assert "any_correct" in str(caught.value.hint)


def test_a_comparison_says_what_compare_says(opened: store.Lake) -> None:
    """The gap and its interval are those of `compare`; each listed question is shown with both answers."""
    names = [name for (name,) in opened.sql("SELECT run FROM runs ORDER BY run").fetchall()][:2]
    report = compare_report(opened, names, CompareOptions(resampling=FAST)).report
    wanted = compare(opened, names, resampling=FAST)
    assert report["comparison"]["pairs"][0]["gap"]["value"] == wanted.pairs[0].gap.value
    differing = {question.position for question in (*wanted.pairs[0].wins, *wanted.pairs[0].losses)}
    assert {one["position"] for one in report["answers"]} == differing
    assert all({answer["correct"] for answer in one["answers"]} == {True, False} for one in report["answers"])
    page = rendering.page(compared_document(report), "compared", report=report)
    assert all(f'id="question-{position}"' in page and f'href="#question-{position}"' in page for position in differing)


def test_a_question_has_every_candidate_once(opened: store.Lake) -> None:
    """Each candidate of the lake is in one group; a group has one result; the golds are there with theirs."""
    report = question_report(opened, "demo", "3")
    shown = [candidate for group in report["groups"] for answer in group["answers"] for candidate in answer["candidates"]]
    wanted = opened.sql("SELECT candidate::VARCHAR FROM candidates WHERE position = 3").fetchall()
    assert sorted(shown) == sorted(candidate for (candidate,) in wanted)
    assert report["golds"][0]["gold_revision"] == "original"
    assert report["golds"][0]["result"]["n_rows"] is not None
    assert {pick["name"] for pick in report["picks"]} == {"majority"}
    assert sum(len(group["picked_by"]) for group in report["groups"]) == len(report["picks"])
    for group in report["groups"]:
        verdicts = {label["verdict"] for label in group["labels"] if label["comparator"] == "bird"}
        assert not group["is_gold"] or verdicts == {"correct"}


def test_questions_that_are_not_there(opened: store.Lake) -> None:
    """A question, a benchmark and a run that are not there are refused, each by its name."""
    with pytest.raises(QuestionNotFoundError, match="id:nowhere"):
        question_report(opened, "demo", "id:nowhere")
    with pytest.raises(NameNotFoundError):
        question_report(opened, "nowhere", "3")
    with pytest.raises(NameNotFoundError, match="nobody"):
        question_report(opened, "demo", "3", QuestionOptions(["nobody"]))


def run(lake: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, ["--lake", str(lake), "report", *arguments])


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs", "--comparator", "bird", "--resamples", "200"],
        ["compare", "small", "large", "--resamples", "200"],
        ["question", "demo", "3"],
    ],
)
def test_the_command_writes_everything(demo: Path, tmp_path: Path, arguments: list[str]) -> None:
    """Page, JSON and Markdown are written; without a file the tables are printed."""
    kinds = ["html", "json", "markdown", *(["latex"] if arguments[0] != "question" else [])]
    done = run(demo, *arguments, *(f"--{kind}={tmp_path / kind}" for kind in kinds))
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "json").read_text("utf-8"))["report"] == arguments[0]
    assert harmless((tmp_path / "html").read_text("utf-8"))
    assert all((tmp_path / kind).stat().st_size > 300 for kind in kinds)
    printed = run(demo, *arguments)
    assert printed.exit_code == 0
    assert "─" in printed.stdout


def test_three_regimes_have_no_winner(configurations_made: Path, tmp_path: Path) -> None:
    """Over the published form of three configurations: 979 common questions, and no winner can be named."""
    lake = Path(shutil.copytree(configurations_made / "lake", tmp_path / "lake"))
    done = CliRunner().invoke(cli, ["--lake", str(lake), "pairs", "mine", "collab", "--mode", "independent"])
    assert done.exit_code == 0, done.output
    done = run(lake, "collab", "collab", "indep", "--further", "sft_vf", "--json", str(tmp_path / "json"))
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "json").read_text("utf-8"))
    assert found["n"] == 979
    assert {figure["winner"] for figure in found["figures"]} == {None}
    values = {figure["metric"]: figure["runs"]["sft_vf"]["value"] for figure in found["figures"]}
    assert values["pipeline"] == pytest.approx(0.7773, abs=1e-4)
    (mined,) = [one for one in found["inside"]["yields"] if one["agent"] == "select"]
    assert mined["pairs"] == 375
    document = collab_document(found)
    assert "no winner can be named" in document.verdicts[0].text


def test_terms_frames_have_the_same_columns(opened: store.Lake) -> None:
    """An outcome-free lake gives an empty curve with the columns of terms."""
    with staged(
        opened, runs=None, benchmarks=None, comparators=["bird"], gold_revision="original", gate="exec_ok", common=False
    ) as (scratch, *_):
        scratch.execute("DELETE FROM question_outcomes")
        empty, wanted = vote_curve(scratch), majority_curve(scratch)
    assert empty.schema == wanted.schema
    assert isinstance(empty, pl.DataFrame)
