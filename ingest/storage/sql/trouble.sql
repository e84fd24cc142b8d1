-- open_troubles --
SELECT kind, subject, sentence, cure, since
  FROM ingest.trouble
 WHERE ended_at IS NULL
 ORDER BY since DESC, kind, subject
 LIMIT %(most)s;

-- open_trouble --
INSERT INTO ingest.trouble (kind, subject, sentence, cure, since, told_at)
VALUES (%(kind)s, %(subject)s, %(sentence)s, %(cure)s, %(since)s, CASE WHEN %(is_told)s THEN %(since)s END)
ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO UPDATE
   SET sentence = excluded.sentence, cure = excluded.cure
 WHERE trouble.sentence <> excluded.sentence OR trouble.cure <> excluded.cure;

-- end_trouble --
UPDATE ingest.trouble
   SET ended_at = %(at)s
 WHERE kind = %(kind)s
   AND subject = %(subject)s
   AND ended_at IS NULL;

-- end_unseen --
UPDATE ingest.trouble
   SET ended_at = %(at)s
 WHERE ended_at IS NULL
   AND kind = ANY(%(kinds)s)
   AND kind || ' ' || subject <> ALL(%(seen)s);

-- untold_trouble --
-- Locked, so that of several daemons one tells it.
SELECT id, kind, subject, sentence, cure, since
  FROM ingest.trouble
 WHERE ended_at IS NULL
   AND told_at IS NULL
   AND id <> ALL(%(but)s)
 ORDER BY id
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- mark_told --
UPDATE ingest.trouble SET told_at = %(at)s WHERE id = %(id)s;

-- forget_troubles --
DELETE FROM ingest.trouble WHERE ended_at < %(before)s;

-- last_seen --
SELECT max(coalesce(ended_at, %(now)s)) FROM ingest.trouble WHERE kind = %(kind)s;

-- last_answer --
-- Whoever answered last of those that are asked over the network.
SELECT source.slug AS source, feed.last_ok_at AS at
  FROM ingest.feed
  JOIN ingest.source ON source.id = feed.source_id
  JOIN ingest.host ON host.id = feed.host_id
 WHERE feed.last_ok_at IS NOT NULL
   AND feed.paused_at IS NULL
   AND source.kind <> 'folder'
   AND host.name !~ '^(127[.][0-9.]+|[[]::1]|(.*[.])?localhost)(:|$)'
 ORDER BY feed.last_ok_at DESC
 LIMIT 1;

-- feed_health --
-- Feeds that fail, have been silent for an hour, or went in the last week; with the habit of the
-- four weeks before their last news. What came with the first poll is history, not habit.
WITH suspect AS (
    SELECT feed.id, source.slug AS source, feed.url, feed.added_at, feed.failures, feed.last_ok_at,
           feed.last_new_at, feed.last_error, feed.retired_at
      FROM ingest.feed
      JOIN ingest.source ON source.id = feed.source_id
     WHERE feed.paused_at IS NULL
       AND (feed.retired_at > %(now)s - interval '7 days'
            OR feed.retired_at IS NULL
               AND (feed.failures > 0 OR feed.last_new_at < %(now)s - interval '1 hour'))
), news AS (
    SELECT suspect.id, entry.first_seen_at AS at,
           entry.first_seen_at - lag(entry.first_seen_at)
               OVER (PARTITION BY suspect.id ORDER BY entry.first_seen_at) AS wait
      FROM suspect
      JOIN ingest.entry ON entry.feed_id = suspect.id
     WHERE entry.first_seen_at > suspect.last_new_at - interval '28 days'
     GROUP BY suspect.id, entry.first_seen_at
), habit AS (
    SELECT id, count(*) AS news, max(at) - min(at) AS span, max(wait) AS longest
      FROM news
     GROUP BY id
)
SELECT suspect.*,
       coalesce(habit.news, 0) AS news,
       coalesce(habit.span, interval '0') AS span,
       coalesce(habit.longest, interval '0') AS longest
  FROM suspect
  LEFT JOIN habit ON habit.id = suspect.id
 ORDER BY suspect.id;

-- source_health --
-- The last articles of each agency: up to 100 of the last day, up to 300 of the two weeks before.
SELECT source.slug AS source,
       today.articles, today.length, today.empty, today.ahead, today.undated,
       before.articles AS articles_before, coalesce(before.length, 0) AS length_before,
       before.empty AS empty_before, before.undated AS undated_before,
       pages.no_article, pages.no_article_before
  FROM ingest.source
 CROSS JOIN LATERAL (
    SELECT count(*) AS articles,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY octet_length(text.body)) AS length,
           count(*) FILTER (WHERE text.body IS NULL) AS empty,
           count(*) FILTER (WHERE text.published_precision <> 'day'
                              AND text.published_at > article.first_seen_at + interval '1 hour') AS ahead,
           count(*) FILTER (WHERE text.published_at IS NULL) AS undated
      FROM (SELECT id, first_seen_at
              FROM ingest.article
             WHERE source_id = source.id
               AND first_seen_at > %(now)s - interval '1 day'
             ORDER BY first_seen_at DESC
             LIMIT 100) AS article
      JOIN ingest.revision AS text ON text.article_id = article.id AND text.number = 1 AND text.cause = 'live'
 ) AS today
 CROSS JOIN LATERAL (
    SELECT count(*) AS articles,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY octet_length(text.body)) AS length,
           count(*) FILTER (WHERE text.body IS NULL) AS empty,
           count(*) FILTER (WHERE text.published_at IS NULL) AS undated
      FROM (SELECT id
              FROM ingest.article
             WHERE source_id = source.id
               AND first_seen_at BETWEEN %(now)s - interval '15 days' AND %(now)s - interval '1 day'
             ORDER BY first_seen_at DESC
             LIMIT 300) AS article
      JOIN ingest.revision AS text ON text.article_id = article.id AND text.number = 1 AND text.cause = 'live'
 ) AS before
 CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE added_at > %(now)s - interval '1 day') AS no_article,
           count(*) FILTER (WHERE added_at <= %(now)s - interval '1 day') AS no_article_before
      FROM ingest.page
     WHERE source_id = source.id
       AND state = 'no-article'
       AND cause = 'live'
       AND added_at > %(now)s - interval '15 days'
 ) AS pages
 WHERE today.articles + pages.no_article > 0
 ORDER BY source.slug;

-- parked_pages --
SELECT source.slug AS source, count(*) AS pages, max(page.id) AS example
  FROM ingest.page
  JOIN ingest.source ON source.id = page.source_id
 WHERE page.state = 'failed'
   AND page.last_outcome = 'crash'
 GROUP BY source.slug
 ORDER BY source.slug;

-- stuck_pages --
SELECT host.name AS host, count(*) AS pages, min(page.due_at) AS longest_due_at, host.last_error,
       min(page.url) AS example
  FROM ingest.page
  JOIN ingest.host ON host.id = page.host_id
 WHERE page.due_at < %(before)s
   AND page.priority = 0
   AND page.cause = 'live'
 GROUP BY host.name, host.last_error
 ORDER BY host.name;

-- standing_consumers --
SELECT name
  FROM ingest.consumer
 WHERE committed_at < %(since)s
   AND cursor < (SELECT max(id) FROM khabar.change)
 ORDER BY name;
