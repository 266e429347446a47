-- How many flags were compared with our verdicts, how many differ, and how many have none of ours beside them.
SELECT
    count(we_say) AS compared,
    count(*) FILTER (WHERE we_say <> file_says) AS differ,
    count(*) FILTER (WHERE we_say IS NULL) AS not_compared
FROM beside
