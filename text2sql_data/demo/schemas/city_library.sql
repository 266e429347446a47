CREATE TABLE branch (
    branch_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    district TEXT NOT NULL,
    opened_year INTEGER,
    phone TEXT
);
CREATE TABLE author (
    author_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT,
    birth_year INTEGER
);
CREATE TABLE book (
    book_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    author_id INTEGER REFERENCES author (author_id),
    genre TEXT NOT NULL,
    language TEXT NOT NULL,
    published_year INTEGER,
    pages INTEGER
);
CREATE TABLE member (
    member_id INTEGER PRIMARY KEY,
    full_name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('adult', 'child', 'student', 'senior')),
    branch_id INTEGER NOT NULL REFERENCES branch (branch_id),
    joined TEXT NOT NULL,  -- YYYY-MM-DD, but DD/MM/YYYY for members taken over from the old card index
    email TEXT
);
CREATE TABLE loan (
    loan_id INTEGER PRIMARY KEY,
    book_id INTEGER NOT NULL REFERENCES book (book_id),
    member_id INTEGER NOT NULL REFERENCES member (member_id),
    branch_id INTEGER NOT NULL REFERENCES branch (branch_id),
    loaned_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    returned_on TEXT,
    fee TEXT  -- late fee in euros, as the till printed it
);
CREATE TABLE reservation (
    reservation_id INTEGER PRIMARY KEY,
    book_id INTEGER NOT NULL REFERENCES book (book_id),
    member_id INTEGER NOT NULL REFERENCES member (member_id),
    reserved_on TEXT NOT NULL
);
CREATE VIEW open_loan AS
SELECT loan_id, book_id, member_id, branch_id, loaned_on, due_on FROM loan WHERE returned_on IS NULL;

INSERT INTO branch VALUES
    (1, 'Central', 'Old Town', 1931, '555-0100'),
    (2, 'Harbour', 'Docklands', 1978, '555-0117'),
    (3, 'Mill Street', 'Old Town', 1964, NULL),
    (4, 'Northfield', 'Northfield', 2009, '555-0142'),
    (5, 'Añoranza', 'Riverside', 2009, '555-0165'),
    (6, 'Bookmobile', 'Riverside', NULL, NULL);
