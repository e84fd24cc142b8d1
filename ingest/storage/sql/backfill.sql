-- add_backfill --
INSERT INTO ingest.backfill (source_id, via, from_day, to_day, places, undated, created_at)
VALUES (%(source_id)s, %(via)s, %(from_day)s, %(to_day)s, %(places)s, %(undated)s, %(now)s)
RETURNING id;

-- add_listing --
-- A document to read; one that the backfill has already is left as it is.
INSERT INTO ingest.backfill_listing (backfill_id, host_id, kind, url, pattern, page, depth, first_day, last_day,
                                     due_at, state)
SELECT %(backfill_id)s, %(host_id)s, %(kind)s, %(url)s, %(pattern)s, %(page)s, %(depth)s, %(first_day)s,
       %(last_day)s, CASE WHEN state = 'running' THEN %(due_at)s::timestamptz END, %(state)s
  FROM ingest.backfill
 WHERE id = %(backfill_id)s
ON CONFLICT DO NOTHING;

-- recover_listings --
-- Left in flight by an earlier visit: due again, unless reading it ended one visit after another.
UPDATE ingest.backfill_listing AS listing
   SET in_flight = NULL,
       due_at = CASE WHEN backfill.state = 'running' AND attempts < %(most)s THEN %(now)s::timestamptz END,
       state = CASE WHEN attempts < %(most)s THEN listing.state ELSE 'failed' END,
       last_error = CASE WHEN attempts < %(most)s THEN last_error ELSE 'reading it ended its worker' END
  FROM ingest.backfill
 WHERE host_id = %(host_id)s
   AND in_flight IS NOT NULL
   AND in_flight <> %(token)s
   AND backfill.id = listing.backfill_id
RETURNING listing.backfill_id;

-- take_due_listing --
-- The next document of one leased host; in flight until stored or returned.
WITH due AS (
    SELECT listing.id
      FROM ingest.backfill_listing AS listing
      JOIN ingest.host ON host.id = listing.host_id AND host.lease_token = %(token)s
     WHERE listing.host_id = %(host_id)s
       AND listing.due_at <= %(now)s
       AND listing.in_flight IS NULL
     ORDER BY listing.due_at, listing.id
     LIMIT 1
       FOR UPDATE OF listing
)
UPDATE ingest.backfill_listing AS listing
   SET in_flight = %(token)s,
       attempts = listing.attempts + 1,
       due_at = NULL
  FROM due, ingest.backfill, ingest.source
 WHERE listing.id = due.id
   AND backfill.id = listing.backfill_id
   AND source.id = backfill.source_id
RETURNING listing.id, listing.backfill_id, listing.host_id, listing.kind, listing.url, listing.pattern, listing.page,
          listing.depth, listing.first_day, listing.last_day, listing.attempts, listing.position, source.slug,
          backfill.source_id, backfill.via, backfill.from_day, backfill.to_day, backfill.undated AS takes_undated;

-- postpone_listings --
-- A host's listings may not be asked for before a time.
UPDATE ingest.backfill_listing SET due_at = %(until)s WHERE host_id = %(host_id)s AND due_at < %(until)s;

-- return_listing --
-- Taken and not asked for: due as before, the attempt not counted.
UPDATE ingest.backfill_listing AS listing
   SET in_flight = NULL,
       attempts = greatest(attempts - 1, 0),
       due_at = CASE WHEN backfill.state = 'running' THEN %(due_at)s::timestamptz END
  FROM ingest.backfill
 WHERE listing.id = %(id)s
   AND in_flight = %(token)s
   AND backfill.id = listing.backfill_id;

-- store_listing --
-- What became of an attempt at a document.
UPDATE ingest.backfill_listing AS listing
   SET in_flight = NULL,
       due_at = CASE WHEN backfill.state = 'running' THEN %(due_at)s::timestamptz END,
       state = %(state)s,
       position = %(position)s,
       digest = %(digest)s,
       found = %(found)s,
       outside = %(outside)s,
       undated = %(undated)s,
       foreigners = %(foreigners)s,
       read_at = %(now)s,
       last_error = %(last_error)s
  FROM ingest.backfill
 WHERE listing.id = %(id)s
   AND backfill.id = listing.backfill_id;

-- is_same_page --
-- Whether another page of the same list held the very same links: it has come to its end.
SELECT EXISTS (SELECT FROM ingest.backfill_listing
                WHERE backfill_id = %(backfill_id)s AND kind = %(kind)s AND id <> %(id)s AND digest = %(digest)s);

-- state_of --
-- Locked, so that a pause waits for what is being stored and sees all of it.
SELECT state FROM ingest.backfill WHERE id = %(id)s FOR SHARE;

-- add_items --
-- The addresses of the days that were asked for; tells which are new to the backfill and not known
-- as a page, as an article's address or by the agency's own number. A page that only a backfill
-- wants, or that could not be had, is not known.
INSERT INTO ingest.backfill_item (backfill_id, url_key, known, title, published_at, published_offset,
                                  published_precision, published_text, published_zone)
SELECT %(backfill_id)s, listed.url_key,
       EXISTS (SELECT FROM ingest.page
                WHERE page.url_key = listed.url_key
                  AND NOT (page.article_id IS NULL
                           AND (page.state = 'failed' OR (page.state = 'waiting' AND page.cause = 'backfill'))))
       OR EXISTS (SELECT FROM ingest.article_url WHERE article_url.url_key = listed.url_key)
       OR EXISTS (SELECT FROM ingest.article
                   WHERE article.source_id = %(source_id)s AND article.agency_key = listed.number),
       listed.title, listed.published_at, listed.published_offset, listed.published_precision,
       listed.published_text, listed.published_zone
  FROM unnest(%(url_keys)s::text[], %(numbers)s::text[], %(titles)s::text[], %(ats)s::timestamptz[],
              %(offsets)s::integer[], %(precisions)s::text[], %(texts)s::text[], %(zones)s::text[])
       AS listed (url_key, number, title, published_at, published_offset, published_precision,
                  published_text, published_zone)
 ORDER BY listed.url_key
ON CONFLICT DO NOTHING
RETURNING url_key, known;

-- want_pages --
-- Let a backfill's addresses be fetched after all else that is due at their hosts.
INSERT INTO ingest.page (host_id, source_id, url, url_key, cause, priority, due_at, added_at, backfill_id)
SELECT wanted.host_id, %(source_id)s, wanted.url, wanted.url_key, 'backfill', %(priority)s, %(due_at)s, %(now)s,
       %(backfill_id)s
  FROM unnest(%(host_ids)s::bigint[], %(urls)s::text[], %(url_keys)s::text[]) AS wanted (host_id, url, url_key)
 ORDER BY wanted.url_key
ON CONFLICT (url_key) DO UPDATE
   SET backfill_id = excluded.backfill_id,
       cause = 'backfill',
       priority = excluded.priority,
       state = 'waiting',
       attempts = CASE WHEN page.state = 'failed' THEN 0 ELSE page.attempts END,
       due_at = CASE WHEN page.in_flight IS NULL THEN excluded.due_at END
 WHERE page.article_id IS NULL
   AND (page.state = 'failed' OR (page.state = 'waiting' AND page.cause = 'backfill'));

-- pages_of_keys --
SELECT url_key, id FROM ingest.page WHERE url_key = ANY(%(url_keys)s) AND article_id IS NULL AND in_flight IS NULL;

-- said_of_pages --
-- What a backfill's listings said of pages that no feed announced.
SELECT page.id, item.title, item.published_at, item.published_offset, item.published_precision,
       item.published_text, item.published_zone
  FROM ingest.page
  JOIN ingest.backfill_item AS item ON item.backfill_id = page.backfill_id AND item.url_key = page.url_key
 WHERE page.id = ANY(%(ids)s)
   AND page.entry_id IS NULL
   AND (item.title IS NOT NULL OR item.published_at IS NOT NULL);

-- set_state --
UPDATE ingest.backfill
   SET state = %(state)s,
       ended_at = CASE WHEN %(state)s IN ('running', 'paused') THEN NULL ELSE %(now)s END
 WHERE id = %(id)s
   AND state = ANY(%(from)s);

-- hand_over_pages --
-- What another running backfill waits for as well goes on with that one.
UPDATE ingest.page
   SET backfill_id = other.backfill_id
  FROM ingest.backfill_item AS other
  JOIN ingest.backfill ON backfill.id = other.backfill_id AND backfill.state = 'running'
 WHERE page.backfill_id = %(id)s
   AND page.state = 'waiting'
   AND other.url_key = page.url_key
   AND other.backfill_id <> %(id)s
   AND NOT other.known;

-- hold_pages --
UPDATE ingest.page
   SET due_at = NULL
 WHERE backfill_id = %(id)s
   AND state = 'waiting'
   AND due_at IS NOT NULL;

-- hold_listings --
UPDATE ingest.backfill_listing SET due_at = NULL WHERE backfill_id = %(id)s AND due_at IS NOT NULL;

-- drop_pages --
-- Pages that were never fetched and that nobody else has asked for.
DELETE FROM ingest.page
 WHERE backfill_id = %(id)s
   AND state = 'waiting'
   AND in_flight IS NULL
   AND entry_id IS NULL
   AND article_id IS NULL;

-- release_pages --
UPDATE ingest.page
   SET due_at = %(now)s
 WHERE backfill_id = %(id)s
   AND state = 'waiting'
   AND in_flight IS NULL
   AND due_at IS NULL
RETURNING host_id;

-- release_listings --
UPDATE ingest.backfill_listing
   SET due_at = %(now)s
 WHERE backfill_id = %(id)s
   AND state = 'waiting'
   AND in_flight IS NULL
   AND due_at IS NULL
   AND host_id IS NOT NULL
RETURNING host_id;

-- settle --
-- Nothing of it is to be read or fetched any more. What it waits for itself is looked for first: of
-- a large one the rest takes a second. It failed if none of its listings could be read.
UPDATE ingest.backfill
   SET ended_at = %(now)s,
       state = CASE WHEN EXISTS (SELECT FROM ingest.backfill_listing AS listing
                                  WHERE backfill_id = backfill.id AND listing.state IN ('read', 'reading')
                                    AND kind <> 'robots')
                    THEN 'done' ELSE 'failed' END
 WHERE state = 'running'
   AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s))
   AND NOT EXISTS (SELECT FROM ingest.backfill_listing AS listing
                    WHERE backfill_id = backfill.id AND listing.state = 'waiting')
   AND CASE WHEN EXISTS (SELECT FROM ingest.page
                          WHERE backfill_id = backfill.id AND page.state = 'waiting')
            THEN false
            ELSE NOT EXISTS (SELECT FROM ingest.backfill_item AS item
                               JOIN ingest.page ON page.url_key = item.url_key
                              WHERE item.backfill_id = backfill.id
                                AND NOT item.known
                                AND page.article_id IS NULL
                                AND (page.due_at IS NOT NULL OR page.in_flight IS NOT NULL)) END
RETURNING id, state;

-- reopen --
-- More of a file was read after all else was done.
UPDATE ingest.backfill SET state = 'running', ended_at = NULL WHERE id = %(id)s AND state = 'done';

-- list_backfills --
SELECT backfill.id, backfill.source_id, source.slug AS source, backfill.via, backfill.from_day, backfill.to_day, backfill.places,
       backfill.undated AS takes_undated, backfill.state, backfill.created_at, backfill.ended_at,
       listing.listings, listing.listings_read, listing.listings_failed, listing.listings_cut,
       listing.found, listing.outside, listing.undated, listing.foreigners
  FROM ingest.backfill
  JOIN ingest.source ON source.id = backfill.source_id
  CROSS JOIN LATERAL (
       SELECT count(*) AS listings,
              count(*) FILTER (WHERE state = 'read') AS listings_read,
              count(*) FILTER (WHERE state = 'failed') AS listings_failed,
              count(*) FILTER (WHERE state = 'reading') AS listings_cut,
              coalesce(sum(found), 0)::bigint AS found,
              coalesce(sum(outside), 0)::bigint AS outside,
              coalesce(sum(undated), 0)::bigint AS undated,
              coalesce(sum(foreigners), 0)::bigint AS foreigners
         FROM ingest.backfill_listing
        WHERE backfill_id = backfill.id AND kind <> 'robots') AS listing
 WHERE %(id)s::bigint IS NULL OR backfill.id = %(id)s
 ORDER BY backfill.id DESC
 LIMIT %(most)s;

-- count_backfills --
SELECT count(*) FILTER (WHERE state = 'running') AS running,
       count(*) FILTER (WHERE state = 'paused') AS paused,
       (SELECT count(*)
          FROM ingest.backfill AS going
         CROSS JOIN LATERAL (
            SELECT FROM ingest.page WHERE backfill_id = going.id AND state = 'waiting' LIMIT 100000) AS page
         WHERE going.state IN ('running', 'paused')) AS waiting_pages
  FROM ingest.backfill;

-- count_items --
SELECT item.backfill_id AS id,
       count(*) AS in_range,
       count(*) FILTER (WHERE item.known) AS known,
       count(*) FILTER (WHERE NOT item.known AND page.article_id IS NOT NULL) AS stored,
       count(*) FILTER (WHERE NOT item.known AND page.article_id IS NULL AND page.state = 'no-article'
                          AND page.due_at IS NULL AND page.in_flight IS NULL) AS no_article,
       count(*) FILTER (WHERE NOT item.known AND page.article_id IS NULL AND page.state IN ('failed', 'gone')
                          AND page.due_at IS NULL AND page.in_flight IS NULL) AS failed
  FROM ingest.backfill_item AS item
  LEFT JOIN ingest.page ON page.url_key = item.url_key
 WHERE item.backfill_id = ANY(%(ids)s)
 GROUP BY item.backfill_id;

-- failures --
-- What could not be stored and why: pages first, then listings.
SELECT 'page' AS what, page.url, page.state, page.attempts, page.last_status, page.last_error
  FROM ingest.backfill_item AS item
  JOIN ingest.page ON page.url_key = item.url_key
 WHERE item.backfill_id = %(id)s
   AND NOT item.known
   AND page.article_id IS NULL
   AND page.state IN ('failed', 'gone', 'no-article')
   AND page.due_at IS NULL
   AND page.in_flight IS NULL
UNION ALL
SELECT 'listing', url, state, attempts, NULL, last_error
  FROM ingest.backfill_listing
 WHERE backfill_id = %(id)s
   AND state = 'failed'
 ORDER BY what DESC, url;

-- waiting_by_host --
SELECT host.name, host.robots, host.robots_status, count(*) AS waiting
  FROM ingest.backfill_item AS item
  JOIN ingest.page ON page.url_key = item.url_key
  JOIN ingest.host ON host.id = page.host_id
 WHERE item.backfill_id = %(id)s
   AND NOT item.known
   AND page.article_id IS NULL
   AND page.state NOT IN ('failed', 'gone', 'removed')
   AND (page.due_at IS NOT NULL OR page.in_flight IS NOT NULL OR page.state = 'waiting')
 GROUP BY host.id
 ORDER BY waiting DESC;

-- listing_in_hand --
SELECT url FROM ingest.backfill_listing
 WHERE backfill_id = %(id)s AND state = 'waiting'
 ORDER BY in_flight IS NULL, due_at
 LIMIT 1;

-- held_host --
-- Hosts that are left alone for a while though something of a backfill waits there.
SELECT host.name, greatest(host.backoff_until, host.robots_retry_at) AS until,
       CASE WHEN host.robots_retry_at > %(now)s AND host.robots_retry_at >= coalesce(host.backoff_until, %(now)s)
            THEN 'robots.txt cannot be had' ELSE coalesce(host.last_error, 'it asked for quiet') END AS reason
  FROM ingest.host
 WHERE greatest(host.backoff_until, host.robots_retry_at) > %(now)s
   AND (EXISTS (SELECT FROM ingest.backfill_listing AS listing
                 WHERE listing.host_id = host.id AND backfill_id = %(id)s AND state = 'waiting')
     OR EXISTS (SELECT FROM ingest.backfill_item AS item
                  JOIN ingest.page ON page.url_key = item.url_key
                 WHERE page.host_id = host.id AND item.backfill_id = %(id)s AND NOT item.known
                   AND page.article_id IS NULL AND page.due_at IS NOT NULL))
 ORDER BY until DESC
 LIMIT 1;

-- file_listings --
SELECT id, kind, url, position, state, found, outside, undated, foreigners
  FROM ingest.backfill_listing
 WHERE backfill_id = %(id)s AND host_id IS NULL
 ORDER BY id;

-- pages_of_hosts --
-- The newest page of each host that has pages of a source, most first: where its sitemap is looked for.
SELECT (array_agg(url ORDER BY id DESC))[1]
  FROM ingest.page
 WHERE source_id = %(source_id)s
 GROUP BY host_id
 ORDER BY count(*) DESC
 LIMIT %(most)s;

-- known_keys --
-- Of these addresses, those that a backfill would not fetch: as `add_items` decides it.
SELECT listed.url_key
  FROM unnest(%(url_keys)s::text[], %(numbers)s::text[]) AS listed (url_key, number)
 WHERE EXISTS (SELECT FROM ingest.page
                WHERE page.url_key = listed.url_key
                  AND NOT (page.article_id IS NULL
                           AND (page.state = 'failed' OR (page.state = 'waiting' AND page.cause = 'backfill'))))
    OR EXISTS (SELECT FROM ingest.article_url WHERE article_url.url_key = listed.url_key)
    OR EXISTS (SELECT FROM ingest.article
                WHERE article.source_id = %(source_id)s AND article.agency_key = listed.number);

-- count_sessions --
-- Sessions of worker processes on this database: is there anybody who would do the work?
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = %(name)s;
