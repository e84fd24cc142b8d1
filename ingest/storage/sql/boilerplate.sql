-- count_articles --
-- Count new articles of a shelf; whoever does so is alone with its lines until the transaction ends.
INSERT INTO ingest.boilerplate_shelf (source_id, shelf, articles)
VALUES (%(source_id)s, %(shelf)s, %(count)s)
ON CONFLICT (source_id, shelf) DO UPDATE
   SET articles = boilerplate_shelf.articles + excluded.articles
RETURNING articles;

-- find_lines --
-- What is known of these lines of these sources, on every shelf.
SELECT boilerplate.source_id, boilerplate.shelf, boilerplate.line, boilerplate.seen, boilerplate.last,
       boilerplate.witnesses, boilerplate.learned_at, boilerplate.text
  FROM unnest(%(source_ids)s::bigint[], %(lines)s::bigint[]) AS wanted (source_id, line)
  JOIN ingest.boilerplate USING (source_id, line);

-- store_line --
INSERT INTO ingest.boilerplate (source_id, shelf, line, seen, last, witnesses, learned_at, text)
VALUES (%(source_id)s, %(shelf)s, %(line)s, %(seen)s, %(last)s, %(witnesses)s, %(learned_at)s, %(text)s)
ON CONFLICT (source_id, line, shelf) DO UPDATE
   SET seen = excluded.seen, last = excluded.last, witnesses = excluded.witnesses,
       learned_at = excluded.learned_at, text = excluded.text;

-- forget_lines --
-- Lines that nobody repeats leave the shelf soon; learned ones when the window has passed.
DELETE FROM ingest.boilerplate
 WHERE source_id = %(source_id)s
   AND shelf = %(shelf)s
   AND (last < %(articles)s - %(window)s
        OR last < %(articles)s - %(patience)s AND learned_at IS NULL AND seen & (seen - 1) = 0);

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
