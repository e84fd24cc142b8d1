-- find_postings --
-- For each feature the newest articles that hold it, the latest linked last.
SELECT wanted.feature, found.article_id, source.slug AS source, article.story_id
  FROM unnest(%(features)s::integer[]) AS wanted (feature)
 CROSS JOIN LATERAL (
       SELECT posting.article_id, posting.linked
         FROM ingest.posting
        WHERE posting.feature = wanted.feature
          AND posting.arrived >= %(since)s
        ORDER BY posting.linked DESC
        LIMIT %(most)s) AS found
  JOIN ingest.article ON article.id = found.article_id
  JOIN ingest.source ON source.id = article.source_id
 WHERE article.story_id IS NOT NULL
 ORDER BY found.linked;

-- load_sketches --
-- The newest sketch of each article.
SELECT DISTINCT ON (sketch.article_id)
       sketch.article_id, sketch.arrived, sketch.settled, sketch.published, sketch.sketch,
       article.story_id, source.slug AS source
  FROM ingest.sketch
  JOIN ingest.article ON article.id = sketch.article_id
  JOIN ingest.source ON source.id = article.source_id
 WHERE sketch.article_id = ANY(%(ids)s)
   AND sketch.arrived >= %(since)s
   AND article.story_id IS NOT NULL
 ORDER BY sketch.article_id, sketch.arrived DESC;

-- forget_postings --
-- An article's older text is found no more: its features are known, so this is an index look-up.
DELETE FROM ingest.posting
 WHERE feature = ANY(%(features)s)
   AND article_id = %(article_id)s;

-- forget_sketch --
DELETE FROM ingest.sketch WHERE article_id = %(article_id)s;

-- add_sketch --
INSERT INTO ingest.sketch (article_id, arrived, settled, published, sketch)
VALUES (%(article_id)s, %(arrived)s, %(settled)s, %(published)s, %(sketch)s);

-- add_postings --
INSERT INTO ingest.posting (feature, linked, article_id, arrived)
SELECT feature, nextval_once.linked, %(article_id)s, %(arrived)s
  FROM unnest(%(features)s::integer[]) AS feature,
       (SELECT nextval('ingest.posting_linked') AS linked OFFSET 0) AS nextval_once;

-- add_story --
INSERT INTO ingest.story (id, original_id, reason, created_at)
VALUES (%(id)s, %(original_id)s, %(reason)s, %(at)s)
ON CONFLICT (id) DO NOTHING;

-- merge_story --
-- Move a story's articles to another; they come back, so that consumers are told.
UPDATE ingest.article
   SET story_id = %(into)s
 WHERE story_id = %(gone)s
RETURNING id, revision, source_id;

-- link_story --
UPDATE ingest.article
   SET story_id = %(story_id)s, relation = %(relation)s, of_id = %(of_id)s, score = %(score)s
 WHERE id = %(id)s;
