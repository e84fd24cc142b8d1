-- compatible
-- The pictures of an article with their captions, and the day its dateline names.
ALTER TABLE ingest.revision
    ADD pictures jsonb NOT NULL DEFAULT '[]',
    ADD filed date;

CREATE OR REPLACE VIEW khabar.revision AS
SELECT revision.article_id AS article,
       revision.number AS revision,
       revision.cause,
       revision.title,
       revision.standfirst,
       revision.authors,
       revision.published_at AS published,
       revision.published_precision,
       (revision.published_at AT TIME ZONE 'UTC'
           + make_interval(secs => revision.published_offset)) AS published_local,
       revision.published_text,
       revision.modified_at AS modified,
       revision.modified_precision,
       (revision.modified_at AT TIME ZONE 'UTC'
           + make_interval(secs => revision.modified_offset)) AS modified_local,
       revision.modified_text,
       revision.language,
       revision.sections AS section,
       revision.tags,
       revision.image,
       revision.image_credit,
       revision.image_caption,
       revision.place,
       revision.agency,
       revision.notice,
       revision.credits,
       revision.body,
       revision.body_html,
       revision.partial,
       revision.fetched_at AS fetched,
       revision.stored_at AS stored,
       revision.wire,
       revision.pictures,
       revision.filed
  FROM ingest.revision
  JOIN ingest.article ON article.id = revision.article_id
 WHERE article.state IN ('live', 'withdrawn');

CREATE OR REPLACE VIEW khabar.article AS
SELECT article.id AS article,
       source.slug AS source,
       article.url,
       article.canonical,
       article.state,
       revision.revision,
       revision.title,
       revision.standfirst,
       revision.authors,
       revision.published,
       revision.published_precision,
       revision.published_local,
       revision.published_text,
       revision.modified,
       revision.modified_precision,
       revision.modified_local,
       revision.modified_text,
       revision.language,
       revision.section,
       revision.tags,
       revision.image,
       revision.image_credit,
       revision.image_caption,
       revision.place,
       revision.agency,
       revision.notice,
       revision.credits,
       revision.body,
       revision.body_html,
       revision.partial,
       article.story_id AS story,
       article.relation,
       article.of_id AS of,
       article.score,
       article.first_seen_at AS first_seen,
       article.changed_at AS last_changed,
       revision.wire,
       revision.pictures,
       revision.filed
  FROM ingest.article
  JOIN ingest.source ON source.id = article.source_id
  JOIN khabar.revision ON revision.article = article.id AND revision.revision = article.revision;

CREATE OR REPLACE VIEW khabar.original AS
SELECT article.*
  FROM khabar.article
  LEFT JOIN ingest.story ON story.id = article.story
 WHERE article.story IS NULL OR story.original_id = article.article;

-- What a function returns cannot be changed, only made anew.
DROP FUNCTION khabar.changes_after(bigint, integer);
CREATE FUNCTION khabar.changes_after(after bigint, most integer DEFAULT 500)
RETURNS TABLE (
    change bigint, at timestamptz, kind text, cause text, changed text[], article bigint,
    revision integer, source text, url text, canonical text, title text, standfirst text,
    authors text[], published timestamptz, published_precision text, published_local timestamp,
    modified timestamptz, modified_precision text, modified_local timestamp, language text,
    section text[], tags text[], image text, image_credit text, place text, agency text,
    notice text, body text, body_html text, story bigint, relation text, of bigint,
    image_caption text, credits text[], partial boolean, first_seen timestamptz, wire jsonb,
    pictures jsonb, filed date
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT c.id, c.at, c.kind, c.cause, c.changed, c.article, c.revision, c.source, a.url, a.canonical,
       r.title, r.standfirst, r.authors, r.published, r.published_precision, r.published_local,
       r.modified, r.modified_precision, r.modified_local, r.language, r.section, r.tags, r.image,
       r.image_credit, r.place, r.agency, r.notice, r.body, r.body_html,
       coalesce(c.story, a.story_id), a.relation, a.of_id,
       r.image_caption, r.credits, r.partial, a.first_seen_at, r.wire, r.pictures, r.filed
  FROM (SELECT * FROM khabar.change WHERE id > after ORDER BY id LIMIT least(most, 10000)) AS c
  LEFT JOIN ingest.article AS a ON a.id = c.article
  LEFT JOIN khabar.revision AS r ON r.article = c.article AND r.revision = c.revision
 ORDER BY c.id
$$;

REVOKE ALL ON FUNCTION khabar.changes_after(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION khabar.changes_after(bigint, integer) TO khabar_reader;
COMMENT ON FUNCTION khabar.changes_after(bigint, integer) IS 'The changes after a cursor, oldest first, each with the article as that revision has it; at most 10,000';

COMMENT ON COLUMN khabar.revision.pictures IS 'pictures that are shown with words of their own, in order, galleries'' too: a list of {url, caption, credit}, each null where it is not told';
COMMENT ON COLUMN khabar.revision.filed IS 'the day that the dateline names';
COMMENT ON COLUMN khabar.article.pictures IS 'pictures that are shown with words of their own, in order, galleries'' too: a list of {url, caption, credit}, each null where it is not told';
COMMENT ON COLUMN khabar.article.filed IS 'the day that the dateline names';
COMMENT ON COLUMN khabar.original.pictures IS 'pictures that are shown with words of their own, in order, galleries'' too: a list of {url, caption, credit}, each null where it is not told';
COMMENT ON COLUMN khabar.original.filed IS 'the day that the dateline names';
