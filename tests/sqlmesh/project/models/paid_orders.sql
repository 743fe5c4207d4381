MODEL (
  name shop.paid_orders,
  kind EMBEDDED
);

SELECT
  o.order_id,
  o.order_date,
  p.amount
FROM shop.orders AS o
JOIN raw.payments AS p
  ON p.order_id = o.order_id
