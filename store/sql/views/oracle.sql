-- oracle@k for every k up to K: the chance that at least one of k samples is correct, by the unbiased estimator 1 - C(n - c, k) / C(n, k) of Chen et al. 2021 (arXiv 2107.03374); k = K is the share of questions with a correct sample. A question with fewer than k samples has no oracle@k and is excluded from it.
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: questions with at least k samples.
SELECT
    'oracle' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    ks.k,
    list_sum(list_transform(
        list_filter(histogram, h -> h.samples >= ks.k),
        h -> h.questions * (1 - list_product(list_transform(range(ks.k), i -> (h.samples - h.correct - i) / (h.samples - i))))
    )) / nullif(list_sum(list_transform(list_filter(histogram, h -> h.samples >= ks.k), h -> h.questions)), 0) AS value,
    coalesce(list_sum(list_transform(list_filter(histogram, h -> h.samples >= ks.k), h -> h.questions)), 0)::BIGINT AS n,
    CASE
        WHEN n < s.n THEN map_concat(excluded, MAP {'fewer_than_k_samples': s.n - n})
        ELSE excluded
    END AS excluded
FROM run_summaries AS s, LATERAL (SELECT unnest(range(1, s.k + 1)) AS k) AS ks
