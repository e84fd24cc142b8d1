-- count_feeds --
SELECT count(*) AS feeds,
       count(*) FILTER (WHERE paused_at IS NOT NULL) AS paused,
       count(*) FILTER (WHERE retired_at IS NOT NULL) AS retired,
       count(*) FILTER (WHERE failures > 0 AND paused_at IS NULL AND retired_at IS NULL) AS failing,
       count(*) FILTER (WHERE next_poll_at <= %(now)s AND paused_at IS NULL AND retired_at IS NULL) AS due,
       min(next_poll_at) FILTER (WHERE paused_at IS NULL AND retired_at IS NULL) AS next_poll_at,
       max(last_polled_at) AS last_polled_at
  FROM ingest.feed;

-- count_pages --
SELECT state,
       count(*) AS pages,
       count(*) FILTER (WHERE due_at <= %(now)s) AS due,
       count(*) FILTER (WHERE in_flight IS NOT NULL) AS in_flight,
       min(due_at) FILTER (WHERE due_at <= %(now)s) AS longest_due_at
  FROM ingest.page
 GROUP BY state
 ORDER BY state;

-- every_page --
SELECT FROM ingest.page;

-- waiting_pages --
SELECT FROM ingest.page WHERE state = 'waiting';

-- scheduled_waiting_pages --
-- As good as all of them, and found by an index.
SELECT FROM ingest.page WHERE state = 'waiting' AND due_at IS NOT NULL;

-- embargoed_pages --
-- Only wires have any: looked for at their hosts, to 10,000 each.
SELECT
  FROM (SELECT DISTINCT feed.host_id
          FROM ingest.feed
          JOIN ingest.source ON source.id = feed.source_id
         WHERE source.kind IN ('wire', 'folder')) AS wire
 CROSS JOIN LATERAL (
    SELECT
      FROM ingest.page
     WHERE host_id = wire.host_id
       AND state = 'embargoed'
       AND due_at IS NOT NULL
     LIMIT 10000
 ) AS embargoed;

-- count_ended_pages --
-- What is neither waiting nor stored: from its partial index alone.
SELECT state, count(*) AS pages
  FROM ingest.page
 WHERE state NOT IN ('waiting', 'stored', 'embargoed')
 GROUP BY state;

-- due_pages --
SELECT FROM ingest.page WHERE due_at <= %(now)s;

-- sample_due_pages --
-- Each host's longest due, so many of each: from the index by host and time.
SELECT due.state, count(*) AS due, min(due.due_at) AS longest_due_at
  FROM ingest.host
 CROSS JOIN LATERAL (
    SELECT state, due_at
      FROM ingest.page
     WHERE host_id = host.id
       AND due_at <= %(now)s
     ORDER BY due_at
     LIMIT %(each)s
 ) AS due
 GROUP BY due.state;

-- count_pages_in_flight --
SELECT state, count(*) AS in_flight
  FROM ingest.page
 WHERE in_flight IS NOT NULL
 GROUP BY state;

-- count_fresh_backlog --
-- Pages never fetched that are due or soon to be: what readers wait for. Host by host, to 10,000
-- each: backfill, which may wait by the million, is behind them in the index.
SELECT (SELECT count(*)
          FROM ingest.host
         CROSS JOIN LATERAL (
            SELECT FROM ingest.page
             WHERE host_id = host.id
               AND priority = 0
               AND due_at IS NOT NULL
               AND state = 'waiting'
               AND cause <> 'backfill'
             LIMIT 10000) AS fresh)
     + (SELECT count(*)
          FROM ingest.page
         WHERE in_flight IS NOT NULL
           AND due_at IS NULL
           AND state = 'waiting'
           AND cause <> 'backfill') AS waiting;

-- count_hosts --
SELECT count(*) AS hosts,
       count(*) FILTER (WHERE leased_until > %(real_now)s) AS leased,
       count(*) FILTER (WHERE backoff_until > %(now)s) AS backing_off
  FROM ingest.host;

-- every_article --
SELECT FROM ingest.article WHERE state IN ('live', 'withdrawn');

-- every_revision --
SELECT FROM ingest.revision;

-- every_entry --
SELECT FROM ingest.entry;

-- every_gap --
SELECT FROM ingest.gap;

-- newest_change --
SELECT id, at FROM khabar.change ORDER BY id DESC LIMIT 1;

-- failing_feeds --
SELECT feed.id, source.slug AS source, feed.url, feed.failures, feed.last_outcome, feed.last_error, feed.next_poll_at
  FROM ingest.feed
  JOIN ingest.source ON source.id = feed.source_id
 WHERE feed.failures > 0
   AND feed.paused_at IS NULL
   AND feed.retired_at IS NULL
 ORDER BY feed.failures DESC, feed.url
 LIMIT %(most)s;

-- database_time --
SELECT clock_timestamp() AS at;

-- add_partitions --
SELECT ingest.add_partitions(%(at)s);

-- drop_partitions --
SELECT ingest.drop_partitions(%(parent)s, %(before)s);

-- drop_old_polls --
DELETE FROM ingest.poll WHERE at < %(before)s;

-- fleet_number --
SELECT number FROM ingest.fleet WHERE name = %(name)s;

-- fleet_numbers --
SELECT name, number, set_at
  FROM ingest.fleet
 WHERE starts_with(name, %(beginning)s)
 ORDER BY name;

-- drop_fleet_number --
DELETE FROM ingest.fleet WHERE name = %(name)s;

-- drop_old_fleet_numbers --
DELETE FROM ingest.fleet WHERE starts_with(name, %(beginning)s) AND set_at < %(before)s;

-- set_fleet_number --
INSERT INTO ingest.fleet (name, number, set_at)
VALUES (%(name)s, %(number)s, %(at)s)
ON CONFLICT (name) DO UPDATE SET number = excluded.number, set_at = excluded.set_at;

-- poll_states --
SELECT host_id, poll_state
  FROM ingest.feed
 WHERE poll_state IS NOT NULL
   AND paused_at IS NULL
   AND retired_at IS NULL;

-- fleet_figures --
-- What monitoring shows of the whole fleet, from partial indexes and small tables only.
SELECT count(*) FILTER (WHERE paused_at IS NULL) AS feeds,
       count(*) FILTER (WHERE paused_at IS NULL AND next_poll_at <= %(now)s) AS feeds_due,
       count(*) FILTER (WHERE paused_at IS NULL AND next_poll_at <= %(overdue)s
                          AND (host.backoff_until IS NULL OR host.backoff_until <= %(overdue)s)) AS feeds_overdue,
       count(*) FILTER (WHERE paused_at IS NULL AND feed.failures > 0) AS feeds_failing,
       count(*) FILTER (WHERE paused_at IS NOT NULL) AS feeds_paused,
       (SELECT count(*) FROM ingest.host WHERE leased_until > %(real_now)s) AS hosts_visited,
       (SELECT count(*) FROM ingest.host WHERE backoff_until > %(now)s) AS hosts_left_alone,
       (SELECT count(*) FROM ingest.page WHERE state = 'failed') AS pages_parked,
       (SELECT count(*) FROM ingest.gap WHERE searched_at IS NULL) AS gaps_open,
       (SELECT coalesce(max(id), 0) FROM khabar.change) AS newest_change
  FROM ingest.feed
  JOIN ingest.host ON host.id = feed.host_id
 WHERE feed.retired_at IS NULL;

-- is_read_only --
SELECT current_setting('transaction_read_only') = 'on' AS is_read_only;

-- page_queue --
SELECT CASE priority WHEN 0 THEN 'fresh' WHEN 1 THEN 'recheck' ELSE 'backfill' END AS kind,
       count(*) AS pages,
       extract(epoch FROM %(now)s - min(due_at))::double precision AS oldest
  FROM ingest.page
 WHERE due_at <= %(now)s
 GROUP BY 1;

-- consumer_lags --
-- Counted to 100,000: whoever is farther behind is far behind.
SELECT name,
       (SELECT count(*)
          FROM (SELECT FROM khabar.change WHERE id > consumer.cursor LIMIT 100000) AS behind) AS lag
  FROM ingest.consumer
 ORDER BY name;

-- open_troubles_by_kind --
SELECT kind, count(*) AS troubles
  FROM ingest.trouble
 WHERE ended_at IS NULL
 GROUP BY kind;

-- server_facts --
-- What the doctor asks of a server; readable by any role.
SELECT current_setting('server_version_num')::integer AS version,
       pg_encoding_to_char(encoding) = 'UTF8' AS is_utf8,
       pg_is_in_recovery() AS is_standby,
       current_setting('default_transaction_read_only') = 'on' AS is_read_only,
       current_setting('max_connections')::integer
           - current_setting('superuser_reserved_connections')::integer
           - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::integer AS free_connections
  FROM pg_database
 WHERE datname = current_database();

-- may_write --
SELECT has_schema_privilege('ingest', 'USAGE')
   AND has_table_privilege('khabar.change', 'INSERT')
   AND (SELECT bool_and(has_table_privilege(pg_class.oid, 'INSERT, UPDATE'))
          FROM pg_class
         WHERE relnamespace = to_regnamespace('ingest') AND relkind IN ('r', 'p')) AS may_write;
