"""Rows of `bike_share`: bikes, riders, three thousand trips of one season, and repairs."""

from datetime import date
from random import Random

from text2sql_data.demo.content.kinds import FIRST_NAMES, LAST_NAMES, Row, Tables
from text2sql_data.draws import between, chance, day, leaning, pick, seeded, skewed

MODELS = (
    ("City 3", "classic"),
    ("City 5", "classic"),
    ("Volt S", "electric"),
    ("Volt Plus", "electric"),
    ("Hauler", "cargo"),
)
N_BIKES, N_RIDERS, N_TRIPS, N_REPAIRS = 60, 150, 3000, 140
BUSY_FIRST = (3, 1, 2, 4, 8, 6, 5, 11, 14, 10, 9, 12, 7)
"""Station ids by popularity; station 13 opened after the season and has no trips."""
RUSH_HOURS = (8, 17, 18, 7, 16, 12, 9, 19, 15, 11, 13, 10, 14, 20, 21, 22, 6, 23)
PARTS = ("brake", "tyre", "chain", "light", "saddle", "dock pin")
SCRAPPED_BIKE = 75
EPOCH_2024 = 1704067200
SECONDS_A_SEASON = 182 * 86400


def rows() -> Tables:
    """Rows of all tables that the schema file does not fill."""
    rng = seeded("bike_share")
    bikes = _bikes(rng)
    return {"bike": bikes, "rider": _riders(rng), "trip": _trips(rng), "repair": _repairs(rng, bikes)}


def _bikes(rng: Random) -> list[Row]:
    bikes: list[Row] = []
    for i in range(1, N_BIKES + 1):
        model, kind = skewed(rng, MODELS)
        bought = day(rng, date(2021, 3, 1), date(2024, 2, 28)).replace(day=1)
        status = pick(rng, ("in service",) * 8 + ("workshop", "retired"))
        battery = 5 * between(rng, 2, 20) if kind == "electric" else None
        bikes.append((i, model, kind, bought.isoformat(), status, battery))
    return bikes


def _riders(rng: Random) -> list[Row]:
    return [
        (
            i,
            pick(rng, FIRST_NAMES),
            pick(rng, LAST_NAMES),
            skewed(rng, ("month", "year", "day")),
            between(rng, 1948, 2007) if not chance(rng, 0.12) else None,
            day(rng, date(2021, 4, 1), date(2024, 5, 31)).isoformat(),
        )
        for i in range(1, N_RIDERS + 1)
    ]


def _trips(rng: Random) -> list[Row]:
    trips: list[Row] = []
    for i in range(1, N_TRIPS + 1):
        start, end = skewed(rng, BUSY_FIRST), skewed(rng, BUSY_FIRST)
        clock = f"{skewed(rng, RUSH_HOURS):02}:{between(rng, 0, 59):02}"
        started = f"{day(rng, date(2024, 1, 1), date(2024, 6, 30)).isoformat()} {clock}"
        minutes = between(rng, 3, 45) if not chance(rng, 0.04) else between(rng, 46, 300)
        metres = 10 * between(rng, 15 * minutes, 28 * minutes) if not chance(rng, 0.05) else None
        lost = chance(rng, 0.02)
        # Riders from 139 on signed up and never rode.
        rider = leaning(rng, range(1, 139))
        trips.append((i, between(rng, 1, N_BIKES - 3), rider, start, None if lost else end, started, minutes, metres))
    return trips


def _repairs(rng: Random, bikes: list[Row]) -> list[Row]:
    repairs: list[Row] = []
    for i in range(1, N_REPAIRS + 1):
        bike = between(rng, 1, N_BIKES)
        part = "motor" if bikes[bike - 1][2] == "electric" and chance(rng, 0.3) else skewed(rng, PARTS)
        cost = 0.5 * between(rng, 8, 180) if not chance(rng, 0.15) else None
        reported = EPOCH_2024 + int(rng.random() * SECONDS_A_SEASON)
        repairs.append((i, SCRAPPED_BIKE if i in {31, 90} else bike, part, reported, cost))
    return repairs
