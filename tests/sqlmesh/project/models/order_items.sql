MODEL (
  name shop.order_items,
  kind INCREMENTAL_BY_TIME_RANGE (time_column order_date, lookback 2, forward_only true),
  audits (not_null(columns := (order_id))),
  column_descriptions (order_id = 'of the order – Auftragsnummer')
);

SELECT
  order_date,
  order_id,
  amount / 2 AS item_amount
FROM shop.orders
WHERE
  order_date BETWEEN @start_date AND @end_date
