-- find_postings --
-- For each feature the newest articles that hold it, the latest linked last.
SELECT found.feature, found.article_id, source.slug AS source, article.story_id
  FROM ingest.newest_postings(%(features)b::integer[], %(since)s, %(most)s::integer) AS found
  JOIN ingest.article ON article.id = found.article_id
  JOIN ingest.source ON source.id = article.source_id
 WHERE article.story_id IS NOT NULL
 ORDER BY found.linked;

-- load_sketches --
-- The newest sketch of each article.
SELECT DISTINCT ON (sketch.article_id)
       sketch.article_id, sketch.arrived, sketch.published, sketch.sketch,
       article.story_id, story.settled, source.slug AS source
  FROM ingest.sketch
  JOIN ingest.article ON article.id = sketch.article_id
  JOIN ingest.story ON story.id = article.story_id
  JOIN ingest.source ON source.id = article.source_id
 WHERE sketch.article_id = ANY(%(ids)s)
   AND sketch.arrived >= %(since)s
 ORDER BY sketch.article_id, sketch.arrived DESC;

-- forget_postings --
-- An article's older text is found no more: its features are known, so this is an index look-up.
DELETE FROM ingest.posting
 WHERE feature = ANY(%(features)s)
   AND article_id = %(article_id)s;

-- forget_sketch --
DELETE FROM ingest.sketch WHERE article_id = %(article_id)s;

-- add_sketches --
COPY ingest.sketch (article_id, arrived, published, sketch) FROM STDIN;

-- add_postings --
-- An article's features come as an array's text; its number among those linked is drawn once.
INSERT INTO ingest.posting (feature, linked, article_id, arrived)
SELECT feature, told.linked, told.article_id, told.arrived
  FROM (SELECT article_id, arrived, features::integer[] AS features,
               nextval('ingest.posting_linked') AS linked
          FROM unnest(%(article_id)b::bigint[], %(arrived)b::timestamptz[], %(features)b::text[])
               AS row (article_id, arrived, features)
        OFFSET 0) AS told,
       unnest(told.features) AS feature;

-- add_stories --
INSERT INTO ingest.story (id, original_id, reason, created_at)
SELECT *
  FROM unnest(%(id)b::bigint[], %(original_id)b::bigint[], %(reason)b::text[], %(at)b::timestamptz[])
ON CONFLICT (id) DO NOTHING;

-- merge_story --
-- Move a story's articles to another; they come back, so that consumers are told.
UPDATE ingest.article
   SET story_id = %(into)s
 WHERE story_id = %(gone)s
RETURNING id, revision, source_id, state;

-- tellings_of --
-- What the first articles of each story tell of where it came from.
SELECT article.story_id, article.id AS article_id, source.slug AS source, source.name, source.agency AS signs,
       ARRAY(SELECT url FROM ingest.article_url WHERE article_id = article.id) AS urls,
       revision.agency, revision.authors, revision.credits, revision.based_on, revision.published_at,
       article.first_seen_at,
       concat_ws(' … ', revision.standfirst, left(revision.body, 600), right(revision.body, 300)) AS says
  FROM unnest(%(ids)b::bigint[]) AS wanted (id)
 CROSS JOIN LATERAL (
       SELECT *
         FROM ingest.article
        WHERE story_id = wanted.id
          AND state IN ('live', 'withdrawn')
        ORDER BY id
        LIMIT %(most)s) AS article
  JOIN ingest.source ON source.id = article.source_id
  JOIN ingest.revision ON revision.article_id = article.id AND revision.number = article.revision
 ORDER BY article.id;

-- name_original --
-- Name a story's likely original; comes back if it is another than before.
UPDATE ingest.story
   SET original_id = %(original_id)s, reason = %(reason)s
  FROM ingest.story AS before, ingest.article, ingest.source
 WHERE story.id = %(id)s
   AND before.id = story.id
   AND article.id = %(original_id)s
   AND source.id = article.source_id
   AND (story.original_id, story.reason) IS DISTINCT FROM (%(original_id)s, %(reason)s)
RETURNING story.id AS story_id, article.id, article.revision, source.slug AS source,
          before.original_id IS DISTINCT FROM story.original_id AS is_another;

-- link_story --
UPDATE ingest.article
   SET story_id = %(story_id)s, relation = %(relation)s, of_id = %(of_id)s, score = %(score)s
 WHERE id = %(id)s;

-- story_members --
SELECT id, revision, source_id, state, story_id
  FROM ingest.article
 WHERE story_id = ANY(%(ids)s)
 ORDER BY id;

-- stories_of --
SELECT id, story_id FROM ingest.article WHERE id = ANY(%(ids)s) AND story_id IS NOT NULL;

-- move_articles --
UPDATE ingest.article
   SET story_id = %(into)s
 WHERE id = ANY(%(ids)s)
RETURNING id, revision, source_id, state, story_id;

-- settle_story --
-- From now on no merge moves it: a person said what belongs to it.
INSERT INTO ingest.story (id, original_id, reason, settled, created_at)
VALUES (%(id)s, %(id)s, 'seen first', true, %(at)s)
ON CONFLICT (id) DO UPDATE SET settled = true;

-- sever_relations --
-- What was matched with an article that belongs to another story now stands for itself.
UPDATE ingest.article
   SET relation = 'original', of_id = NULL, score = NULL
  FROM ingest.article AS earlier
 WHERE article.story_id = ANY(%(ids)s)
   AND earlier.id = article.of_id
   AND earlier.story_id IS DISTINCT FROM article.story_id;

-- show_story --
SELECT story.story, story.original, story.reason, story.created, story.articles, story.sources,
       ours.settled
  FROM khabar.story
  JOIN ingest.story AS ours ON ours.id = story.story
 WHERE story.story = %(id)s;

-- show_members --
SELECT article, source, relation, of, score, published, published_precision, published_local, language,
       title, url, state, first_seen
  FROM khabar.article
 WHERE story = %(id)s
 ORDER BY article;

-- sketch_of --
-- An article's sketches, however old.
SELECT sketch FROM ingest.sketch WHERE article_id = %(article_id)s;
