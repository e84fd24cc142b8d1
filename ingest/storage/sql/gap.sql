-- open_gap --
-- A window ran over. What was lost is looked for at once, but a host's sitemaps are not searched
-- again within ten minutes.
INSERT INTO ingest.gap (feed_id, from_at, to_at, at_least, noticed_at, host_id, search_at)
SELECT %(feed_id)s, %(from_at)s, %(to_at)s, %(at_least)s, %(noticed_at)s, %(host_id)s,
       greatest(%(noticed_at)s, max(searched_at) + interval '10 minutes')
  FROM ingest.gap
 WHERE host_id = %(host_id)s;

-- take_due_gaps --
-- The gaps whose search goes on at a leased host. It is moved on before anything is asked, so that
-- a worker that dies in between asks nobody twice at once.
WITH due AS (
    SELECT gap.id
      FROM ingest.gap
      JOIN ingest.host ON host.id = gap.host_id AND host.lease_token = %(token)s
     WHERE gap.host_id = %(host_id)s
       AND gap.search_at <= %(now)s
     ORDER BY gap.search_at
     LIMIT %(batch)s
       FOR UPDATE OF gap
)
UPDATE ingest.gap
   SET search_at = %(now)s + %(retry)s
  FROM due, ingest.feed, ingest.source
 WHERE gap.id = due.id
   AND feed.id = gap.feed_id
   AND source.id = feed.source_id
RETURNING gap.id, gap.feed_id, feed.url AS feed_url, feed.added_at AS feed_added_at, feed.source_id,
          source.slug, gap.from_at, gap.to_at, gap.searches, gap.tries, gap.asked, gap.places;

-- return_gaps --
-- Gaps taken but not searched for: due as before, unless the host is another's by now.
UPDATE ingest.gap
   SET search_at = %(due_at)s
  FROM ingest.host
 WHERE gap.id = ANY(%(ids)s)
   AND gap.search_at IS NOT NULL
   AND host.id = gap.host_id
   AND host.lease_token = %(token)s;

-- postpone_gaps --
UPDATE ingest.gap SET search_at = %(until)s WHERE host_id = %(host_id)s AND search_at < %(until)s;

-- store_search --
UPDATE ingest.gap
   SET host_id = %(host_id)s,
       search_at = %(search_at)s,
       searches = %(searches)s,
       tries = %(tries)s,
       asked = %(asked)s,
       places = %(places)s,
       searched_at = %(searched_at)s,
       filled = coalesce(filled, 0) + %(found)s,
       at_least = greatest(at_least, coalesce(filled, 0) + %(found)s)
 WHERE id = %(id)s;

-- recent_links --
-- Where a feed led lately: what of its site it speaks of.
SELECT url
  FROM ingest.entry
 WHERE feed_id = %(feed_id)s
   AND url IS NOT NULL
 ORDER BY id DESC
 LIMIT %(most)s;

-- known_keys --
-- Of some addresses those that we have met, under whatever name.
SELECT url_key FROM ingest.page WHERE url_key = ANY(%(keys)s)
UNION
SELECT url_key FROM ingest.article_url WHERE url_key = ANY(%(keys)s);

-- list_gaps --
SELECT feed.url AS feed_url, gap.from_at, gap.to_at, gap.at_least, gap.filled, gap.searched_at, gap.search_at
  FROM ingest.gap
  JOIN ingest.feed ON feed.id = gap.feed_id
 ORDER BY gap.noticed_at DESC, gap.id DESC
 LIMIT %(most)s;
