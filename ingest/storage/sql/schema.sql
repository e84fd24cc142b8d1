-- is_created --
SELECT to_regclass('ingest.schema_version');

-- version --
SELECT max(version) FROM ingest.schema_version;

-- oldest_program --
-- The version that a program must speak at least to work on this schema.
SELECT oldest FROM ingest.schema_version ORDER BY version DESC LIMIT 1;

-- set_version --
INSERT INTO ingest.schema_version (version, oldest) VALUES (%(version)s, %(oldest)s);

-- running_workers --
-- Where worker processes are connected to this database, besides ourselves.
SELECT coalesce(host(client_addr), 'this machine') AS machine, count(*)
  FROM pg_stat_activity
 WHERE datname = current_database()
   AND application_name = %(name)s
   AND pid <> pg_backend_pid()
 GROUP BY machine
 ORDER BY machine;

-- await_migration --
SELECT pg_advisory_xact_lock_shared(7526153200210002);

-- lock_schema --
SELECT pg_advisory_xact_lock(7526153200210002);

-- catalog --
-- A line for each thing of ours, so that two databases can be compared.
WITH ours AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('ingest', 'khabar')
), relation AS (
    SELECT pg_class.oid, pg_class.relkind, nspname || '.' || relname AS name
      FROM pg_class
      JOIN ours ON ours.oid = relnamespace
     WHERE relname !~ '_[0-9]{4}_[0-9]{2}(_|$)'
)
SELECT format('relation %s %s', relkind, name) FROM relation
UNION ALL
SELECT format('column %s.%s %s %s default %s identity %s storage %s', name, attname, format_type(atttypid, atttypmod),
              CASE WHEN attnotnull THEN 'not null' ELSE 'null' END,
              pg_get_expr(adbin, adrelid), attidentity, attstorage)
  FROM relation
  JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE relkind IN ('r', 'p', 'v')
UNION ALL
SELECT format('constraint %s %s %s', name, conname, pg_get_constraintdef(pg_constraint.oid))
  FROM relation
  JOIN pg_constraint ON conrelid = relation.oid
UNION ALL
SELECT format('index %s', pg_get_indexdef(relation.oid)) FROM relation WHERE relkind IN ('i', 'I')
UNION ALL
SELECT format('view %s %s', name, pg_get_viewdef(oid)) FROM relation WHERE relkind = 'v'
UNION ALL
SELECT format('function %s', pg_get_functiondef(pg_proc.oid)) FROM pg_proc JOIN ours ON ours.oid = pronamespace
UNION ALL
SELECT format('comment %s %s %s', name, objsubid, description)
  FROM relation
  JOIN pg_description ON objoid = relation.oid AND classoid = 'pg_class'::regclass
UNION ALL
SELECT format('comment function %s %s', proname, description)
  FROM pg_proc
  JOIN ours ON ours.oid = pronamespace
  JOIN pg_description ON objoid = pg_proc.oid AND classoid = 'pg_proc'::regclass
UNION ALL
SELECT format('comment schema %s %s', nspname, description)
  FROM ours
  JOIN pg_description ON objoid = ours.oid AND classoid = 'pg_namespace'::regclass
UNION ALL
SELECT format('grant %s %s', name, relacl) FROM relation JOIN pg_class USING (oid) WHERE relacl IS NOT NULL
UNION ALL
SELECT format('grant %s %s', proname, proacl) FROM pg_proc JOIN ours ON ours.oid = pronamespace
UNION ALL
SELECT format('grant %s %s', ours.nspname, nspacl) FROM ours JOIN pg_namespace USING (oid)
UNION ALL
SELECT format('publication %s %s.%s', pubname, schemaname, tablename) FROM pg_publication_tables;

-- catalog_faults --
-- What of our own is broken, lacking or about to be in the way: thing, what, the cure.
SELECT indexrelid::regclass::text AS thing, 'this index is not valid' AS problem,
       format('REINDEX INDEX CONCURRENTLY %%s', indexrelid::regclass) AS cure
  FROM pg_index
  JOIN pg_class ON pg_class.oid = indexrelid
 WHERE relnamespace IN (to_regnamespace('ingest'), to_regnamespace('khabar'))
   AND NOT indisvalid
UNION ALL
SELECT conname, 'this constraint was never validated',
       format('ALTER TABLE %%s VALIDATE CONSTRAINT %%I', conrelid::regclass, conname)
  FROM pg_constraint
 WHERE connamespace IN (to_regnamespace('ingest'), to_regnamespace('khabar'))
   AND NOT convalidated
UNION ALL
SELECT part, 'the partition for next month is not there', 'does upkeep run? see the journal for upkeep.failed'
  FROM unnest(ARRAY['raw_page', 'poll']) AS parent
 CROSS JOIN LATERAL (SELECT format('ingest.%%s_%%s', parent,
                         to_char(%(now)s AT TIME ZONE 'UTC' + interval '1 month', 'YYYY_MM')) AS part) AS named
 WHERE to_regclass(part) IS NULL
   AND EXISTS (SELECT FROM ingest.fleet WHERE name = 'upkeep.last_run')
UNION ALL
SELECT 'khabar_reader', 'this role is not there', 'CREATE ROLE khabar_reader LOGIN, and the grants of schema.sql'
 WHERE to_regrole('khabar_reader') IS NULL
UNION ALL
SELECT 'khabar', 'this publication is not there', 'CREATE PUBLICATION khabar FOR TABLE khabar.change'
 WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'khabar')
UNION ALL
SELECT slot_name, 'this replication slot has lost its place, or holds back more than 512 MB of log',
       format('let its reader catch up, or SELECT pg_drop_replication_slot(%%L)', slot_name)
  FROM pg_replication_slots
 WHERE database = current_database()
   AND (wal_status IN ('lost', 'unreserved')
        OR NOT pg_is_in_recovery() AND pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > 536870912)
UNION ALL
SELECT datname, format('its oldest transaction is %%s back', age(datfrozenxid)), 'VACUUM FREEZE; does autovacuum run?'
  FROM pg_database
 WHERE datname = current_database()
   AND age(datfrozenxid) > 1000000000
 ORDER BY 1;
