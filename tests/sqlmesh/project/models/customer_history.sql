MODEL (
  name shop.customer_history,
  kind SCD_TYPE_2_BY_TIME (unique_key id, updated_at_name changed_at),
  grain id
);

SELECT
  id,
  name,
  TIMESTAMP '2026-01-01 00:00:00' AS changed_at
FROM shop.customers
