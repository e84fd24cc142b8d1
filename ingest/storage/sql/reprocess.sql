-- count_readable --
-- How many articles a reading of the archive has to do with.
SELECT count(*)
  FROM ingest.article
  JOIN ingest.source ON source.id = article.source_id
  JOIN ingest.revision ON revision.article_id = article.id AND revision.number = article.revision
 WHERE article.id > %(after)s
   AND article.state = 'live'
   AND revision.page_id IS NOT NULL
   AND (%(source)s::text IS NULL OR source.slug = %(source)s)
   AND (%(since)s::timestamptz IS NULL OR revision.fetched_at >= %(since)s);

-- readable --
-- The next live articles whose text was read from a page, with the fetch it was read from.
SELECT article.id, article.source_id, source.slug AS source, article.url, article.revision,
       revision.page_id, revision.fetched_at, page.entry_id
  FROM ingest.article
  JOIN ingest.source ON source.id = article.source_id
  JOIN ingest.revision ON revision.article_id = article.id AND revision.number = article.revision
  LEFT JOIN ingest.page ON page.id = revision.page_id
 WHERE article.id > %(after)s
   AND article.state = 'live'
   AND revision.page_id IS NOT NULL
   AND (%(source)s::text IS NULL OR source.slug = %(source)s)
   AND (%(since)s::timestamptz IS NULL OR revision.fetched_at >= %(since)s)
 ORDER BY article.id
 LIMIT %(batch)s;

-- reading --
SELECT scope, engine, since, article_id, counts FROM ingest.reprocess WHERE scope = %(scope)s;

-- save_reading --
INSERT INTO ingest.reprocess (scope, engine, since, article_id, counts, saved_at)
VALUES (%(scope)s, %(engine)s, %(since)s, %(article_id)s, %(counts)s, %(now)s)
ON CONFLICT (scope) DO UPDATE
   SET engine = excluded.engine, since = excluded.since, article_id = excluded.article_id,
       counts = excluded.counts, saved_at = excluded.saved_at;

-- end_reading --
DELETE FROM ingest.reprocess WHERE scope = %(scope)s;
