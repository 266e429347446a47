"""Prompt templates: each renders, each is known by its text, and nothing from data is ever run as a template."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data import prompts
from text2sql_data.datasets.prompting import AGENT_FIELDS, LIST_FIELDS, SUBJECT_FIELDS
from text2sql_data.datasets.reading import AGENT_TEMPLATES

CRITIQUE = {"validator": "select", "verdict": "incorrect", "text": "a critique"}
FIELDS: dict[str, object] = {
    "db_id": "d",
    "dialect": "SQLite",
    "evidence": "some evidence",
    "question": "a question",
    "schema": "t(a)",
    "sql": "SELECT a FROM t",
    "result": "a\n1",
    "feedback": "a feedback",
    "rules": "some rules",
    "critiques": [CRITIQUE],
    "candidates": [{"name": "A", "sql": "SELECT 1", "result": "1"}],
    "none_answer": "-1",
}


@pytest.mark.parametrize("name", prompts.names())
def test_every_template_shows_what_it_is_given(name: str) -> None:
    """Each field that a template uses is in its prompt, which ends with one line break, so that a completion begins a token."""
    template = prompts.template(name)
    prompt = template.render(**FIELDS)
    for field in template.fields - {"candidates", "critiques"}:
        assert str(FIELDS[field]) in prompt
    assert prompt.endswith("\n")
    assert not prompt.endswith("\n\n")
    assert "\n\n\n" not in prompt
    assert template.sha256 == hashlib.sha256(template.text.encode()).hexdigest()


@pytest.mark.parametrize("name", [name for name in prompts.names() if not name.startswith(("mats_", "wrapper_"))])
def test_without_evidence_nothing_is_said_of_it(name: str) -> None:
    """An empty evidence leaves no heading behind, except in the published forms, which have it always."""
    assert "knowledge" not in prompts.render(name, **{**FIELDS, "evidence": ""})


@pytest.mark.parametrize("agent", AGENT_TEMPLATES)
def test_templates_of_agents_ask_for_what_agents_have(agent: str) -> None:
    """The default template of each agent uses no field that its rows lack."""
    prompts.template(AGENT_TEMPLATES[agent]).require(AGENT_FIELDS[agent])


def test_templates_of_selectors_ask_for_what_selectors_have() -> None:
    """So do those of the selectors; none sees a gold or a verdict."""
    prompts.template("selector_pointwise").require(SUBJECT_FIELDS)
    prompts.template("selector_pairwise").require(LIST_FIELDS)
    prompts.template("selector_listwise").require(LIST_FIELDS | {"none_answer"})


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["question", "schema", "sql", "result", "evidence"]))
def test_data_is_never_a_template(text: str, field: str) -> None:
    """Whatever a question, a schema or an SQL holds, Jinja's own marks included, it stands in the prompt as it is."""
    for hostile in (text, f"{{{{ {text} }}}}", "{{ schema }}{% for x in y %}{# #}", "{{ ''.__class__ }}"):
        prompt = prompts.render("selector_pointwise", **{**FIELDS, field: hostile})
        assert hostile in prompt


def test_a_template_cannot_reach_out_of_its_sandbox(tmp_path: Path) -> None:
    """A template that came with somebody else's recipe gets at the values that it is given, and at nothing of Python."""
    path = tmp_path / "evil.j2"
    path.write_text("{{ question.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(prompts.TemplateError, match="evil"):
        prompts.template_file(path).render(question="q")


def test_a_missing_field_is_refused_before_rendering(tmp_path: Path) -> None:
    """The error names the field that is not there and those that are."""
    path = tmp_path / "own.j2"
    path.write_text("{{ gold_sql }} {{ question }}")
    template = prompts.template_file(path)
    with pytest.raises(prompts.TemplateError, match="gold_sql") as caught:
        template.require(SUBJECT_FIELDS)
    assert "question" in caught.value.hint
    with pytest.raises(prompts.TemplateError, match="gold_sql"):
        template.render(question="q")


@pytest.mark.parametrize("text", ["{% if %}", "{{ a", "{% endfor %}"])
def test_what_is_no_jinja_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    """The error has the name of the template and the line."""
    path = tmp_path / "broken.j2"
    path.write_text(f"fine\n{text}\n")
    with pytest.raises(prompts.TemplateError, match=r"broken is not Jinja: line [23]"):
        prompts.template_file(path)


def test_an_unknown_template_lists_those_that_there_are() -> None:
    """A misspelt name is an error with the names."""
    with pytest.raises(prompts.TemplateNotFoundError, match="text3sql") as caught:
        prompts.template("text3sql")
    assert "text2sql" in caught.value.hint
