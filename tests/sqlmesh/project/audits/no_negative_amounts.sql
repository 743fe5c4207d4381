AUDIT (
  name no_negative_amounts
);

SELECT
  *
FROM @this_model
WHERE
  amount < 0
