-- lock_changes --
-- From here to the end of the transaction nobody else identifies an article or publishes a change.
SELECT ingest.lock_changes();

-- publish_change --
INSERT INTO khabar.change (at, kind, cause, changed, article, revision, source, story)
VALUES (%(at)s, %(kind)s, %(cause)s, %(changed)s, %(article)s, %(revision)s, %(source)s, %(story)s)
RETURNING id;

-- notify_consumers --
-- Once a batch, and only a hint: consumers also ask on their own.
SELECT pg_notify('khabar', %(newest)s::text);

-- changes_after --
SELECT * FROM khabar.changes_after(%(after)s, %(most)s);

-- newest_change --
SELECT coalesce(max(id), 0) AS id FROM khabar.change;

-- list_consumers --
SELECT name, cursor, committed_at,
       (SELECT count(*) FROM khabar.change WHERE id > consumer.cursor) AS lag
  FROM ingest.consumer
 ORDER BY name;

-- drop_consumer --
DELETE FROM ingest.consumer WHERE name = %(name)s RETURNING name;

-- commit_cursor --
SELECT khabar.commit_cursor(%(name)s, %(id)s, %(may_go_back)s) AS cursor;
