CREATE TABLE station (
    station_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    docks INTEGER NOT NULL,
    opened_on TEXT  -- YYYY-MM-DD
);
CREATE TABLE bike (
    bike_id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('classic', 'electric', 'cargo')),
    bought_on TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('in service', 'workshop', 'retired')),
    battery_pct INTEGER  -- NULL for bikes without a motor
);
CREATE TABLE rider (
    rider_id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    plan TEXT NOT NULL CHECK (plan IN ('day', 'month', 'year')),
    birth_year INTEGER,
    signed_up TEXT NOT NULL
);
CREATE TABLE trip (
    trip_id INTEGER PRIMARY KEY,
    bike_id INTEGER NOT NULL REFERENCES bike (bike_id),
    rider_id INTEGER NOT NULL REFERENCES rider (rider_id),
    start_station_id INTEGER NOT NULL REFERENCES station (station_id),
    end_station_id INTEGER REFERENCES station (station_id),
    started_at TEXT NOT NULL,  -- YYYY-MM-DD HH:MM
    minutes INTEGER NOT NULL,
    distance_m INTEGER
);
CREATE TABLE repair (
    repair_id INTEGER PRIMARY KEY,
    bike_id INTEGER NOT NULL REFERENCES bike (bike_id),
    part TEXT NOT NULL,
    reported INTEGER NOT NULL,  -- seconds since 1970-01-01 UTC
    cost REAL
);
CREATE VIEW station_traffic AS
SELECT s.station_id, s.name, COUNT(t.trip_id) AS departures
FROM station AS s LEFT JOIN trip AS t ON t.start_station_id = s.station_id
GROUP BY s.station_id, s.name;

INSERT INTO station VALUES
    (1, 'Market Square', 'centre', 30, '2021-04-01'),
    (2, 'Town Hall', 'centre', 24, '2021-04-01'),
    (3, 'Central Station', 'centre', 30, '2021-04-01'),
    (4, 'University', 'east', 20, '2021-05-17'),
    (5, 'Botanical Garden', 'east', 12, '2021-05-17'),
    (6, 'Stadium', 'north', 18, '2021-09-30'),
    (7, 'Fair Ground', 'north', 10, '2022-03-12'),
    (8, 'Harbour Bridge', 'south', 16, '2022-03-12'),
    (9, 'Fish Market', 'south', 12, NULL),
    (10, 'Café Mühle', 'east', 8, '2022-06-04'),
    (11, 'Hospital', 'west', 14, '2022-10-21'),
    (12, 'West Park', 'west', 10, '2023-05-02'),
    (13, 'Tram Depot', 'west', 10, '2024-09-16'),
    (14, 'Airport', 'north', 20, NULL);
