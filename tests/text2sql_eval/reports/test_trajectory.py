"""The report over stages: figures are those of eval and compare, the page shows the JSON, and texts stay texts."""

import json
import re
import shutil
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

import store
from store.cli import cli
from store.ids import content_id
from text2sql_data.lookups import NameNotFoundError
from text2sql_eval.reports import rendering, writing
from text2sql_eval.reports.trajectory.latex import latex
from text2sql_eval.reports.trajectory.layout import document
from text2sql_eval.reports.trajectory.options import Options
from text2sql_eval.reports.trajectory.report import trajectory_report
from text2sql_eval.statistics.bootstrap import Resampling

pytestmark = pytest.mark.slow  # over the demo lake

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>`| # [x](javascript:a)"
FAST = ["--cluster", "question", "--resamples", "300"]
HOW = Resampling(cluster="question", resamples=300)
STAGES = {
    "sft": ("small", "sft", 1),
    "dpo": ("mats_rollouts", "dpo", 1),
    "orpo": ("small", "orpo", 1),
    "dpo-2": ("large", "dpo", 2),
}


def t2s(lake: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, ["--lake", str(lake), *arguments])


def refusal(found: Result) -> str:
    """What a refused command says, with its hint."""
    return f"{found.output} {found.exception} {getattr(found.exception, 'hint', '')}"


def done(lake: Path, *arguments: str) -> str:
    """What a command printed that must succeed."""
    found = t2s(lake, *arguments)
    assert found.exit_code == 0, found.output
    return found.stdout


@pytest.fixture(scope="module")
def demo(demo_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo lake, in which a selector has chosen for two runs, but not for the third."""
    folder = Path(shutil.copytree(demo_made / "lake", tmp_path_factory.mktemp("demo") / "lake"))
    done(folder, "select", "run", "rules", "--run", "small", "--run", "large")
    return folder


@pytest.fixture(scope="module")
def loop(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a training in stages: a run of eight warm samples and a greedy one each, and the models that they name."""
    folder = Path(shutil.copytree(demo, tmp_path_factory.mktemp("loop") / "lake"))
    with store.open(folder, create=False) as lake:
        for name, (source, kind, version) in STAGES.items():
            write(lake, name, source, kind, version)
    done(folder, "execute")
    done(folder, "label", "--comparator", "bird")
    done(folder, "select", "run", "rules", *(f"--run={name}" for name in STAGES))
    return folder


def write(lake: store.Lake, name: str, source: str, kind: str, version: int) -> None:
    """A stage with the SQL of another run."""
    model = kind
    (run,) = rows(lake, "runs", source)
    config = json.dumps({"models": {"m": {"client": "openai", "model": f"{model}@{version}"}}})
    found: dict[str, list[dict[str, Any]]] = {name: [], f"{name}-greedy": []}
    for row in rows(lake, "candidates", source):
        if row["step"] != 0:
            continue
        sample, position = row["sample"], row["position"]
        own = {**row, "stage": "answer", "parent": None}
        for of, heat, place in ((name, 0.8, sample), (f"{name}-greedy", 0.0, 0)):
            if of == name or sample == 1:
                key = content_id(f"{of} {position} {place}").hex
                sampling = json.dumps({"temperature": heat})
                found[of].append({**own, "run": of, "sample": place, "candidate": key, "sampling": sampling})
    curve = [{"step": 10 * step, "loss": 2 / step, "logps/chosen": -step, "logps/rejected": -2.0 * step} for step in range(1, 9)]
    summary = {
        "steps": 80,
        "curve": [*curve, {"step": 80, "eval_loss": 0.4}],
        "metrics": {"loss": 0.4, "rewards/accuracies": 0.7},
    }
    with lake.commit(name) as commit:
        for of, candidates in found.items():
            commit.append("runs", [{**run, "run": of, "system": of, "config": config}])
            commit.append("candidates", candidates)
        row = {"name": model, "version": version, "kind": kind, "pin_name": f"{kind}_pin", "pin_version": 1, "seed": 0}
        base = json.dumps({"name": "/somewhere/tiny", "sha256": "ab" * 32, "pins": []})
        more = {"base": base, "recipe": "{}", "versions": "{}", "summary": json.dumps(summary), "path": None, "sha256": "cd" * 32}
        commit.append("models", [{**row, **more, "added": datetime(2026, 1, 1)}])  # noqa: DTZ001 - the lake has no zone


def rows(lake: store.Lake, table: str, run: str) -> list[dict[str, Any]]:
    """Rows of a run, as they can be written again."""
    result = lake.sql(f"FROM {table} WHERE run = $run", run=run)
    columns = [column[0] for column in result.description or ()]
    return [
        {name: value.hex if isinstance(value, UUID) else value for name, value in zip(columns, values, strict=True)}
        for values in result.fetchall()
    ]


def report(lake: Path, *arguments: str) -> dict[str, Any]:
    """The JSON of a report."""
    found: dict[str, Any] = json.loads(done(lake, "report", "trajectory", *arguments, *FAST, "--json", "-"))
    return found


GREEDY = [part for name in STAGES for part in ("--greedy-run", f"{name}={name}-greedy")]
BRANCHES = ["--after", "orpo=sft", "--after", "dpo-2=dpo"]


def test_figures_are_those_of_eval_and_compare(demo: Path) -> None:
    """Every figure, bound and n of a stage is that of `t2s eval --json`, every gap and p that of `t2s compare --json`."""
    found = report(demo, "small", "large")
    assert found["k"] == 8
    lines = done(
        demo,
        "eval",
        "--run",
        "small",
        "--run",
        "large",
        "--comparator",
        "bird",
        "--selector",
        "rules",
        "--interval",
        *FAST,
        "--json",
    )
    wanted = {(one["run"], one["metric"], one["k"]): one for one in map(json.loads, lines.splitlines())}
    for stage in found["stages"]:
        assert set(stage["figures"]) == {
            "greedy", "pipeline", "oracle", "majority", "pick_rate", "selector:rules", "pick_rate:rules",
        }  # fmt: skip
        for metric, figure in stage["figures"].items():
            one = wanted[stage["run"], metric, figure["k"]]
            assert (figure["value"], figure["n"], figure["excluded"]) == (one["value"], one["n"], one["excluded"])
            assert (figure["lower"], figure["upper"]) == (one["interval"]["lower"], one["interval"]["upper"])
    (step,) = found["steps"]
    assert (step["stage"], step["after"]) == ("large", "small")
    for metric, figure in step["figures"].items():
        how = ["--selector", "rules"] if metric == "selector:rules" else ["--metric", metric]
        one = json.loads(done(demo, "compare", "large", "small", *how, *FAST, "--json"))
        (pair,) = one["pairs"]
        assert (figure["n"], figure["k"], figure["p_value"]) == (one["n"], one["k"], pair["p_value"])
        assert (figure["gap"], figure["lower"], figure["upper"]) == tuple(
            pair["gap"][name] for name in ("value", "lower", "upper")
        )
        assert (figure["value"], figure["before"]) == tuple(side["figure"]["value"] for side in one["sides"])
        counted = (len(pair["wins"]), len(pair["losses"])) if pair["p_value"] is not None else (None, None)
        assert (figure["wins"], figure["losses"]) == counted
        assert figure["shown"] == {"large": "gain", "small": "loss", None: "cannot be told"}[pair["winner"]]
        assert figure["excludes_zero"] == (not figure["lower"] <= 0 <= figure["upper"])
        if metric == "greedy":
            for side, other in (("won", "wins"), ("lost", "losses")):
                assert [asked["position"] for asked in step[side]] == [asked["position"] for asked in pair[other]][:10]


def test_greedy_answers_may_be_of_another_run(loop: Path) -> None:
    """--greedy-run takes greedy figures from there, the rest from the stage; a branch is compared with what it comes after."""
    found = report(loop, *STAGES, *BRANCHES, *GREEDY)
    assert [(step["stage"], step["after"]) for step in found["steps"]] == [("dpo", "sft"), ("orpo", "sft"), ("dpo-2", "dpo")]
    for stage in found["stages"]:
        (one,) = [
            figure
            for figure in map(json.loads, done(loop, "eval", "--run", f"{stage['run']}-greedy", "--json").splitlines())
            if figure["metric"] == "greedy" and figure["comparator"] == "bird"
        ]
        assert stage["figures"]["greedy"]["value"] == one["value"]
        assert stage["figures"]["oracle"]["k"] == stage["samples"] == 8
        assert stage["temperatures"] == {"greedy": [0.0], "first": [0.8], "further": [0.8]}
        model, same = stage["models"]
        assert [model["run"], same["run"]] == [stage["run"], f"{stage['run']}-greedy"]
        assert same == model | {"run": same["run"]}
        assert (model["trainer"], model["pin"], model["base"]) == (
            STAGES[stage["run"]][1],
            f"{STAGES[stage['run']][1]}_pin@1",
            "tiny",
        )
        assert (model["steps"], model["loss"], model["eval_loss"], model["reward_accuracy"]) == (80, 0.25, 0.4, 0.7)
    assert not any("temperature" in note or "model" in note for note in found["notes"])
    one = json.loads(done(loop, "compare", "orpo-greedy", "sft-greedy", "--metric", "greedy", *FAST, "--json"))
    assert found["steps"][1]["figures"]["greedy"]["gap"] == one["pairs"][0]["gap"]["value"]
    warm = report(loop, "sft", "dpo")
    assert sum("--greedy-run" in note for note in warm["notes"]) == 2


@pytest.mark.parametrize(
    ("stages", "greedy", "models"),
    [
        (["small", "large"], "large=sft", [("sft", "sft@1")]),
        (["small", "sft"], "sft=large", [("sft", "sft@1")]),
        (["small", "sft"], "sft=dpo", [("sft", "sft@1"), ("dpo", "dpo@1")]),
    ],
)
def test_a_greedy_run_of_another_model_is_said(loop: Path, stages: list[str], greedy: str, models: list[tuple[str, str]]) -> None:
    """Each model stands with the run that names it, and terminal, page, Markdown and LaTeX say that the two runs differ."""
    found = report(loop, *stages, "--greedy-run", greedy)
    run, source = greedy.split("=")
    assert [(model["run"], model["model"]) for model in found["stages"][1]["models"]] == models
    (note,) = [note for note in found["notes"] if "may not be of the same model" in note]
    named = dict(models)
    for of in (run, source):
        assert f"{of}" in note
        assert named.get(of, "no model of the lake") in note
    printed = t2s(loop, "report", "trajectory", *stages, "--greedy-run", greedy, *FAST).output
    said = latex(found)
    for text in (printed, writing.markdown(document(found)), rendering.page(document(found)), said):
        assert "may not be of the same model" in " ".join(text.split())
    for of, model in models:
        assert f"{of}: {model}, " in said


def test_questions_are_won_where_one_is_right_or_wrong(loop: Path) -> None:
    """Oracle at k of fewer samples than there are is a share of every question: none is won or lost, in JSON, table and page."""
    found = report(loop, "sft", "dpo-greedy")
    (step,) = found["steps"]
    fractional = [metric for metric, figure in step["figures"].items() if figure["p_value"] is None]
    assert "oracle" in fractional
    assert "greedy" not in fractional
    for metric, figure in step["figures"].items():
        known = metric not in fractional
        assert [figure[name] is not None for name in ("wins", "losses")] == [known, known]
    text = writing.markdown(document(found))
    (line,) = [line for line in text.splitlines() if line.startswith(f"| oracle@{found['k']} ") and line.count("|") == 10]
    assert [cell.strip() for cell in line.split("|")][6:9] == ["\N{EN DASH}"] * 3
    page = rendering.page(document(found))
    (shown,) = re.findall(rf'<th scope="row">oracle@{found["k"]}</th>.*?</tr>', page, re.DOTALL)
    assert shown.count("\N{EN DASH}") == 3
    printed = done(loop, "report", "trajectory", "sft", "dpo-greedy", *FAST)
    (row,) = [line.split() for line in printed.splitlines() if line.split()[:1] == [f"oracle@{found['k']}"]]
    assert row.count("\N{EN DASH}") == 3  # won, lost and p


class Values(HTMLParser):
    """The values behind the cells of a page, and its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: list[float] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep them."""
        self.elements.append((tag, dict(attrs)))
        if (value := dict(attrs).get("data-value")) is not None:
            self.values.append(float(value))


def test_the_page_shows_the_json(loop: Path) -> None:
    """Each shown figure of a stage and each gap of a step is a cell of the page with the same value, and is printed."""
    found = report(loop, *STAGES, *BRANCHES, *GREEDY)
    page = rendering.page(document(json.loads(json.dumps(found))))
    values, text = Values(page).values, writing.markdown(document(found))
    printed = done(loop, "report", "trajectory", *STAGES, *BRANCHES, *GREEDY, *FAST)
    for stage in found["stages"]:
        for metric in found["metrics"]:
            value = stage["figures"][metric]["value"]
            assert value in values
            assert f"{100 * value:.2f}" in text
            assert f"{100 * value:.2f}" in printed
    for step in found["steps"]:
        assert step["figures"]["greedy"]["gap"] in values
        assert f"{step['after']} → {step['stage']}" in printed
    assert page == rendering.page(document(report(loop, *STAGES, *BRANCHES, *GREEDY)))


def test_a_selector_that_has_not_chosen_is_an_error(demo: Path) -> None:
    """A stage without a selector's picks is refused with the command that makes them; unnamed, the selector is left out."""
    found = t2s(demo, "report", "trajectory", "small", "large", "mats_rollouts", "--selector", "rules", *FAST)
    assert found.exit_code == 1
    assert "rules has not chosen for mats_rollouts" in refusal(found)
    assert "t2s select run rules --run mats_rollouts" in refusal(found)
    assert report(demo, "small", "large", "mats_rollouts")["selectors"] == []
    assert t2s(demo, "report", "trajectory", "small", "large", "--selector", "nobody").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--after", "large=nobody"], 1, "nobody, which is none of the stages"),
        (["--after", "nobody=small"], 1, "nobody, which is none of the stages"),
        (["--after", "small=large"], 1, "small cannot come after large"),
        (["--after", "large"], 2, "CHILD=PARENT"),
        (["--after", "large=small", "--after", "large=small"], 2, "named twice"),
        (["--greedy-run", "small=nobody"], 1, "no run nobody"),
        (["--comparator", "spider", "--gold-revision", "none"], 1, "none"),
    ],
)
def test_wrong_names_are_refused(demo: Path, arguments: list[str], code: int, words: str) -> None:
    """Stages, runs and comparators that are not there, and stages out of order."""
    found = t2s(demo, "report", "trajectory", "small", "large", *arguments, *FAST)
    assert found.exit_code == code
    assert words in refusal(found)


def test_a_stage_without_labels_is_refused(demo: Path, tmp_path: Path) -> None:
    """A run that nobody has judged is an error that says what to run, not a hole in the table."""
    folder = Path(shutil.copytree(demo, tmp_path / "lake"))
    with store.open(folder, create=False) as lake:
        write(lake, "sft", "small", "sft", 1)
    found = t2s(folder, "report", "trajectory", "small", "sft", "--selector", "rules", *FAST)
    assert found.exit_code == 1
    found = t2s(folder, "report", "trajectory", "small", "sft", *FAST)
    assert found.exit_code == 1
    assert "t2s execute" in refusal(found)


def test_hostile_texts_stay_texts(demo: Path, tmp_path: Path) -> None:
    """Names of runs, systems, models and selectors add no element to the page, no row to Markdown, no command to LaTeX."""
    folder = Path(shutil.copytree(demo, tmp_path / "lake"))
    name = f"run {EVIL}"
    with store.open(folder, create=False) as lake:
        write(lake, name, "small", "sft", 1)
    done(folder, "execute")
    done(folder, "label", "--comparator", "bird")
    done(folder, "select", "run", "rules", "--run", name, "--run", "small", "--name", f"picks {EVIL}")
    with store.open(folder, create=False) as lake:
        found = trajectory_report(lake, ["small", name], Options(resampling=HOW, title=EVIL))
        with pytest.raises(NameNotFoundError):
            trajectory_report(lake, ["small", name], Options(selectors=["rules"], resampling=HOW))
    for one in found["steps"][0]["won"] + found["steps"][0]["lost"]:
        one["question"] = EVIL
    for model in found["stages"][1]["models"]:
        model.update(model=EVIL, pin=EVIL, base=EVIL, trainer=EVIL)
    page = rendering.page(document(found))
    elements = Values(page).elements
    assert sum(tag == "script" for tag, _ in elements) == 3
    assert not any(tag == "img" or (attrs.get("href") or "#")[0] != "#" for tag, attrs in elements)
    assert not any(attribute.startswith("on") for _, attrs in elements for attribute in attrs)
    assert "onerror=alert(1)&gt;" in page
    text = writing.markdown(document(found))
    assert not re.search(r"(?<!\\)<", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    assert not re.search(r"(?<!\\)[#&](?! )", latex(found).replace(" & ", " "))


def test_the_command_writes_everything(demo: Path, tmp_path: Path) -> None:
    """Page, JSON, Markdown and LaTeX are written; the caption names comparator, n, and who comes after whom."""
    kinds = ("html", "json", "markdown", "latex")
    done(
        demo,
        "report",
        "trajectory",
        "small",
        "large",
        *FAST,
        "--title",
        "A loop",
        *(f"--{kind}={tmp_path / kind}" for kind in kinds),
    )
    texts = {kind: (tmp_path / kind).read_text("utf-8") for kind in kinds}
    assert json.loads(texts["json"])["report"] == "trajectory"
    assert "A loop" in texts["html"]
    assert "# A loop" in texts["markdown"]
    assert "comparator bird" in texts["latex"]
    assert "$n = 71$" in texts["latex"]
    assert "large after small" in texts["latex"]


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "light"), (1400, "dark")])
def test_the_page_opens_without_a_network(file: Path, browser: Any, width: int, scheme: str) -> None:  # noqa: ANN401
    """No message, no request, marks in every chart, no two labels on one place, nothing wider than the screen."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = context.new_page()
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: None if request.url == file.as_uri() else wrong.append(request.url))
    opened.goto(file.as_uri())
    opened.wait_for_selector("html[data-charts=drawn], html[data-charts=failed]", timeout=120_000)
    assert wrong == []
    assert opened.get_attribute("html", "data-charts") == "drawn"
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.locator(".chart").count() == 2 + 2 * len({(kind, version) for _, kind, version in STAGES.values()})
    empty = "boxes => boxes.filter(box => !box.querySelector('svg path')).map(box => box.id)"
    assert opened.eval_on_selector_all(".chart", empty) == []
    if width > 1000:
        assert opened.evaluate(OVERLAPS) == []
    context.close()


OVERLAPS = """() => {
  const found = [];
  for (const chart of document.querySelectorAll('.chart')) {
    const boxes = [...chart.querySelectorAll('svg text')]
      .filter(text => text.textContent.trim() && getComputedStyle(text).opacity !== '0')
      .map(text => [text.textContent, text.getBoundingClientRect()]);
    for (const [place, [name, a]] of boxes.entries())
      for (const [other, b] of boxes.slice(place + 1))
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
          found.push(`${chart.id}: ${name} / ${other}`);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def file(loop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a training in stages."""
    page = tmp_path_factory.mktemp("page") / "page.html"
    done(loop, "report", "trajectory", *STAGES, *BRANCHES, *GREEDY, *FAST, "--html", str(page))
    return page
