-- take_due_feeds --
-- The feeds of one leased host whose time has come. Their next poll is moved on before the
-- request is made: a worker that dies in between asks nobody twice within the floor. What it was
-- told died with it, perhaps a Retry-After or a max-age: the feed's last wait was right by them all.
WITH due AS (
    SELECT feed.id
      FROM ingest.feed
      JOIN ingest.host ON host.id = feed.host_id AND host.lease_token = %(token)s
     WHERE feed.host_id = %(host_id)s
       AND feed.next_poll_at <= %(now)s
       AND feed.paused_at IS NULL
       AND feed.retired_at IS NULL
     ORDER BY feed.next_poll_at
     LIMIT %(batch)s
       FOR UPDATE OF feed
)
UPDATE ingest.feed
   SET next_poll_at = %(now)s + greatest(
           coalesce(feed.floor, %(floor)s),
           least(%(retry)s, coalesce(feed.next_poll_at - feed.last_polled_at, interval '1 minute'))),
       next_poll_reason = 'being polled'
  FROM due, ingest.source
 WHERE feed.id = due.id
   AND source.id = feed.source_id
RETURNING feed.id, feed.source_id, source.slug, feed.url, feed.stable_guids, feed.floor, feed.ceiling,
          feed.origin, feed.added_at, feed.poll_state, feed.asked_interval, feed.skip_hours, feed.skip_days, feed.etag,
          feed.last_modified, feed.validators_url, feed.other_validators, feed.body_digest,
          feed.window_keys, feed.window_at, feed.moved_url, feed.moved_polls, feed.failures,
          feed.last_status, feed.last_polled_at, feed.last_ok_at, feed.last_new_at, feed.checkpoint;

-- return_feeds --
-- Feeds taken but not asked: due as before, unless the host is another's by now.
UPDATE ingest.feed
   SET next_poll_at = %(due_at)s,
       next_poll_reason = 'waiting for its host'
  FROM ingest.host
 WHERE feed.id = ANY(%(ids)s)
   AND feed.next_poll_reason = 'being polled'
   AND host.id = feed.host_id
   AND host.lease_token = %(token)s;

-- store_poll --
UPDATE ingest.feed
   SET url = %(url)s,
       host_id = %(host_id)s,
       title = coalesce(%(title)s, title),
       language = coalesce(language, %(language)s),
       stable_guids = %(stable_guids)s,
       next_poll_at = %(next_poll_at)s,
       next_poll_reason = %(next_poll_reason)s,
       poll_state = %(poll_state)s,
       checkpoint = %(checkpoint)s,
       asked_interval = %(asked_interval)s,
       skip_hours = %(skip_hours)s,
       skip_days = %(skip_days)s,
       retired_at = %(retired_at)s,
       etag = %(etag)s,
       last_modified = %(last_modified)s,
       validators_url = %(validators_url)s,
       other_validators = %(other_validators)s,
       body_digest = %(body_digest)s,
       window_keys = %(window_keys)s,
       window_at = %(window_at)s,
       moved_url = %(moved_url)s,
       moved_polls = %(moved_polls)s,
       failures = %(failures)s,
       last_polled_at = %(last_polled_at)s,
       last_ok_at = %(last_ok_at)s,
       last_new_at = %(last_new_at)s,
       last_status = %(last_status)s,
       last_outcome = %(last_outcome)s,
       last_error = %(last_error)s,
       hub = coalesce(%(hub)s, hub)
 WHERE id = %(id)s;

-- followed_at_urls --
SELECT feed.url, feed.id, source.slug
  FROM ingest.feed
  JOIN ingest.source ON source.id = feed.source_id
 WHERE feed.url = ANY(%(urls)s);

-- log_poll --
INSERT INTO ingest.poll (feed_id, at, outcome, status, entries, fresh, changed, bytes, seconds, error)
VALUES (%(feed_id)s, %(at)s, %(outcome)s, %(status)s, %(entries)s, %(fresh)s, %(changed)s, %(bytes)s,
        %(seconds)s, %(error)s);

-- was_gone --
SELECT EXISTS (SELECT FROM ingest.poll
                WHERE feed_id = %(id)s AND status = 410 AND at > coalesce(%(since)s::timestamptz, '-infinity'));

-- known_entries --
-- What this feed announced before under one of these identities or addresses.
SELECT identity, url_key, digest
  FROM ingest.entry
 WHERE feed_id = %(feed_id)s
   AND identity = ANY(%(identities)s)
UNION
SELECT identity, url_key, digest
  FROM ingest.entry
 WHERE feed_id = %(feed_id)s
   AND url_key = ANY(%(url_keys)s);

-- store_entry --
INSERT INTO ingest.entry (
    feed_id, identity, guid, url, url_key, title, summary, content, authors, categories, image, language,
    published_at, published_offset, published_precision, published_text, published_zone, updated_at,
    digest, first_seen_at, changed_at)
VALUES (
    %(feed_id)s, %(identity)s, %(guid)s, %(url)s, %(url_key)s, %(title)s, %(summary)s, %(content)s,
    %(authors)s, %(categories)s, %(image)s, %(language)s,
    %(published_at)s, %(published_offset)s, %(published_precision)s, %(published_text)s, %(published_zone)s,
    %(updated_at)s, %(digest)s, %(seen_at)s, %(seen_at)s)
ON CONFLICT (feed_id, identity) DO UPDATE
   SET guid = excluded.guid, url = excluded.url, url_key = excluded.url_key, title = excluded.title,
       summary = excluded.summary, content = excluded.content, authors = excluded.authors,
       categories = excluded.categories, image = excluded.image, language = excluded.language,
       published_at = excluded.published_at, published_offset = excluded.published_offset,
       published_precision = excluded.published_precision, published_text = excluded.published_text,
       published_zone = excluded.published_zone, updated_at = excluded.updated_at,
       digest = excluded.digest, changed_at = excluded.changed_at
RETURNING id;

-- add_feed --
INSERT INTO ingest.feed (
    source_id, host_id, url, title, language, section, origin, evidence, stable_guids, floor, ceiling,
    added_at, next_poll_at)
VALUES (
    %(source_id)s, %(host_id)s, %(url)s, %(title)s, %(language)s, %(section)s, %(origin)s, %(evidence)s,
    %(stable_guids)s, %(floor)s, %(ceiling)s, %(added_at)s, %(next_poll_at)s)
ON CONFLICT (url) DO NOTHING
RETURNING id;

-- remove_feed --
DELETE FROM ingest.feed WHERE id = %(id)s RETURNING id;

-- pause_feed --
UPDATE ingest.feed SET paused_at = %(now)s WHERE id = %(id)s AND paused_at IS NULL RETURNING id;

-- resume_feed --
-- Also brings a retired feed back.
UPDATE ingest.feed
   SET paused_at = NULL,
       retired_at = NULL,
       next_poll_at = %(now)s,
       next_poll_reason = 'resumed by a person'
 WHERE id = %(id)s
   AND (paused_at IS NOT NULL OR retired_at IS NOT NULL)
RETURNING host_id;

-- poll_feed_now --
-- A person asks: at once, but never within the feed's own floor of the last poll.
UPDATE ingest.feed
   SET next_poll_at = greatest(%(now)s, last_polled_at + coalesce(floor, %(floor)s)),
       next_poll_reason = 'asked for by a person'
 WHERE id = %(id)s
   AND paused_at IS NULL
   AND retired_at IS NULL
RETURNING host_id, next_poll_at;

-- list_feeds --
SELECT feed.id, source.slug AS source, source.kind, feed.url, feed.title, feed.language, feed.section, feed.origin,
       feed.evidence, feed.stable_guids, feed.floor, feed.ceiling, feed.added_at, feed.next_poll_at,
       feed.next_poll_reason, feed.paused_at, feed.retired_at, feed.moved_url, feed.moved_polls,
       feed.failures, feed.last_polled_at, feed.last_ok_at, feed.last_new_at, feed.last_status,
       feed.last_outcome, feed.last_error, feed.hub, feed.poll_state,
       (SELECT count(*) FROM ingest.entry WHERE feed_id = feed.id) AS entries,
       host.name AS host, host.backoff_until, host.last_error AS host_error
  FROM ingest.feed
  JOIN ingest.source ON source.id = feed.source_id
  JOIN ingest.host ON host.id = feed.host_id
 WHERE (%(source)s::text IS NULL OR source.slug = %(source)s)
   AND (%(id)s::bigint IS NULL OR feed.id = %(id)s)
   AND (%(url)s::text IS NULL OR feed.url = %(url)s)
 ORDER BY source.slug, feed.url;

-- recent_polls --
SELECT at, outcome, status, entries, fresh, changed, bytes, seconds, error
  FROM ingest.poll
 WHERE feed_id = %(feed_id)s
 ORDER BY at DESC
 LIMIT %(most)s;

-- recent_entries --
SELECT id, guid, url, title, published_at, first_seen_at, changed_at
  FROM ingest.entry
 WHERE feed_id = %(feed_id)s
 ORDER BY first_seen_at DESC, id DESC
 LIMIT %(most)s;

-- make_due_from_future --
-- Feeds that were polled, and hosts that were asked, at a time that is yet to come.
WITH ahead AS (
    UPDATE ingest.feed
       SET next_poll_at = %(now)s, last_polled_at = %(now)s
     WHERE last_polled_at > %(now)s + %(patience)s
       AND retired_at IS NULL
    RETURNING host_id
), woken AS (
    UPDATE ingest.host
       SET due_at = %(now)s, next_request_at = least(next_request_at, %(now)s + %(patience)s)
      FROM (SELECT DISTINCT host_id FROM ahead) AS late
     WHERE host.id = late.host_id
)
SELECT count(*) AS feeds FROM ahead;
