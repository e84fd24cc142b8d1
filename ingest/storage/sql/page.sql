-- recover_pages --
-- Pages left in flight by an earlier visit: due again; under suspicion if its worker died.
UPDATE ingest.page
   SET in_flight = NULL,
       crashes = crashes + CASE WHEN %(crashed)s THEN 1 ELSE 0 END,
       due_at = CASE WHEN ingest.is_held(backfill_id) THEN NULL ELSE least(due_at, %(now)s) END
 WHERE host_id = %(host_id)s
   AND in_flight IS NOT NULL
   AND in_flight <> %(token)s
RETURNING id;

-- take_due_pages --
-- The pages of one leased host whose time has come: fresh ones first, then re-checks, then
-- backfill, which waits until its listings are read. The attempt is written down before it is made. While a page is in flight its
-- due_at is NULL, so that an announcement that comes meanwhile is not overwritten.
WITH due AS (
    SELECT page.id
      FROM ingest.page
      JOIN ingest.host ON host.id = page.host_id AND host.lease_token = %(token)s
     WHERE page.host_id = %(host_id)s
       AND page.due_at <= %(now)s
       AND page.in_flight IS NULL
       AND (page.priority < %(backfill)s
            OR NOT EXISTS (SELECT FROM ingest.backfill_listing AS listing
                            WHERE listing.host_id = %(host_id)s AND listing.due_at <= %(now)s))
     ORDER BY page.priority, page.due_at
     LIMIT %(batch)s
       FOR UPDATE OF page
)
UPDATE ingest.page
   SET in_flight = %(token)s,
       attempts = least(page.attempts + 1, 1000),
       due_at = NULL
  FROM due, ingest.source
 WHERE page.id = due.id
   AND source.id = page.source_id
RETURNING page.id, page.source_id, source.slug, page.url, page.url_key, page.cause, page.priority,
          page.crashes, page.attempts, page.rechecks, page.state, page.etag, page.last_modified,
          page.validators_url, page.body_digest, page.entry_id, page.article_id, page.added_at, page.backfill_id;

-- return_pages --
-- Pages taken but not tried: due as before, the attempt not counted.
UPDATE ingest.page
   SET in_flight = NULL,
       attempts = greatest(attempts - 1, 0),
       due_at = CASE WHEN ingest.is_held(backfill_id) THEN NULL ELSE least(due_at, %(due_at)s) END
 WHERE id = ANY(%(ids)s)
   AND in_flight = %(token)s;

-- postpone_pages --
-- A host's pages may not be asked for before a time.
UPDATE ingest.page SET due_at = %(until)s WHERE host_id = %(host_id)s AND due_at < %(until)s;

-- make_page_due --
-- An address to fetch. A page that is known already is fetched again only when `again` says
-- that its announcement changed; one that a backfill has not stored yet is a backfill's no more, one
-- that a person retried no longer that person's; a removed one stays so.
INSERT INTO ingest.page (host_id, source_id, url, url_key, cause, priority, due_at, added_at, entry_id, backfill_id)
VALUES (%(host_id)s, %(source_id)s, %(url)s, %(url_key)s, %(cause)s, %(priority)s, %(due_at)s, %(added_at)s,
        %(entry_id)s, %(backfill_id)s)
ON CONFLICT (url_key) DO UPDATE
   SET priority = least(page.priority, excluded.priority),
       cause = CASE WHEN excluded.cause = 'live'
                     AND (page.article_id IS NULL OR (%(again)s AND page.cause = 'person'))
                    THEN 'live' ELSE page.cause END,
       state = CASE WHEN page.article_id IS NULL AND page.cause = 'backfill' AND excluded.cause = 'live'
                    THEN 'waiting' ELSE page.state END,
       due_at = CASE WHEN %(again)s
                       OR (page.article_id IS NULL AND page.cause = 'backfill' AND excluded.cause = 'live'
                           AND page.in_flight IS NULL)
                     THEN least(page.due_at, excluded.due_at) ELSE page.due_at END,
       attempts = CASE WHEN %(again)s
                         OR (page.article_id IS NULL AND page.cause = 'backfill' AND excluded.cause = 'live'
                             AND page.in_flight IS NULL)
                       THEN 0 ELSE page.attempts END,
       backfill_id = CASE WHEN page.article_id IS NULL AND excluded.cause = 'live' THEN NULL ELSE page.backfill_id END,
       entry_id = coalesce(excluded.entry_id, page.entry_id)
 WHERE page.state <> 'removed'
   AND (%(again)s OR page.entry_id IS NULL)
RETURNING id, (xmax = 0) AS is_new;

-- store_fetch --
-- What became of an attempt. An announcement that came meanwhile keeps the page due.
UPDATE ingest.page
   SET in_flight = NULL,
       crashes = %(crashes)s,
       attempts = %(attempts)s,
       rechecks = %(rechecks)s,
       priority = %(priority)s,
       state = %(state)s,
       due_at = CASE WHEN ingest.is_held(backfill_id) THEN NULL ELSE least(due_at, %(due_at)s) END,
       fetched_at = coalesce(%(fetched_at)s, fetched_at),
       etag = %(etag)s,
       last_modified = %(last_modified)s,
       validators_url = %(validators_url)s,
       body_digest = %(body_digest)s,
       last_status = %(last_status)s,
       last_outcome = %(last_outcome)s,
       last_error = %(last_error)s,
       article_id = coalesce(%(article_id)s, article_id)
 WHERE id = %(id)s
   AND state <> 'removed';

-- archive_pages --
INSERT INTO ingest.raw_page (page_id, fetched_at, final_url, content_type, size, body, part)
SELECT *
  FROM unnest(%(page_id)b::bigint[], %(fetched_at)b::timestamptz[], %(final_url)b::text[],
              %(content_type)b::text[], %(size)b::integer[], %(body)b::bytea[], %(part)b::smallint[])
ON CONFLICT DO NOTHING;

-- archived_pages --
-- The bytes of these fetches, part by part.
SELECT raw_page.page_id, raw_page.fetched_at, raw_page.final_url, raw_page.content_type, raw_page.body,
       raw_page.part
  FROM unnest(%(page_ids)b::bigint[], %(times)b::timestamptz[]) AS wanted (page_id, fetched_at)
  JOIN ingest.raw_page USING (page_id, fetched_at)
 ORDER BY raw_page.page_id, raw_page.fetched_at, raw_page.part;

-- settled_pages --
-- Of these, the ones whose bytes are archived and read; one under an embargo waits for its end only.
SELECT url_key
  FROM ingest.page
 WHERE url_key = ANY(%(url_keys)s)
   AND in_flight IS NULL
   AND (state = 'stored' AND due_at IS NULL OR state = 'embargoed' AND attempts = 0);

-- newest_raw --
SELECT page_id, fetched_at, final_url, content_type, body, part
  FROM ingest.raw_page
 WHERE page_id = %(page_id)s
   AND part = 0
 ORDER BY fetched_at DESC
 LIMIT 1;

-- announcement_of --
-- What feeds said of these pages: newest announcement of each.
SELECT id, title, summary, authors, categories, image, language, published_at, published_offset,
       published_precision, published_text, published_zone
  FROM ingest.entry
 WHERE id = ANY(%(ids)s);

-- list_pages --
SELECT page.id, source.slug AS source, page.url, page.state, page.cause, page.due_at, page.attempts,
       page.crashes, page.fetched_at, page.last_status, page.last_outcome, page.last_error, page.article_id
  FROM ingest.page
  JOIN ingest.source ON source.id = page.source_id
 WHERE (%(source)s::text IS NULL OR source.slug = %(source)s)
   AND (%(state)s::text IS NULL OR page.state = %(state)s)
   AND (%(url_key)s::text IS NULL OR page.url_key = %(url_key)s)
   AND (%(id)s::bigint IS NULL OR page.id = %(id)s)
   AND (%(article_id)s::bigint IS NULL OR page.article_id = %(article_id)s)
 ORDER BY page.id DESC
 LIMIT %(most)s;

-- retry_pages --
-- A person asks again: due now, a clean slate.
UPDATE ingest.page
   SET due_at = %(now)s, attempts = 0, crashes = 0, cause = 'person', priority = 0,
       state = CASE WHEN article_id IS NULL THEN 'waiting' ELSE 'stored' END
 WHERE id = ANY(%(ids)s)
   AND state <> 'removed'
RETURNING id, host_id;

-- carry_embargoed_over --
-- Bring the archived documents that wait for the end of an embargo out of what is about to go: as if
-- they had been fetched now.
WITH leaving AS (
    SELECT page_id, fetched_at, part
      FROM ingest.raw_page
     WHERE fetched_at < date_trunc('month', %(before)s::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
     UNION
    SELECT page_id, fetched_at, part
      FROM ingest.raw_page_default
     WHERE fetched_at < %(before)s
)
UPDATE ingest.raw_page
   SET fetched_at = %(now)s
  FROM leaving
  JOIN ingest.page ON page.id = leaving.page_id AND page.state = 'embargoed'
 WHERE raw_page.page_id = leaving.page_id
   AND raw_page.fetched_at = leaving.fetched_at
   AND raw_page.part = leaving.part
   AND NOT EXISTS (SELECT FROM ingest.raw_page AS newer
                    WHERE newer.page_id = leaving.page_id
                      AND newer.fetched_at > leaving.fetched_at);

-- drop_raw_pages --
-- A few at a time: a delete of months would hold its rows, and vacuum, for as long. A document whose
-- embargo has not ended stays, whatever its age: it is all there is of its text.
WITH old AS (
    SELECT raw_page.page_id, raw_page.fetched_at
      FROM ingest.raw_page
      JOIN ingest.page ON page.id = raw_page.page_id
      JOIN ingest.source ON source.id = page.source_id
     WHERE raw_page.fetched_at < %(now)s - CASE WHEN %(shortest)s THEN least(source.retention, %(retention)s)
                                                 ELSE coalesce(source.retention, %(retention)s) END
       AND page.state <> 'embargoed'
     LIMIT %(batch)s
)
DELETE FROM ingest.raw_page
 USING old
 WHERE raw_page.page_id = old.page_id
   AND raw_page.fetched_at = old.fetched_at;
