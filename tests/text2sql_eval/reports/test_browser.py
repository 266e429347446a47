"""The page in a real browser: every chart drawn, no error, no request, the numbers of the JSON, at two widths, light and dark."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_eval.reports import page
from text2sql_eval.reports.blocks import Chart
from text2sql_eval.reports.layout import sections
from text2sql_eval.reports.pairs import Options, pair_report

pytestmark = pytest.mark.slow

FIGURES = {
    "Pairs": lambda of: of["pairs"],
    "Synthetic fraction": lambda of: of["synthetic_fraction"]["value"],
    "Reward margin, mean": lambda of: of["margin"]["mean"],
    "Edit ratio (words), mean": lambda of: of["word_edit_ratio"]["mean"],
    "Rejected executable": lambda of: of["rejected_executable"]["value"],
    "Hard negatives": lambda of: of["hard_negatives"]["value"],
    "Entropy of types, bits": lambda of: of["type_entropy"]["value"],
    "Chosen is longer": lambda of: of["chosen_longer"]["value"],
}


@pytest.fixture(scope="module")
def made(
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    real_data: Path,
    write_pairs: Callable[..., None],
    published_pairs: Callable[..., list[dict[str, Any]]],
) -> tuple[Path, dict[str, Any]]:
    """The report over the published pairs, matched to the questions of Spider dev."""
    folder = tmp_path_factory.mktemp("browser")
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "spider_dev", read(real_data / "spider/dev.json"))
        write_pairs(lake, "raw", published_pairs("dpo_pairs.json", lake))
        write_pairs(lake, "synth20", published_pairs("merged_synth20.json", lake))
        found = json.loads(json.dumps(pair_report(lake, ["raw", "synth20"], Options(against="spider_dev", examples=2))))
    (folder / "report.html").write_text(page.html(found), "utf-8")
    return folder / "report.html", found


def visit(browser: Any, file: Path, width: int, scheme: str, *, script: bool = True) -> tuple[Any, list[str]]:  # noqa: ANN401
    """Open a page; what it complained of or asked for."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script)
    opened, wrong = context.new_page(), []
    opened.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    context.route("**/*", lambda route: route.continue_() if route.request.url == file.as_uri() else refuse(route, wrong))
    opened.goto(file.as_uri())
    if script:
        opened.wait_for_selector("html[data-charts=drawn], html[data-charts=failed]", timeout=120_000)  # the page forbids eval
    return opened, wrong


def refuse(route: Any, wrong: list[str]) -> None:  # noqa: ANN401
    """Let nothing through, and remember what it was."""
    wrong.append(f"request: {route.request.url[:200]}")
    route.abort()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_every_chart_is_drawn_and_nothing_is_asked_for(
    browser: Any,  # noqa: ANN401
    made: tuple[Path, dict[str, Any]],
    width: int,
    scheme: str,
) -> None:
    """No error or warning, no request but for the file itself, marks in every chart, and nothing wider than the screen."""
    opened, wrong = visit(browser, made[0], width, scheme)
    assert wrong == []
    marks = opened.eval_on_selector_all(
        ".chart", "boxes => boxes.map(box => [box.id, box.querySelectorAll('svg .mark-rect path, svg .mark-symbol path').length])"
    )
    assert len(marks) >= 9
    assert [name for name, number in marks if not number] == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = opened.evaluate("['color', 'backgroundColor'].map(name => getComputedStyle(document.body)[name])")
    assert (brightness(ink) > brightness(paper)) == (scheme == "dark")
    label = opened.eval_on_selector(".chart svg .mark-text text[fill]", "label => getComputedStyle(label).fill")
    assert (brightness(label) > brightness(paper)) == (scheme == "dark")
    opened.context.close()


def brightness(colour: str) -> float:
    """The sum of the parts of a colour such as rgb(1, 2, 3)."""
    return sum(float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])


def test_charts_follow_the_colour_scheme(browser: Any, made: tuple[Path, dict[str, Any]]) -> None:  # noqa: ANN401
    """When the scheme changes while the page is open, its charts change with it."""
    opened, _ = visit(browser, made[0], 1400, "light")
    bars = "#chart-types svg .mark-rect path"
    before = opened.get_attribute(f"{bars} >> nth=0", "fill")
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_selector(f'{bars}:not([fill="{before}"]) >> nth=0', timeout=60_000)
    assert opened.locator(f'{bars}[fill="{before}"]').count() == 0
    opened.context.close()


def test_the_numbers_are_those_of_the_json(browser: Any, made: tuple[Path, dict[str, Any]]) -> None:  # noqa: ANN401
    """The key figures in the table and the marks of the charts are the JSON's, for each version."""
    file, found = made
    opened, _ = visit(browser, file, 1400, "light")
    rows = opened.eval_on_selector_all(
        "#table-figures tbody tr",
        "rows => rows.map(row => [row.cells[0].innerText, ...[...row.cells].slice(1).map(cell => Number(cell.dataset.value))])",
    )
    shown = {label: values for label, *values in rows}
    assert {label: shown[label] for label in FIGURES} == {
        label: [figure(version) for version in found["versions"]] for label, figure in FIGURES.items()
    }
    bars = "boxes => boxes.map(bar => bar.getAttribute('aria-label'))"
    labels = opened.eval_on_selector_all("#chart-types svg .mark-rect path", bars)
    drawn = [(*re.findall(r"version: (\w+)", label), int(*re.findall(r"pairs: (\d+)", label))) for label in labels]
    assert sorted(drawn) == sorted((version["name"], of["pairs"]) for version in found["versions"] for of in version["types"])
    labels = opened.eval_on_selector_all("#chart-margin svg .mark-rect path", bars)
    assert len(labels) == sum(count > 0 for version in found["versions"] for count in version["histograms"]["margin"])
    assert len(opened.query_selector_all("article.example")) == len(found["examples"])
    opened.context.close()


@pytest.fixture(scope="module")
def mined(demo_made: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The report over sets that were mined, made and selected in the demo lake, whose SQL was executed."""
    folder = tmp_path_factory.mktemp("mined")
    shutil.copytree(demo_made / "lake", folder / "lake")
    steps = (
        ["pairs", "mine", "small", "large", "mats_rollouts", "--name", "natural"],
        ["pairs", "mine", "mats_rollouts", "--mode", "collab_v2", "--name", "rollouts"],
        ["pairs", "synthesise", "--benchmark", "demo", "--name", "hard"],
        ["pairs", "select", "natural", "hard", "--name", "mixed", "--cap", "origin:synthetic=0.2"],
    )
    for step in steps:
        done = CliRunner().invoke(cli, ["--lake", str(folder / "lake"), *step])
        assert done.exit_code == 0, done.output
    with store.open(folder / "lake", create=False) as lake:
        report = pair_report(lake, ["natural", "rollouts", "mixed"], Options(against="demo", examples=2))
    found = json.loads(json.dumps(report))
    (folder / "report.html").write_text(page.html(found), "utf-8")
    return folder / "report.html", found


@pytest.mark.parametrize("which", ["made", "mined"])
def test_every_chart_shows_the_values_of_its_data(
    browser: Any,  # noqa: ANN401
    request: pytest.FixtureRequest,
    which: str,
) -> None:
    """Each chart of the report is on the page, and its marks speak the values of the JSON; no error, no request."""
    file, found = request.getfixturevalue(which)
    charts = [block for section in sections(found) for block in section.blocks if isinstance(block, Chart)]
    opened, wrong = visit(browser, file, 1400, "light")
    assert wrong == []
    boxes = opened.eval_on_selector_all(".chart", "boxes => boxes.map(box => box.id)")
    assert sorted(boxes) == sorted(f"chart-{chart.name}" for chart in charts)
    for chart in charts:
        marks = opened.eval_on_selector_all(
            f"#chart-{chart.name} svg :is(.mark-rect, .mark-symbol) path", "marks => marks.map(m => m.getAttribute('aria-label'))"
        )
        said = Counter(number for mark in marks if mark for number in re.findall(r": ([\d,.]+%?)(?=;|$)", mark))
        form = ".2%" if chart.kind == "dots" else ","
        wanted = Counter(f"{row['value']:{form}}" for row in chart.data["rows"] if row["value"])
        assert wanted, chart.name
        assert not wanted - said, chart.name
    opened.context.close()


def test_without_javascript_every_number_is_there(browser: Any, made: tuple[Path, dict[str, Any]]) -> None:  # noqa: ANN401
    """Each chart's table is open and visible; no empty chart takes room."""
    opened, wrong = visit(browser, made[0], 390, "light", script=False)
    assert wrong == []
    assert opened.locator("#table-types").is_visible()
    assert opened.locator("#table-margin").is_visible()
    assert not opened.locator("#chart-types").is_visible()
    opened.context.close()


def test_hostile_texts_do_nothing(
    browser: Any,  # noqa: ANN401
    lake: store.Lake,
    write_pairs: Callable[..., None],
    tmp_path: Path,
) -> None:
    """Markup and scripts in names, types, questions and SQL are seen as they are written, in tables, charts and tooltips."""
    name = "<img src=x onerror=alert(1)>"
    evil = "</script><script>document.title='owned'</script>"
    base = {"type": evil, "origin": "natural", "db_id": name, "prompt": evil, "chosen_reward": 1.0, "rejected_reward": 0.2}
    write_pairs(lake, name, [{**base, "chosen": f"SELECT '{evil}'", "rejected": name}])
    file = tmp_path / "hostile.html"
    file.write_text(page.html(pair_report(lake, [name])), "utf-8")
    opened, wrong = visit(browser, file, 1400, "light")
    opened.hover("#chart-types svg .mark-rect path")
    assert wrong == []
    assert opened.title() == f"Pair quality: {name}"
    assert opened.evaluate("document.images.length") == 0
    assert evil in opened.inner_text("article.example")
    opened.context.close()
