AUDIT (
  name orders_have_customers,
  standalone true,
  owner 'sales'
);

SELECT
  *
FROM shop.orders
WHERE
  NOT customer_id IN (SELECT id FROM shop.customers)
