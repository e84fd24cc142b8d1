-- make_due --
-- Articles whose newest text is not in the index yet.
INSERT INTO ingest.search_due (article_id)
SELECT unnest(%(ids)b::bigint[])
ON CONFLICT DO NOTHING;

-- take_due_texts --
-- Some articles whose words are due; nobody else takes them meanwhile.
WITH due AS (
    DELETE FROM ingest.search_due
     WHERE article_id IN (SELECT article_id
                            FROM ingest.search_due
                           ORDER BY article_id
                           LIMIT %(most)s
                             FOR UPDATE SKIP LOCKED)
    RETURNING article_id
)
SELECT article.id AS article_id, revision.title, revision.standfirst, revision.authors, revision.place,
       revision.sections, revision.tags, revision.body
  FROM due
  JOIN ingest.article ON article.id = due.article_id
  JOIN ingest.revision ON revision.article_id = article.id AND revision.number = article.revision
 WHERE article.state IN ('live', 'withdrawn');

-- store_words --
INSERT INTO ingest.search (article_id, words)
SELECT article_id, words::tsvector
  FROM unnest(%(article_ids)b::bigint[], %(words)b::text[]) AS row (article_id, words)
ON CONFLICT (article_id) DO UPDATE SET words = excluded.words;

-- forget_due --
-- Waits for whoever has just taken it: what that one stores is seen, and forgotten, afterwards.
DELETE FROM ingest.search_due WHERE article_id = %(article_id)s;

-- forget_words --
DELETE FROM ingest.search WHERE article_id = %(article_id)s;

-- search_articles --
SELECT article, rank, source, url, title, published, language
  FROM khabar.search(%(asked)s, %(most)s, %(source)s, %(since)s);
