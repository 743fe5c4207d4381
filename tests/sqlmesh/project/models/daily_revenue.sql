MODEL (
  name shop.daily_revenue,
  kind FULL,
  owner 'finance'
);

SELECT
  order_date,
  SUM(amount) AS revenue
FROM shop.paid_orders
GROUP BY
  order_date
