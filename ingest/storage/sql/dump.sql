-- others --
-- Programs of ours on this database, other than this one.
SELECT count(*)
  FROM pg_stat_activity
 WHERE datname = current_database()
   AND pid <> pg_backend_pid()
   AND application_name LIKE 'khabar%'
   AND application_name NOT IN ('khabar restore', 'khabar migrate');

-- is_used --
SELECT EXISTS (SELECT FROM ingest.source) OR EXISTS (SELECT FROM khabar.change);

-- drop_empty --
DO $$
BEGIN
    DROP PUBLICATION IF EXISTS khabar;
    DROP SCHEMA IF EXISTS khabar CASCADE;
    DROP SCHEMA IF EXISTS ingest CASCADE;
END
$$;

-- make_reader --
-- Roles belong to the server, not to the dump.
DO $$
BEGIN
    CREATE ROLE khabar_reader LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

-- make_publication --
-- A publication belongs to the database, not to the schemas that were dumped.
CREATE PUBLICATION khabar FOR TABLE khabar.change;

-- let_hosts_go --
-- Whoever held a lease when the dump was made does not hold it here.
UPDATE ingest.host
   SET leased_until = NULL, leased_by = NULL
 WHERE leased_until IS NOT NULL;

-- let_pages_go --
UPDATE ingest.page
   SET in_flight = NULL, due_at = coalesce(due_at, %(now)s)
 WHERE in_flight IS NOT NULL;

-- analyze --
ANALYZE;

-- raw_pages_before --
-- How much a prune would remove.
SELECT count(*) AS pages, coalesce(sum(octet_length(body)), 0)::bigint AS bytes
  FROM ingest.raw_page
  JOIN ingest.page ON page.id = raw_page.page_id
  JOIN ingest.source ON source.id = page.source_id
 WHERE raw_page.fetched_at < %(now)s - least(source.retention, %(retention)s);

-- polls_before --
SELECT count(*) FROM ingest.poll WHERE at < %(before)s;

-- vacuum_raw_pages --
-- The pages' end is cut off where it is empty; readers wait for that, for a moment.
VACUUM (TRUNCATE) ingest.raw_page;

-- vacuum_polls --
VACUUM (TRUNCATE) ingest.poll;
