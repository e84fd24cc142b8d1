-- ensure_hosts --
-- Make the hosts that are not there yet.
INSERT INTO ingest.host (name)
SELECT name FROM unnest(%(names)s::text[]) AS name ORDER BY name
ON CONFLICT (name) DO NOTHING;

-- host_ids --
SELECT name, id FROM ingest.host WHERE name = ANY(%(names)s);

-- claim_due_hosts --
-- Lease the hosts whose time has come, longest overdue first. A leased host falls due again
-- when its lease runs out, so a worker that dies holds nothing up. `crashed` says that the
-- lease before this one was never given back.
WITH due AS (
    SELECT id, leased_until IS NOT NULL AS crashed
      FROM ingest.host
     WHERE due_at <= %(now)s
       AND (leased_until IS NULL OR leased_until <= %(real_now)s)
     ORDER BY due_at
     LIMIT %(batch)s
       FOR UPDATE SKIP LOCKED
)
UPDATE ingest.host
   SET lease_token = host.lease_token + 1,
       leased_until = %(leased_until)s,
       leased_by = %(worker)s,
       due_at = %(due_again)s
  FROM due
 WHERE host.id = due.id
RETURNING host.id, host.name, host.lease_token AS token, host.leased_until, due.crashed,
          host.next_request_at, host.backoff_until, host.failures,
          host.robots, host.robots_status, host.robots_fetched_at, host.robots_retry_at, host.robots_failures,
          host.poll_price;

-- claim_host --
-- Lease one host that nobody holds, whether or not something is due there.
WITH free AS (
    SELECT id, leased_until IS NOT NULL AS crashed
      FROM ingest.host
     WHERE name = %(name)s
       AND (leased_until IS NULL OR leased_until <= %(real_now)s)
       FOR UPDATE SKIP LOCKED
)
UPDATE ingest.host
   SET lease_token = host.lease_token + 1,
       leased_until = %(leased_until)s,
       leased_by = %(worker)s,
       due_at = greatest(host.due_at, %(due_again)s)
  FROM free
 WHERE host.id = free.id
RETURNING host.id, host.name, host.lease_token AS token, host.leased_until, free.crashed,
          host.next_request_at, host.backoff_until, host.failures,
          host.robots, host.robots_status, host.robots_fetched_at, host.robots_retry_at, host.robots_failures;

-- renew_leases --
-- Move our leases on; what does not come back is ours no more.
UPDATE ingest.host
   SET leased_until = %(leased_until)s,
       due_at = greatest(host.due_at, %(due_again)s)
  FROM (SELECT host.id
          FROM ingest.host
          JOIN unnest(%(ids)s::bigint[], %(tokens)s::bigint[]) AS ours (id, token)
            ON host.id = ours.id AND host.lease_token = ours.token
         WHERE host.leased_until > %(real_now)s
         ORDER BY host.id
           FOR UPDATE OF host) AS held
 WHERE host.id = held.id
RETURNING host.id;

-- lock_hosts --
-- Lock the rows in order of id, so that two batches never wait for each other in a ring.
SELECT id, lease_token
  FROM ingest.host
 WHERE id = ANY(%(ids)s)
 ORDER BY id
   FOR UPDATE;

-- release_host --
-- Give a lease back; the host falls due with the first of what it has to do, and what is no feed
-- so much later that others' feeds may go first. Its row is locked by a statement before this
-- one, so that work another host's batch added is seen here.
WITH work AS MATERIALIZED (  -- looked for once, though it is named twice
    SELECT (SELECT min(next_poll_at) FROM ingest.feed
             WHERE host_id = %(id)s AND paused_at IS NULL AND retired_at IS NULL) AS feed_at,
           least(
            (SELECT min(search_at) FROM ingest.gap
              WHERE host_id = %(id)s AND search_at IS NOT NULL),
            (SELECT min(due_at) FROM ingest.page
              WHERE host_id = %(id)s AND due_at IS NOT NULL),
            (SELECT min(due_at) FROM ingest.backfill_listing
              WHERE host_id = %(id)s AND due_at IS NOT NULL)) AS rest_at
)
UPDATE ingest.host
   SET leased_until = NULL,
       next_request_at = %(next_request_at)s,
       backoff_until = %(backoff_until)s,
       failures = %(failures)s,
       robots_retry_at = %(robots_retry_at)s,
       robots_failures = %(robots_failures)s,
       last_error = %(last_error)s,
       due_at = least(
           CASE WHEN work.feed_at IS NOT NULL
                THEN greatest(work.feed_at, %(backoff_until)s, %(next_request_at)s) END,
           CASE WHEN work.rest_at IS NOT NULL
                THEN greatest(work.rest_at, %(backoff_until)s, %(next_request_at)s) + %(behind)s END)
  FROM work
 WHERE host.id = %(id)s
   AND lease_token = %(token)s
RETURNING host.due_at;

-- lease_holders --
SELECT DISTINCT leased_by FROM ingest.host WHERE leased_until > %(real_now)s AND leased_by IS NOT NULL;

-- void_leases --
-- The holder is known to be dead: what it held falls due at once, as if the lease had run out.
UPDATE ingest.host
   SET leased_until = %(real_now)s,
       due_at = %(now)s
  FROM (SELECT id FROM ingest.host
         WHERE leased_by = %(worker)s AND leased_until > %(real_now)s
         ORDER BY id
           FOR UPDATE) AS held
 WHERE host.id = held.id;

-- wake_hosts --
-- Let hosts fall due at a time, unless they already do before it.
UPDATE ingest.host
   SET due_at = least(host.due_at, woken.at)
  FROM (SELECT host.id, wanted.at
          FROM ingest.host
          JOIN unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS wanted (id, at)
            ON wanted.id = host.id
         ORDER BY host.id
           FOR UPDATE OF host) AS woken
 WHERE host.id = woken.id;

-- set_poll_prices --
-- What a poll costs at the hosts whose feeds would ask too often; the others pay the fleet's price.
UPDATE ingest.host
   SET poll_price = priced.price
  FROM (SELECT host.id, wanted.price
          FROM ingest.host
          LEFT JOIN unnest(%(ids)s::bigint[], %(prices)s::float8[]) AS wanted (id, price)
            ON wanted.id = host.id
         WHERE host.poll_price IS DISTINCT FROM wanted.price
         ORDER BY host.id
           FOR UPDATE OF host) AS priced
 WHERE host.id = priced.id;

-- next_due_at --
-- Of the hosts that nobody holds.
SELECT due_at
  FROM ingest.host
 WHERE due_at IS NOT NULL
   AND (leased_until IS NULL OR leased_until <= %(real_now)s)
 ORDER BY due_at
 LIMIT 1;

-- store_pace --
-- What a running visit learnt of its host; kept at once, so that a worker's death forgets no Retry-After.
UPDATE ingest.host
   SET next_request_at = %(next_request_at)s,
       backoff_until = %(backoff_until)s,
       failures = %(failures)s,
       robots_retry_at = %(robots_retry_at)s,
       robots_failures = %(robots_failures)s,
       last_error = %(last_error)s
 WHERE id = %(id)s
   AND lease_token = %(token)s
RETURNING id;

-- robots_of --
-- What is known of the rules of a host that another's redirect leads to.
SELECT id, robots, robots_status, robots_fetched_at FROM ingest.host WHERE name = %(name)s;

-- keep_robots --
-- Rules that were asked for on the way from another host: newer ones are never overwritten.
UPDATE ingest.host
   SET robots = %(robots)s,
       robots_status = %(status)s,
       robots_fetched_at = %(fetched_at)s
 WHERE name = %(name)s
   AND (robots_fetched_at IS NULL OR robots_fetched_at < %(fetched_at)s);

-- store_robots --
UPDATE ingest.host
   SET robots = %(robots)s,
       robots_status = %(status)s,
       robots_fetched_at = %(fetched_at)s
 WHERE id = %(id)s
   AND lease_token = %(token)s;
