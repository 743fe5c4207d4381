MODEL (
  name shop.visits,
  kind INCREMENTAL_BY_TIME_RANGE (time_column visited_at, auto_restatement_cron '@weekly', auto_restatement_intervals 3),
  cron '0 5 * * *',
  cron_tz 'Europe/Berlin',
  interval_unit 'hour',
  start '2026-01-03'
);

SELECT
  hour AS visited_at,
  7 AS visitors
FROM GENERATE_SERIES(@start_dt::TIMESTAMP, @end_dt::TIMESTAMP, INTERVAL 1 HOUR) AS hours(hour)
