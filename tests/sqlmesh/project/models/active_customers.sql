MODEL (
  name shop.active_customers,
  kind VIEW
);

JINJA_QUERY_BEGIN;
SELECT id, name FROM shop.customers WHERE id IN (SELECT customer_id FROM shop.orders) {# and nobody else #}
JINJA_END;
