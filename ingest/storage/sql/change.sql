-- lock_changes --
-- From here to the end of the transaction nobody else identifies an article or publishes a change.
SELECT ingest.lock_changes();

-- change_lock --
-- Who holds the change lock now, for how long, and how many wait for it. The key's halves stand in two
-- columns of pg_locks.
SELECT holder.pid, activity.application_name AS name, activity.state,
       extract(epoch FROM clock_timestamp() - activity.xact_start)::float8 AS seconds,
       (SELECT count(*)
          FROM pg_locks AS waiting
         WHERE (waiting.locktype, waiting.database, waiting.classid, waiting.objid)
                   = (holder.locktype, holder.database, holder.classid, holder.objid)
           AND NOT waiting.granted) AS waiting
  FROM pg_locks AS holder
  JOIN pg_stat_activity AS activity USING (pid)
 WHERE holder.locktype = 'advisory'
   AND holder.granted
   AND holder.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND holder.classid = (7526153200210001 >> 32)::oid
   AND holder.objid = (7526153200210001 & 4294967295)::oid;

-- draw_change_ids --
SELECT nextval('khabar.change_id_seq') AS id FROM generate_series(1, %(count)s);

-- publish_changes --
COPY khabar.change (id, at, kind, cause, changed, article, revision, source, story) FROM STDIN;

-- notify_consumers --
-- Once a batch, and only a hint: consumers also ask on their own.
SELECT pg_notify('khabar', %(newest)s::text);

-- changes_after --
SELECT * FROM khabar.changes_after(%(after)s, %(most)s);

-- revision_before --
SELECT max(revision) FROM khabar.change WHERE article = %(article)s AND id < %(change)s;

-- newest_change --
SELECT coalesce(max(id), 0) AS id FROM khabar.change;

-- list_consumers --
SELECT name, cursor, committed_at,
       (SELECT CASE WHEN count(*) <= 100000 THEN count(*)
                    ELSE (SELECT max(id) FROM khabar.change) - consumer.cursor END
          FROM (SELECT FROM khabar.change WHERE id > consumer.cursor LIMIT 100001) AS behind) AS lag
  FROM ingest.consumer
 ORDER BY name;

-- drop_consumer --
DELETE FROM ingest.consumer WHERE name = %(name)s RETURNING name;
