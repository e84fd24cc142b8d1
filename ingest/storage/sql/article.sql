-- articles_of_urls --
SELECT article_url.url_key, article_url.article_id
  FROM ingest.article_url
 WHERE url_key = ANY(%(url_keys)s);

-- articles_of_twins --
SELECT DISTINCT twins, article_id
  FROM ingest.article_url
 WHERE twins = ANY(%(twins)s)
 ORDER BY article_id;

-- articles_of_agency_keys --
SELECT source_id, agency_key, id
  FROM ingest.article
 WHERE (source_id, agency_key) IN (
       SELECT * FROM unnest(%(source_ids)b::bigint[], %(agency_keys)b::text[]));

-- current_revisions --
-- Each article with its newest text and the digests of all its texts, oldest first.
SELECT article.id AS article_id, article.source_id, article.state, article.revision, article.story_id,
       article.url, article.canonical, article.agency_key, article.wire_version, article.wire_at, revision.wire,
       CASE article.state WHEN 'folded' THEN article.of_id END AS folded_into,
       ARRAY(SELECT older.digest
               FROM ingest.revision AS older
              WHERE older.article_id = article.id
              ORDER BY older.number) AS digests,
       revision.title, revision.standfirst, revision.authors, revision.place, revision.agency,
       revision.body, revision.body_html, revision.notice, revision.sections, revision.tags,
       revision.credits, revision.image, revision.image_credit, revision.image_caption,
       revision.language, revision.partial, revision.engine, revision.rule,
       revision.published_at, revision.published_offset, revision.published_precision,
       revision.published_text, revision.published_zone,
       revision.modified_at, revision.modified_offset, revision.modified_precision,
       revision.modified_text, revision.modified_zone, revision.based_on, revision.page_id, revision.fetched_at,
       revision.pictures, revision.filed
  FROM ingest.article
  LEFT JOIN ingest.revision ON revision.article_id = article.id AND revision.number = article.revision
 WHERE article.id = ANY(%(ids)s);

-- recent_texts --
-- An article's latest texts, newest first.
SELECT title, standfirst, body
  FROM ingest.revision
 WHERE article_id = %(id)s
   AND body IS NOT NULL
 ORDER BY number DESC
 LIMIT %(most)s;

-- draw_article_ids --
SELECT nextval('ingest.article_id_seq') AS id FROM generate_series(1, %(count)s);

-- add_articles --
COPY ingest.article (id, source_id, agency_key, url, canonical, state, revision, wire_version, wire_at,
                     first_seen_at, changed_at) FROM STDIN;

-- add_article_urls --
INSERT INTO ingest.article_url (url_key, twins, article_id, url, why, seen_at)
SELECT *
  FROM unnest(%(url_key)b::text[], %(twins)b::bigint[], %(article_id)b::bigint[], %(url)b::text[],
              %(why)b::text[], %(seen_at)b::timestamptz[])
ON CONFLICT (url_key) DO NOTHING;

-- add_revisions --
COPY ingest.revision (
    article_id, number, cause, digest, title, standfirst, authors, place, agency, body, body_html, notice,
    sections, tags, credits, image, image_credit, image_caption, language, partial, wire,
    published_at, published_offset, published_precision, published_text, published_zone,
    modified_at, modified_offset, modified_precision, modified_text, modified_zone,
    based_on, page_id, fetched_at, engine, rule, stored_at, pictures, filed) FROM STDIN;

-- advance_article --
-- The article's newest revision and state; a key or canonical address learnt later is kept.
UPDATE ingest.article
   SET revision = %(revision)s,
       state = %(state)s,
       canonical = coalesce(%(canonical)s, canonical),
       agency_key = coalesce(agency_key, %(agency_key)s),
       wire_version = coalesce(%(wire_version)s, wire_version),
       wire_at = coalesce(%(wire_at)s, wire_at),
       changed_at = %(at)s
 WHERE id = %(id)s;

-- learn_keys --
-- What an article's page said of its key and address without saying anything new besides.
UPDATE ingest.article
   SET canonical = coalesce(%(canonical)s, canonical),
       agency_key = coalesce(agency_key, %(agency_key)s)
 WHERE id = %(id)s;

-- find_article --
-- By number or address; of a folded article the one that it is now.
SELECT article.id, source.slug AS source, article.url, article.state, article.revision
  FROM ingest.article
  JOIN ingest.source ON source.id = article.source_id
 WHERE article.id = (SELECT CASE state WHEN 'folded' THEN of_id ELSE id END
                       FROM ingest.article
                      WHERE id = %(id)s::bigint)
    OR article.id = (SELECT article_id FROM ingest.article_url WHERE url_key = %(url_key)s)
 LIMIT 1;

-- article_revisions --
SELECT * FROM khabar.revision WHERE article = %(id)s ORDER BY revision;

-- show_article --
SELECT * FROM khabar.article WHERE article = %(id)s;

-- article_times --
SELECT first_seen_at, changed_at FROM ingest.article WHERE id = %(id)s;

-- article_addresses --
SELECT url, why, seen_at FROM ingest.article_url WHERE article_id = %(article_id)s ORDER BY seen_at, url;

