"""Datasets: from a recipe to rows that a trainer takes as they are."""

from text2sql_data.datasets.building import Built as Built
from text2sql_data.datasets.building import EmptyDatasetError as EmptyDatasetError
from text2sql_data.datasets.building import build as build
from text2sql_data.datasets.output import dataset_dict as dataset_dict
from text2sql_data.datasets.reading import RecipeError as RecipeError
from text2sql_data.datasets.reading import read as read
from text2sql_data.datasets.recipe import Recipe as Recipe

__all__ = ["Built", "EmptyDatasetError", "Recipe", "RecipeError", "build", "dataset_dict", "read"]
