MODEL (
  name shop.last_order,
  kind INCREMENTAL_BY_UNIQUE_KEY (unique_key customer_id)
);

SELECT
  customer_id,
  MAX(order_date) AS order_date
FROM shop.orders
WHERE
  order_date BETWEEN @start_date AND @end_date
GROUP BY
  customer_id
