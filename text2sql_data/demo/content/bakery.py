"""Rows of `bakery`: customers, a year of orders with their lines, and reviews."""

from datetime import date
from random import Random

from text2sql_data.demo.content.kinds import Row, Tables, full_name
from text2sql_data.draws import below, between, chance, day, pick, seeded, shuffled, skewed

N_CUSTOMERS, N_ORDERS, N_REVIEWS = 80, 420, 110
TOWNS = ("Lindau", "Brügg", "Sankt Veit", "Ober-Lindau", None)
PRICES = (4.2, 2.4, 5.6, 5.6, 3.1, 1.9, 2.5, 2.5, 3.8, 1.4, 2.2, 4.4, 28.0, 36.0, 28.0, 22.0, 42.0, 19.9)
"""List prices of products 1 to 18, as in the schema file."""
SELLERS = (6, 10, 2, 1, 7, 3, 8, 11, 5, 12, 4, 9, 13, 15, 14, 16)
"""Product ids by popularity; 17 and 18 were never ordered."""
CAKE_PRICE = 15
"""Nobody orders a dozen of what costs more."""
WEB_FORMAT_UNTIL = date(2024, 6, 1)
COMMENTS = (
    "Crisp and fresh.", "A bit dry on Monday", "Sold out again :(", "très bon!", "100% butter, 100% happy",
    "Too sweet.", "Best in town", "Burnt at the edges", None, None, "ok",
)  # fmt: skip


def rows() -> Tables:
    """Rows of all tables that the schema file does not fill."""
    rng = seeded("bakery")
    orders = _orders(rng)
    return {
        "customer": _customers(rng),
        "order": orders,
        "order_line": _lines(rng, len(orders)),
        "review": _reviews(rng),
    }


def _customers(rng: Random) -> list[Row]:
    return [
        (
            i,
            "Café Moreau" if i in {5, 44} else full_name(rng),
            skewed(rng, TOWNS),
            day(rng, date(2019, 2, 1), date(2024, 8, 31)).isoformat(),
            int(chance(rng, 0.4)),
        )
        for i in range(1, N_CUSTOMERS + 1)
    ]


def _orders(rng: Random) -> list[Row]:
    orders: list[Row] = []
    for i in range(1, N_ORDERS + 1):
        channel = skewed(rng, ("counter", "web", "phone"))
        when = day(rng, date(2024, 1, 2), date(2024, 12, 30))
        old_web = channel == "web" and when < WEB_FORMAT_UNTIL
        text = f"{when.day}.{when.month}.{when.year}" if old_web else when.isoformat()
        # Customers from 71 on never ordered; customer 120 asked to be deleted.
        unknown = {"counter": 0.5, "phone": 0.1, "web": 0.0}[channel]
        customer = None if chance(rng, unknown) else 1 + below(rng, 70)
        if i in {60, 233}:
            customer = 120
        status = pick(rng, ("paid",) * 8 + ("open", "cancelled"))
        orders.append((i, customer, skewed(rng, (1, 3, 2, 4)), text, channel, status))
    return orders


def _lines(rng: Random, n_orders: int) -> list[Row]:
    lines: list[Row] = []
    for order in range(1, n_orders + 1):
        if order % 71 == 0:
            continue  # an order that was opened and left without lines
        for line, product in enumerate(shuffled(rng, SELLERS)[: between(rng, 1, 4)], start=1):
            sold = product if chance(rng, 0.4) else skewed(rng, SELLERS)
            price = PRICES[sold - 1]
            paid = round(price * 0.9, 2) if chance(rng, 0.1) else price
            lines.append((order, line, sold, between(rng, 1, 3 if price > CAKE_PRICE else 12), paid))
    return lines


def _reviews(rng: Random) -> list[Row]:
    return [
        (
            i,
            skewed(rng, SELLERS[:14]),
            None if chance(rng, 0.15) else 1 + below(rng, N_CUSTOMERS),
            pick(rng, (5, 5, 4, 4, 3, 2, 1, None)),
            pick(rng, COMMENTS),
            day(rng, date(2024, 1, 5), date(2024, 12, 31)).isoformat(),
        )
        for i in range(1, N_REVIEWS + 1)
    ]
