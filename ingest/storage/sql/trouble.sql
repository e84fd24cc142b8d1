-- open_troubles --
SELECT kind, subject, sentence, cure, since
  FROM ingest.trouble
 WHERE ended_at IS NULL
 ORDER BY since DESC, kind, subject
 LIMIT %(most)s;

-- open_trouble --
INSERT INTO ingest.trouble (kind, subject, sentence, cure, since, told_at)
VALUES (%(kind)s, %(subject)s, %(sentence)s, %(cure)s, %(since)s, CASE WHEN %(is_told)s THEN %(since)s END)
ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO UPDATE
   SET sentence = excluded.sentence, cure = excluded.cure
 WHERE trouble.sentence <> excluded.sentence OR trouble.cure <> excluded.cure;

-- end_trouble --
UPDATE ingest.trouble
   SET ended_at = %(at)s
 WHERE kind = %(kind)s
   AND subject = %(subject)s
   AND ended_at IS NULL;

-- end_unseen --
UPDATE ingest.trouble
   SET ended_at = %(at)s
 WHERE ended_at IS NULL
   AND kind = ANY(%(kinds)s)
   AND kind || ' ' || subject <> ALL(%(seen)s);

-- untold_trouble --
-- Locked, so that of several daemons one tells it.
SELECT id, kind, subject, sentence, cure, since
  FROM ingest.trouble
 WHERE ended_at IS NULL
   AND told_at IS NULL
   AND id <> ALL(%(but)s)
 ORDER BY id
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- mark_told --
UPDATE ingest.trouble SET told_at = %(at)s WHERE id = %(id)s;

-- forget_troubles --
DELETE FROM ingest.trouble WHERE ended_at < %(before)s;
