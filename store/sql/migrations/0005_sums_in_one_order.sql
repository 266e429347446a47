-- Only views change, which are made anew.
SELECT 1;
