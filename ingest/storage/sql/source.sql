-- store_source --
-- A declaration or a person's word for an agency; what is stored already is brought up to date.
INSERT INTO ingest.source (slug, name, agency, kind, homepage, timezone, languages, evidence, licence, retention,
                           wire, declared, added_at)
VALUES (%(slug)s, %(name)s, %(agency)s, %(kind)s, %(homepage)s, %(timezone)s, %(languages)s, %(evidence)s,
        %(licence)s, %(retention)s, %(wire)s, %(declared)s, %(now)s)
ON CONFLICT (slug) DO UPDATE
   SET name = excluded.name, agency = excluded.agency, kind = excluded.kind, homepage = excluded.homepage,
       timezone = excluded.timezone, languages = excluded.languages, evidence = excluded.evidence,
       licence = excluded.licence, retention = excluded.retention, wire = excluded.wire, declared = true
 WHERE excluded.declared;

-- drop_empty_source --
-- A person's own source of which nothing is followed and nothing stored.
DELETE FROM ingest.source
 WHERE slug = %(slug)s
   AND NOT declared
   AND NOT EXISTS (SELECT FROM ingest.feed WHERE source_id = source.id)
   AND NOT EXISTS (SELECT FROM ingest.page WHERE source_id = source.id)
   AND NOT EXISTS (SELECT FROM ingest.article WHERE source_id = source.id)
   AND NOT EXISTS (SELECT FROM ingest.backfill WHERE source_id = source.id)
   AND NOT EXISTS (SELECT FROM ingest.boilerplate_shelf WHERE source_id = source.id);

-- source_ids --
SELECT slug, id FROM ingest.source WHERE slug = ANY(%(slugs)s);

-- source_id --
SELECT id FROM ingest.source WHERE slug = %(slug)s;

-- slugs_of --
SELECT id, slug FROM ingest.source WHERE id = ANY(%(ids)s);

-- stored_source --
SELECT slug, name, agency, kind, homepage, timezone, languages, licence, wire, declared
  FROM ingest.source
 WHERE slug = %(slug)s;

-- list_sources --
SELECT source.id, source.slug, source.name, source.agency, source.kind, source.homepage, source.timezone,
       source.languages, source.evidence, source.licence, source.declared,
       (SELECT count(*) FROM ingest.feed WHERE source_id = source.id) AS feeds,
       (SELECT max(last_ok_at) FROM ingest.feed WHERE source_id = source.id) AS last_ok_at,
       (SELECT max(last_new_at) FROM ingest.feed WHERE source_id = source.id) AS last_new_at
  FROM ingest.source
 WHERE %(slug)s::text IS NULL OR source.slug = %(slug)s
 ORDER BY source.slug;

-- every_article --
SELECT FROM ingest.article;

-- articles_by_source --
SELECT source_id, count(*) FROM ingest.article WHERE state <> 'removed' GROUP BY source_id;

-- articles_of_source --
SELECT FROM ingest.article WHERE source_id = %(source_id)s AND state <> 'removed';

-- retentions --
SELECT DISTINCT retention FROM ingest.source WHERE retention IS NOT NULL;
