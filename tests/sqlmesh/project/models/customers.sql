MODEL (
  name shop.customers,
  kind SEED (path '../seeds/customers.csv'),
  description 'Kundinnen und Kunden – 顧客 "quoted" \ and a tab	here',
  columns (id INT, name TEXT, city TEXT),
  grain id,
  tags [crm, 'personal data']
);
