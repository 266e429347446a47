"""The prompt of an example: as it was recorded with the candidate or pair, or rendered from a template.

Which of the two a recipe says with `prompt`. A row that has no prompt that way is left out with a reason; it never gets another.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from store.ids import JSON
from text2sql_data import prompts
from text2sql_data.datasets.reading import AGENT_TEMPLATES, BY_AGENT, RECORDED, RECORDED_OR
from text2sql_data.datasets.recipe import OwnTemplate, Recipe

QUESTION_FIELDS = frozenset({"db_id", "dialect", "evidence", "question", "schema"})
SUBJECT_FIELDS = QUESTION_FIELDS | {"result", "sql"}
FIXER_FIELDS = SUBJECT_FIELDS | {"critiques"}
LIST_FIELDS = QUESTION_FIELDS | {"candidates"}

AGENT_FIELDS: Mapping[str, frozenset[str]] = {
    "sql": QUESTION_FIELDS,
    "planner": QUESTION_FIELDS,
    "fixer": FIXER_FIELDS,
    "repair": SUBJECT_FIELDS,
    "select": SUBJECT_FIELDS,
    "condition": SUBJECT_FIELDS,
    "join": SUBJECT_FIELDS,
    "order": SUBJECT_FIELDS,
}
"""What the templates of an agent may use."""


class NoPrompt(NamedTuple):
    """Why an example has no prompt: a reason of a drop, and its detail."""

    reason: str
    detail: str


Given = Callable[[frozenset[str]], Mapping[str, object] | NoPrompt]
"""Gives the fields that a template uses, or why it cannot."""


class Prompter:
    """Makes prompts as one recipe says, and remembers which templates it took."""

    def __init__(self, recipe: Recipe) -> None:
        said = recipe.prompt
        own = isinstance(said, OwnTemplate)
        self.recorded = said.recorded if isinstance(said, OwnTemplate) else str(said).startswith(RECORDED)
        self._own = prompts.Template(said.name, said.text) if isinstance(said, OwnTemplate) else None
        self._name = None if own or said == RECORDED else str(said).removeprefix(RECORDED_OR)
        self.used: dict[str, str] = {}
        """The sha256 of every template that was rendered, by name."""

    def template(self, agent: str) -> prompts.Template | None:
        """The template for an agent's prompts; None where only recorded ones count."""
        if self._own is not None:
            return self._own
        if self._name is None:
            return None
        return prompts.template(AGENT_TEMPLATES.get(agent, agent) if self._name == BY_AGENT else self._name)

    def require(self, agent: str, available: frozenset[str]) -> None:
        """Refuse a template that asks for more than there is."""
        template = self.template(agent)
        if template is not None:
            template.require(available)

    def prompt(self, recorded: str | None, agent: str, given: Given) -> str | NoPrompt:
        """The prompt of an example.

        Args:
            recorded: The prompt that the model saw, where it is known.
            agent: Whose prompt it is.
            given: Gives the fields for a template.
        """
        if self.recorded and recorded is not None:
            return recorded
        template = self.template(agent)
        if template is None:
            return NoPrompt("no_prompt", "no prompt was recorded with it")
        fields = given(template.fields)
        if isinstance(fields, NoPrompt):
            return fields
        self.used[template.name] = template.sha256
        return template.render(**fields)


def prompt_columns(recipe: Recipe, prompt: str) -> JSON:
    """A prompt in the recipe's format: a string, or messages."""
    if recipe.format == "plain":
        return prompt
    system = [] if recipe.system is None else [{"role": "system", "content": recipe.system}]
    return [*system, {"role": "user", "content": prompt}]


def completion_columns(recipe: Recipe, completion: str) -> JSON:
    """A completion in the recipe's format: a string, or messages."""
    return completion if recipe.format == "plain" else [{"role": "assistant", "content": completion}]
