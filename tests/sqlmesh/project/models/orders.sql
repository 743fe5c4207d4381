MODEL (
  name shop.orders,
  kind INCREMENTAL_BY_TIME_RANGE (time_column order_date),
  owner 'sales',
  description 'One row an order; naïve about returns',
  audits (no_negative_amounts, not_null(columns := (order_id, customer_id))),
  cron '@daily'
);

SELECT
  day::DATE AS order_date,
  1 AS order_id,
  2 AS customer_id,
  12.5::DOUBLE AS amount
FROM GENERATE_SERIES(@start_dt::TIMESTAMP, @end_dt::TIMESTAMP, INTERVAL 1 DAY) AS days(day)
