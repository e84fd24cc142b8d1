-- removed_addresses --
-- Of these addresses, those whose article a person had removed.
SELECT article_url.url_key
  FROM ingest.article_url
  JOIN ingest.article ON article.id = article_url.article_id
 WHERE article_url.url_key = ANY(%(url_keys)s)
   AND article.state = 'removed'
 UNION
SELECT page.url_key
  FROM ingest.page
 WHERE page.url_key = ANY(%(url_keys)s)
   AND page.state = 'removed';

-- removed_pages --
-- Of these pages, those that were removed, or lead to an article that was; a wire's document may
-- hold other articles, and bring them on.
SELECT page.id
  FROM unnest(%(page_ids)s::bigint[], %(article_ids)s::bigint[]) AS wanted (page_id, article_id)
  JOIN ingest.page ON page.id = wanted.page_id
  JOIN ingest.source ON source.id = page.source_id
  LEFT JOIN ingest.article ON article.id = coalesce(wanted.article_id, page.article_id)
 WHERE page.state = 'removed'
    OR (article.state = 'removed' AND source.kind NOT IN ('wire', 'folder'));

-- pages_of_article --
-- Every page that led to an article, and its host.
SELECT page.id, page.host_id
  FROM ingest.page
 WHERE article_id = %(article_id)s
    OR article_id IN (SELECT id FROM ingest.article WHERE of_id = %(article_id)s AND state = 'folded')
UNION
SELECT page.id, page.host_id
  FROM ingest.article_url
  JOIN ingest.page ON page.url_key = article_url.url_key
 WHERE article_url.article_id = %(article_id)s;

-- documents_of_article --
-- Every document of a wire that held an article, its host, and whether it is asked for under the
-- article's own address and holds nothing else.
WITH held AS (
    SELECT page_id AS id FROM ingest.revision WHERE article_id = %(article_id)s
     UNION
    SELECT id FROM ingest.page WHERE article_id = %(article_id)s
     UNION
    SELECT page.id
      FROM ingest.article_url
      JOIN ingest.page ON page.url_key = left(article_url.url_key, -length('#' || article_url.article_id))
     WHERE article_url.article_id = %(article_id)s
       AND article_url.url_key LIKE '%%#' || article_url.article_id
     UNION
    SELECT id FROM ingest.page WHERE url_key = %(url_key)s
)
SELECT page.id, page.host_id, source.kind = 'wire' AND page.url = article.url AS is_own
  FROM ingest.article
  JOIN ingest.source ON source.id = article.source_id AND source.kind IN ('wire', 'folder')
  JOIN ingest.page ON page.source_id = article.source_id
  JOIN held ON held.id = page.id
 WHERE article.id = %(article_id)s;

-- bar_pages --
-- Addresses that are never asked for again.
UPDATE ingest.page
   SET state = 'removed', due_at = NULL, in_flight = NULL, etag = NULL, last_modified = NULL,
       body_digest = NULL, last_outcome = 'removed', last_error = NULL
 WHERE id = ANY(%(page_ids)s);

-- erase_raw_pages --
DELETE FROM ingest.raw_page WHERE page_id = ANY(%(page_ids)s);

-- erase_entries --
-- What feeds said of these pages. The entry stays, so that its announcement is no news.
UPDATE ingest.entry
   SET title = NULL, summary = NULL, content = NULL, authors = '{}', categories = '{}', image = NULL,
       published_text = NULL
  FROM ingest.page
 WHERE page.id = ANY(%(page_ids)s)
   AND (entry.id = page.entry_id OR entry.url_key = page.url_key);

-- erase_revisions --
-- Texts of what was folded into the article are its own, too.
DELETE FROM ingest.revision
 WHERE article_id = %(article_id)s
    OR article_id IN (SELECT id FROM ingest.article WHERE of_id = %(article_id)s AND state = 'folded');

-- mark_folded_removed --
UPDATE ingest.article
   SET state = 'removed', canonical = NULL, changed_at = %(at)s
 WHERE of_id = %(article_id)s
   AND state = 'folded';

-- mark_removed --
-- Number, address and key stay, so that it does not come back.
UPDATE ingest.article
   SET state = 'removed', canonical = NULL, changed_at = %(at)s
 WHERE id = %(article_id)s
   AND state <> 'removed'
RETURNING id;
