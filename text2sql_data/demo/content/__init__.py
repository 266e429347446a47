"""The rows of the demo databases that are too many to write by hand: one module a database, each with `rows()`."""

from text2sql_data.demo.content import bakery, bike_share, city_library, hospital_lab
from text2sql_data.demo.content.kinds import Tables

CONTENT = {
    "city_library": city_library.rows,
    "bike_share": bike_share.rows,
    "hospital_lab": hospital_lab.rows,
    "bakery": bakery.rows,
}

__all__ = ["CONTENT", "Tables"]
