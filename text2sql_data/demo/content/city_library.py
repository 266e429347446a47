"""Rows of `city_library`: authors, books, members and a year and a half of loans."""

from datetime import date, timedelta
from random import Random

from text2sql_data.demo.content.kinds import Row, Tables, Value, full_name
from text2sql_data.draws import below, between, chance, day, leaning, pick, seeded, shuffled, skewed

TITLES = {
    "novel": (
        "The Salt Road", "Winter Tenants", "A House of Seven Keys", "The Cartographer's Niece", "Low Tide",
        "Letters to Odense", "The Last Tram", "Nine Kinds of Rain", "Orchard Street", "The Glass Ferry", "Homecoming",
    ),
    "crime": (
        "Death at the Weir", "The Cold Ledger", "A Quiet Alibi", "Night Shift", "The Locksmith", "Nothing but Fog",
        "Murder in C Minor", "The Eleventh Witness", "Homecoming",
    ),
    "children": (
        "Pim and the Paper Boat", "The Bear Who Counted", "Twelve Red Umbrellas", "Grandmother's Comet",
        "Der kleine Wal", "The Owl Post Office", "Le Château de sable", "Socks for a Centipede",
    ),
    "history": (
        "Bridges of the Delta", "A Short History of Bread", "The Amber Route", "Cities of Brick", "Salt and Empire",
        "Los puertos del norte", "The Weavers' Revolt",
    ),
    "science": (
        "What Moss Knows", "The Patient Sky", "Counting Birds", "Everyday Friction", "Tides: An Introduction",
        "The Shape of Sound", "100 % Humidity",
    ),
    "travel": ("Slow Trains", "Over the Pass", "Islands with One Shop", "Från kust till kust", "A Month in Porto"),
    "poetry": ("Small Weather", "Poèmes du quai", "Ash and Elder", "The Unswept Room"),
}  # fmt: skip
LANGUAGES = ("English", "English", "English", "English", "German", "French", "Spanish", "Swedish")
COUNTRIES = ("Sweden", "Portugal", "Türkiye", "Japan", "Germany", "France", "Mexico", "Côte d'Ivoire", None)
N_AUTHORS, N_MEMBERS, N_LOANS = 30, 120, 640
CARD_INDEX_MEMBERS = 35
LAST_DAY = date(2024, 6, 30)


def rows() -> Tables:
    """Rows of all tables that the schema file does not fill; `reservation` stays empty."""
    rng = seeded("city_library")
    books = _books(rng)
    return {"author": _authors(rng), "book": books, "member": _members(rng), "loan": _loans(rng, len(books))}


def _authors(rng: Random) -> list[Row]:
    authors = [
        (i, full_name(rng), pick(rng, COUNTRIES), between(rng, 1921, 1989) if not chance(rng, 0.1) else None)
        for i in range(1, N_AUTHORS)
    ]
    namesake = (N_AUTHORS, authors[3][1], "Canada", 1974)
    return [*authors, namesake]


def _books(rng: Random) -> list[Row]:
    shelf = shuffled(rng, [(genre, title) for genre, titles in TITLES.items() for title in titles])
    books: list[Row] = []
    for number, (genre, title) in enumerate(shelf, start=1):
        author: Value = leaning(rng, range(1, N_AUTHORS + 1))
        if number in {17, 38}:
            author = 90 + number  # authors that were deleted while their books stayed
        elif number % 23 == 0:
            author = None
        pages = 10 * (between(rng, 3, 6) if genre == "children" else between(rng, 12, 52))
        year = between(rng, 1958, 2023) if not chance(rng, 0.07) else None
        books.append((number, title, author, genre, pick(rng, LANGUAGES), year, pages))
    return books


def _members(rng: Random) -> list[Row]:
    members: list[Row] = []
    for i in range(1, N_MEMBERS + 1):
        name = "Hana Novák" if i in {12, 77} else full_name(rng)
        kind = pick(rng, ("adult", "adult", "adult", "child", "student", "student", "senior"))
        joined = day(rng, date(2015, 1, 1), date(2019, 12, 31)) if i <= CARD_INDEX_MEMBERS else None
        text = f"{joined:%d/%m/%Y}" if joined else day(rng, date(2020, 1, 1), date(2024, 3, 31)).isoformat()
        email = None if kind == "child" or chance(rng, 0.2) else f"member{i}@example.org"
        members.append((i, name, kind, skewed(rng, (1, 1, 2, 4, 3, 5)), text, email))
    return members


def _loans(rng: Random, n_books: int) -> list[Row]:
    loans: list[Row] = []
    for i in range(1, N_LOANS + 1):
        loaned = day(rng, date(2023, 1, 2), LAST_DAY)
        due = loaned + timedelta(days=28)
        returned = loaned + timedelta(days=between(rng, 1, 30) if chance(rng, 0.85) else between(rng, 29, 75))
        late = (returned - due).days
        back = returned if returned <= LAST_DAY and not chance(rng, 0.03) else None
        fee = f"{0.35 * late:.2f}" if back and late > 0 else None
        # Members from 101 on hold a card but never borrowed; member 140 was deleted, the loans were not.
        member = 140 if i % 211 == 0 else 1 + below(rng, 100)
        book = leaning(rng, range(1, n_books - 3))  # the last four books were never lent
        branch = skewed(rng, (1, 2, 1, 4, 3, 5, 6))
        loans.append((i, book, member, branch, loaned.isoformat(), due.isoformat(), back.isoformat() if back else None, fee))
    return loans
