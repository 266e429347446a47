"""The option with which figures count questions that a model was trained on."""

import click

allow_trained = click.option(
    "--allow-trained", is_flag=True, help="Count questions that a model of the run was trained on too; every figure then says so."
)
