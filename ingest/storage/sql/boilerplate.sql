-- add_shelves --
INSERT INTO ingest.boilerplate_shelf (source_id, shelf, articles, recent)
SELECT source_id, shelf, 0, ''
  FROM unnest(%(source_ids)s::bigint[], %(shelves)s::text[]) AS wanted (source_id, shelf)
 ORDER BY source_id, shelf
ON CONFLICT DO NOTHING;

-- lock_shelves --
-- Whoever holds a shelf is alone with its lines until the transaction ends; locked in order.
SELECT boilerplate_shelf.source_id, boilerplate_shelf.shelf, boilerplate_shelf.articles,
       boilerplate_shelf.recent
  FROM unnest(%(source_ids)s::bigint[], %(shelves)s::text[]) AS wanted (source_id, shelf)
  JOIN ingest.boilerplate_shelf USING (source_id, shelf)
 ORDER BY boilerplate_shelf.source_id, boilerplate_shelf.shelf
   FOR UPDATE OF boilerplate_shelf;

-- store_shelves --
UPDATE ingest.boilerplate_shelf
   SET articles = now.articles, recent = now.recent
  FROM unnest(%(source_id)s::bigint[], %(shelf)s::text[], %(articles)s::bigint[], %(recent)s::bytea[])
       AS now (source_id, shelf, articles, recent)
 WHERE boilerplate_shelf.source_id = now.source_id
   AND boilerplate_shelf.shelf = now.shelf;

-- find_lines --
-- What is known of these lines of these sources, on every shelf.
SELECT boilerplate.source_id, boilerplate.shelf, boilerplate.line, boilerplate.seen, boilerplate.last,
       boilerplate.witnesses, boilerplate.learned_at, boilerplate.text
  FROM unnest(%(source_ids)s::bigint[], %(lines)s::bigint[]) AS wanted (source_id, line)
  JOIN ingest.boilerplate USING (source_id, line);

-- store_lines --
INSERT INTO ingest.boilerplate (source_id, shelf, line, seen, last, witnesses, learned_at, text)
SELECT source_id, shelf, line, seen, last, witnesses, learned_at, text
  FROM unnest(%(source_id)s::bigint[], %(shelf)s::text[], %(line)s::bigint[], %(seen)s::bigint[],
              %(last)s::bigint[], %(witnesses)s::bytea[], %(learned_at)s::timestamptz[], %(text)s::text[])
       AS now (source_id, shelf, line, seen, last, witnesses, learned_at, text)
ON CONFLICT (source_id, line, shelf) DO UPDATE
   SET seen = excluded.seen, last = excluded.last, witnesses = excluded.witnesses,
       learned_at = excluded.learned_at, text = excluded.text;

-- forget_lines --
-- Lines that were not seen for long.
DELETE FROM ingest.boilerplate
 WHERE source_id = %(source_id)s
   AND shelf = %(shelf)s
   AND last < %(before)s;

-- learned_lines --
-- What a source's pages are known to repeat, as people see it: the latest first.
SELECT boilerplate.text, boilerplate.shelf, boilerplate.learned_at, boilerplate_shelf.articles,
       bit_count(boilerplate.seen::bit(64))::float8 / least(boilerplate.last, %(window)s) AS share
  FROM ingest.boilerplate
  JOIN ingest.boilerplate_shelf USING (source_id, shelf)
  JOIN ingest.source ON source.id = boilerplate.source_id
 WHERE source.slug = %(slug)s
   AND boilerplate.learned_at IS NOT NULL
 ORDER BY boilerplate.learned_at DESC, boilerplate.line;
