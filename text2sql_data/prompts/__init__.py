"""Prompt templates: Jinja files, each known by the sha256 of its text; used by building datasets and by inference alike.

What comes from data (questions, schemas, SQL, results, critiques) is only ever a value: a question that reads `{{ schema }}`
stays that text. Which fields a template may use is decided by who renders it; see [docs/prompts.md](../../docs/prompts.md).
"""

import functools
import hashlib
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import jinja2
import jinja2.meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from store import StoreError

SUFFIX = ".j2"

_TEMPLATES = files("text2sql_data") / "prompts" / "templates"
# Sandboxed, because a pinned recipe of somebody else brings the text of its templates with it.
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    autoescape=False,  # prompts are plain text, not HTML
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


class TemplateNotFoundError(StoreError, LookupError):
    """There is no prompt template of that name, or no file in that place."""


class TemplateError(StoreError, ValueError):
    """A prompt template is no Jinja, or asks for a field that it is not given."""


class Template(NamedTuple):
    """A prompt template.

    Attributes:
        name: Its name, or that of the file it was read from.
        text: Its text.
    """

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The sha256 of the text in hex: the identity of the template."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def fields(self) -> frozenset[str]:
        """The fields that it uses."""
        return _compiled(self).fields

    def render(self, **fields: object) -> str:
        """The prompt for some values.

        Raises:
            TemplateError: It asks for a field that is not among them.
        """
        try:
            return _compiled(self).jinja.render(fields)
        except jinja2.TemplateError as error:
            raise TemplateError(
                f"The prompt template {self.name} cannot be rendered: {error}",
                f"The fields there are: {', '.join(sorted(fields))}.",
            ) from error

    def require(self, available: frozenset[str]) -> None:
        """Refuse a template that asks for what it will not be given, before anything is rendered.

        Raises:
            TemplateError: It uses another field.
        """
        if missing := sorted(self.fields - available):
            raise TemplateError(
                f"The prompt template {self.name} uses {', '.join(missing)}, which this kind of example does not have.",
                f"The fields there are: {', '.join(sorted(available))}.",
            )


class _Compiled(NamedTuple):
    jinja: jinja2.Template
    fields: frozenset[str]


def names() -> list[str]:
    """The names of the templates that come with the package."""
    return sorted(file.name.removesuffix(SUFFIX) for file in _TEMPLATES.iterdir() if file.name.endswith(SUFFIX))


@functools.cache
def template(name: str) -> Template:
    """One of the templates that come with the package.

    Raises:
        TemplateNotFoundError: There is none of that name.
    """
    if name not in names():
        raise TemplateNotFoundError(
            f"There is no prompt template {name}.",
            f"There are: {', '.join(names())}; or give the path of a file that ends in {SUFFIX}.",
        )
    return Template(name, (_TEMPLATES / f"{name}{SUFFIX}").read_text("utf-8"))


def template_file(path: Path) -> Template:
    """A template of one's own.

    Raises:
        TemplateNotFoundError: The file cannot be read.
        TemplateError: It is no Jinja template.
    """
    try:
        own = Template(path.name.removesuffix(SUFFIX), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateNotFoundError(f"The prompt template {path} cannot be read: {error}") from error
    _compiled(own)
    return own


def render(name: str, **fields: object) -> str:
    """A prompt from one of the templates that come with the package."""
    return template(name).render(**fields)


@functools.lru_cache(maxsize=64)
def _compiled(template: Template) -> _Compiled:
    try:
        used = jinja2.meta.find_undeclared_variables(_ENVIRONMENT.parse(template.text))
        return _Compiled(_ENVIRONMENT.from_string(template.text), frozenset(used))
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"The prompt template {template.name} is not Jinja: line {error.lineno}: {error.message}") from error
