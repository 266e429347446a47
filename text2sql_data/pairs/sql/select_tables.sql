-- What each group keeps, the use of every cap, and the caps that one more pair would break.
CREATE OR REPLACE TEMP TABLE select_allocated (number BIGINT, kept BIGINT, begin BIGINT);
CREATE OR REPLACE TEMP TABLE select_caps (
    "by" VARCHAR, value VARCHAR, at_most DOUBLE, allowed BIGINT, kept BIGINT, offered BIGINT, total BIGINT
);
CREATE OR REPLACE TEMP TABLE select_full ("by" VARCHAR, value VARCHAR, said VARCHAR);
