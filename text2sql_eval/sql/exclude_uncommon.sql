-- Leave out the questions that not all chosen runs answer.
UPDATE question_outcomes SET excluded = 'not_common'
WHERE excluded IS NULL AND (benchmark, revision, comparator, position) NOT IN (
    SELECT (benchmark, revision, comparator, position) FROM common_questions
)
