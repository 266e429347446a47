CREATE TABLE shop (
    shop_id INTEGER PRIMARY KEY,
    town TEXT NOT NULL,
    street TEXT NOT NULL,
    seats INTEGER
);
CREATE TABLE customer (
    customer_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    town TEXT,
    customer_since TEXT NOT NULL,
    newsletter INTEGER NOT NULL
);
CREATE TABLE product (
    product_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    price REAL NOT NULL,
    weight_g TEXT,  -- a number, but '2 x 250' for a double pack
    vegan INTEGER
);
CREATE TABLE "order" (
    order_id INTEGER PRIMARY KEY,
    customer_id INTEGER REFERENCES customer (customer_id),
    shop_id INTEGER NOT NULL REFERENCES shop (shop_id),
    "date" TEXT NOT NULL,  -- YYYY-MM-DD; the web shop wrote D.M.YYYY before June 2024
    channel TEXT NOT NULL CHECK (channel IN ('counter', 'phone', 'web')),
    status TEXT NOT NULL CHECK (status IN ('open', 'paid', 'cancelled'))
);
CREATE TABLE order_line (
    order_id INTEGER NOT NULL REFERENCES "order" (order_id),
    line_no INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES product (product_id),
    quantity INTEGER NOT NULL,
    unit_price REAL NOT NULL,
    PRIMARY KEY (order_id, line_no)
);
CREATE TABLE review (
    review_id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product (product_id),
    customer_id INTEGER REFERENCES customer (customer_id),
    stars INTEGER,
    comment TEXT,
    written_on TEXT NOT NULL
);
CREATE VIEW order_total AS
SELECT order_id, ROUND(SUM(quantity * unit_price), 2) AS total FROM order_line GROUP BY order_id;

INSERT INTO shop VALUES
    (1, 'Lindau', 'Harbour Lane 4', 18),
    (2, 'Lindau', 'Station Road 21', NULL),
    (3, 'Brügg', 'Mill Square 1', 32),
    (4, 'Sankt Veit', 'Church Street 9', 12);
INSERT INTO product VALUES
    (1, 'Rye loaf', 'bread', 4.2, '1000', 1),
    (2, 'Baguette', 'bread', 2.4, '250', 1),
    (3, 'Sourdough', 'bread', 5.6, '750', 1),
    (4, 'Walnut bread', 'bread', 5.6, '500', 1),
    (5, 'Toast', 'bread', 3.1, '2 x 250', 0),
    (6, 'Croissant', 'pastry', 1.9, '60', 0),
    (7, 'Cinnamon roll', 'pastry', 2.5, '95', 0),
    (8, 'Pain au chocolat', 'pastry', 2.5, '70', 0),
    (9, 'Apple strudel', 'pastry', 3.8, '180', NULL),
    (10, 'Pretzel', 'snack', 1.4, '90', 1),
    (11, 'Cheese stick', 'snack', 2.2, '80', 0),
    (12, 'Spinach börek', 'snack', 4.4, '220', 0),
    (13, 'Carrot cake', 'cake', 28.0, '1200', 0),
    (14, 'Black forest gâteau', 'cake', 36.0, '1600', 0),
    (15, 'Lemon tart', 'cake', 28.0, '900', 0),
    (16, 'Plum crumble', 'cake', 22.0, NULL, 1),
    (17, 'Birthday cake', 'cake', 42.0, NULL, NULL),
    (18, 'Gift box', 'other', 19.9, NULL, 0);
