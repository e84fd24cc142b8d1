-- khabar's database.
--
--   ingest   ours: what is followed, what is due, what came back
--   khabar   the consumers' contract: one table (khabar.change), views, functions, comments;
--            read through the role khabar_reader; changed only by addition
--
--   source ─ feed ─ entry ─▶ page ─▶ raw_page        host: lease, pace and robots of all that is due there
--                              └───▶ article ─ revision ─▶ khabar.change ─▶ consumers
--                                       └── story
--
-- This file is the truth; migrations/ leads an older database to the same catalog (tested).
-- Times of agencies are virtual and come as parameters: nothing here calls now(). Only
-- host.leased_until is real time.

CREATE SCHEMA ingest;
CREATE SCHEMA khabar;

-- ── what is followed ─────────────────────────────────────────────────────────────────

CREATE TABLE ingest.source (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug        text NOT NULL,
    name        text NOT NULL,
    agency      text,
    kind        text NOT NULL DEFAULT 'feed',
    homepage    text,
    timezone    text,
    languages   text[] NOT NULL DEFAULT '{}',
    evidence    text,
    licence     text NOT NULL DEFAULT '',
    retention   interval,
    wire        jsonb,  -- of a wire's service or folder that no declaration describes
    declared    boolean NOT NULL DEFAULT false,
    added_at    timestamptz NOT NULL,
    CONSTRAINT source_slug_unique UNIQUE (slug),
    CONSTRAINT source_slug_shape CHECK (slug ~ '^[a-z0-9][a-z0-9.-]*$'),
    CONSTRAINT source_kind_known CHECK (kind IN ('feed', 'wire', 'folder', 'bridge'))
);

-- A host is the unit of work: whoever holds its lease does all that is due there.
CREATE TABLE ingest.host (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name              text NOT NULL,
    due_at            timestamptz,
    lease_token       bigint NOT NULL DEFAULT 0,
    leased_until      timestamptz,
    leased_by         text,
    next_request_at   timestamptz,
    backoff_until     timestamptz,
    failures          integer NOT NULL DEFAULT 0,
    last_error        text,
    robots            text,
    robots_status     integer,
    robots_fetched_at timestamptz,
    robots_retry_at   timestamptz,
    robots_failures   integer NOT NULL DEFAULT 0,
    poll_price        double precision,
    CONSTRAINT host_name_unique UNIQUE (name)
);
CREATE INDEX host_due ON ingest.host (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX host_leased ON ingest.host (leased_until) WHERE leased_until IS NOT NULL;

CREATE TABLE ingest.feed (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id        bigint NOT NULL REFERENCES ingest.source,
    host_id          bigint NOT NULL REFERENCES ingest.host,
    url              text NOT NULL,
    title            text,
    language         text,
    section          text,
    origin           text NOT NULL DEFAULT 'person',
    evidence         text,
    stable_guids     boolean NOT NULL DEFAULT true,
    floor            interval,
    ceiling          interval,
    added_at         timestamptz NOT NULL,
    next_poll_at     timestamptz NOT NULL,
    next_poll_reason text NOT NULL DEFAULT 'first poll',
    poll_state       jsonb,
    checkpoint       jsonb,  -- how far a wire's service or folder was read
    asked_interval   interval,
    skip_hours       smallint[],
    skip_days        smallint[],
    paused_at        timestamptz,
    retired_at       timestamptz,
    etag             text,
    last_modified    text,
    validators_url   text,
    other_validators jsonb,
    body_digest      bytea,
    window_keys      bigint[],
    window_at        timestamptz,
    moved_url        text,
    moved_polls      integer NOT NULL DEFAULT 0,
    failures         integer NOT NULL DEFAULT 0,
    last_polled_at   timestamptz,
    last_ok_at       timestamptz,
    last_new_at      timestamptz,
    last_status      integer,
    last_outcome     text,
    last_error       text,
    hub              text,
    CONSTRAINT feed_url_unique UNIQUE (url),
    CONSTRAINT feed_origin_known CHECK (origin IN ('declared', 'person', 'import', 'sample'))
);
CREATE INDEX feed_due ON ingest.feed (host_id, next_poll_at) WHERE paused_at IS NULL AND retired_at IS NULL;
CREATE INDEX feed_source ON ingest.feed (source_id);

-- ── what is announced and fetched ────────────────────────────────────────────────────

-- An address to fetch and when. The bytes that came back are in raw_page.
CREATE TABLE ingest.page (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host_id        bigint NOT NULL REFERENCES ingest.host,
    source_id      bigint NOT NULL REFERENCES ingest.source,
    url            text NOT NULL,
    url_key        text NOT NULL,
    cause          text NOT NULL DEFAULT 'live',
    priority       smallint NOT NULL DEFAULT 0,
    due_at         timestamptz,
    in_flight      bigint,
    crashes        smallint NOT NULL DEFAULT 0,
    attempts       smallint NOT NULL DEFAULT 0,
    rechecks       smallint NOT NULL DEFAULT 0,
    state          text NOT NULL DEFAULT 'waiting',
    added_at       timestamptz NOT NULL,
    fetched_at     timestamptz,
    etag           text,
    last_modified  text,
    validators_url text,
    body_digest    bytea,
    last_status    integer,
    last_outcome   text,
    last_error     text,
    entry_id       bigint,
    article_id     bigint,
    backfill_id    bigint,
    CONSTRAINT page_url_key_unique UNIQUE (url_key),
    CONSTRAINT page_url_key_bounded CHECK (octet_length(url_key) <= 2600),
    CONSTRAINT page_cause_known CHECK (cause IN ('live', 'backfill', 'reprocess', 'person')),
    CONSTRAINT page_state_known CHECK (state IN
        ('waiting', 'stored', 'no-article', 'embargoed', 'failed', 'gone', 'withdrawn', 'removed'))
);
CREATE INDEX page_due ON ingest.page (host_id, priority, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX page_next_due ON ingest.page (host_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX page_in_flight ON ingest.page (host_id) WHERE in_flight IS NOT NULL;
CREATE INDEX page_article ON ingest.page (article_id) WHERE article_id IS NOT NULL;
CREATE INDEX page_trouble ON ingest.page (source_id, state) WHERE state NOT IN ('waiting', 'stored', 'embargoed');
CREATE INDEX page_backfill ON ingest.page (backfill_id, state) WHERE backfill_id IS NOT NULL;

CREATE TABLE ingest.entry (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed_id             bigint NOT NULL REFERENCES ingest.feed ON DELETE CASCADE,
    identity            text NOT NULL,
    guid                text,
    url                 text,
    url_key             text,
    title               text,
    summary             text,
    content             text,
    authors             text[] NOT NULL DEFAULT '{}',
    categories          text[] NOT NULL DEFAULT '{}',
    image               text,
    language            text,
    published_at        timestamptz,
    published_offset    integer,
    published_precision text,
    published_text      text,
    published_zone      text,
    updated_at          timestamptz,
    digest              bytea NOT NULL,
    first_seen_at       timestamptz NOT NULL,
    changed_at          timestamptz NOT NULL,
    CONSTRAINT entry_once UNIQUE (feed_id, identity)
);
ALTER TABLE ingest.entry ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX entry_url ON ingest.entry (feed_id, url_key) WHERE url_key IS NOT NULL;
CREATE INDEX entry_recent ON ingest.entry (feed_id, first_seen_at);

-- The bytes as received, zstd-compressed by us. An article on several pages is one fetch in parts,
-- the first of them 0. A month a partition; ingest.add_partitions makes the months ahead,
-- raw_page_default takes what no month holds.
CREATE TABLE ingest.raw_page (
    page_id      bigint NOT NULL,
    fetched_at   timestamptz NOT NULL,
    final_url    text NOT NULL,
    content_type text,
    size         integer NOT NULL,
    body         bytea NOT NULL,
    part         smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (page_id, fetched_at, part)
) PARTITION BY RANGE (fetched_at);
ALTER TABLE ingest.raw_page ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE ingest.raw_page_default PARTITION OF ingest.raw_page DEFAULT;
ALTER TABLE ingest.raw_page_default ALTER COLUMN body SET STORAGE EXTERNAL;

-- What each poll learnt, for people and for statistics.
CREATE TABLE ingest.poll (
    feed_id   bigint NOT NULL,
    at        timestamptz NOT NULL,
    outcome   text NOT NULL,
    status    integer,
    entries   integer NOT NULL DEFAULT 0,
    fresh     integer NOT NULL DEFAULT 0,
    changed   integer NOT NULL DEFAULT 0,
    bytes     integer NOT NULL DEFAULT 0,
    seconds   real NOT NULL DEFAULT 0,
    error     text
) PARTITION BY RANGE (at);
CREATE INDEX poll_feed ON ingest.poll (feed_id, at);
CREATE TABLE ingest.poll_default PARTITION OF ingest.poll DEFAULT;

-- A feed's window ran over between two polls: entries were lost, at least so many.
-- A feed's window ran over. What was lost is looked for in sitemaps, at one host after another:
-- `places` are those still to be read in the search that is under way.
CREATE TABLE ingest.gap (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed_id     bigint NOT NULL REFERENCES ingest.feed ON DELETE CASCADE,
    from_at     timestamptz NOT NULL,
    to_at       timestamptz NOT NULL,
    at_least    integer NOT NULL,
    noticed_at  timestamptz NOT NULL,
    host_id     bigint REFERENCES ingest.host,
    search_at   timestamptz,
    searches    smallint NOT NULL DEFAULT 0,
    tries       smallint NOT NULL DEFAULT 0,
    asked       smallint NOT NULL DEFAULT 0,
    places      text[],
    searched_at timestamptz,
    filled      integer,
    CONSTRAINT gap_forward CHECK (from_at <= to_at),
    CONSTRAINT gap_searched_somewhere CHECK (search_at IS NULL OR host_id IS NOT NULL)
);
CREATE INDEX gap_feed ON ingest.gap (feed_id, from_at);
CREATE INDEX gap_search ON ingest.gap (host_id, search_at) WHERE search_at IS NOT NULL;
CREATE INDEX gap_searched ON ingest.gap (host_id, searched_at);

-- A person asked for what an agency published between two days.
CREATE TABLE ingest.backfill (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id  bigint NOT NULL REFERENCES ingest.source,
    via        text NOT NULL,
    from_day   date,
    to_day     date,
    places     text[] NOT NULL DEFAULT '{}',
    undated    boolean NOT NULL DEFAULT false,
    state      text NOT NULL DEFAULT 'running',
    created_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT backfill_via_known CHECK (via IN
        ('sitemap', 'news-sitemap', 'archive', 'feed-history', 'wordpress', 'wire', 'warc', 'urls')),
    CONSTRAINT backfill_state_known CHECK (state IN ('running', 'paused', 'done', 'cancelled', 'failed'))
);

-- A document that names addresses: a sitemap, an archive page, a feed's page. One without a host
-- is a file on disk, read by whoever started the backfill; `position` is how much of it is through.
CREATE TABLE ingest.backfill_listing (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backfill_id bigint NOT NULL REFERENCES ingest.backfill ON DELETE CASCADE,
    host_id     bigint REFERENCES ingest.host,
    kind        text NOT NULL,
    url         text NOT NULL,
    pattern     text,
    page        integer NOT NULL DEFAULT 1,
    depth       smallint NOT NULL DEFAULT 0,
    first_day   date,
    last_day    date,
    due_at      timestamptz,
    in_flight   bigint,
    attempts    smallint NOT NULL DEFAULT 0,
    state       text NOT NULL DEFAULT 'waiting',
    position    bigint NOT NULL DEFAULT 0,
    digest      bytea,
    found       integer NOT NULL DEFAULT 0,
    outside     integer NOT NULL DEFAULT 0,
    undated     integer NOT NULL DEFAULT 0,
    foreigners  integer NOT NULL DEFAULT 0,
    read_at     timestamptz,
    last_error  text,
    CONSTRAINT backfill_listing_once UNIQUE (backfill_id, kind, url),
    CONSTRAINT backfill_listing_state_known CHECK (state IN ('waiting', 'reading', 'read', 'failed', 'skipped'))
);
CREATE INDEX backfill_listing_due ON ingest.backfill_listing (host_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX backfill_listing_in_flight ON ingest.backfill_listing (host_id) WHERE in_flight IS NOT NULL;

-- An address of the days that were asked for, once a backfill, and what its listing said of it.
CREATE TABLE ingest.backfill_item (
    backfill_id         bigint NOT NULL REFERENCES ingest.backfill ON DELETE CASCADE,
    url_key             text NOT NULL,
    known               boolean NOT NULL,
    title               text,
    published_at        timestamptz,
    published_offset    integer,
    published_precision text,
    published_text      text,
    published_zone      text,
    PRIMARY KEY (backfill_id, url_key)
);
CREATE INDEX backfill_item_key ON ingest.backfill_item (url_key);

-- Whether a page that a backfill wants is to wait: the backfill was paused or cancelled.
CREATE FUNCTION ingest.is_held(backfill_id bigint) RETURNS boolean
LANGUAGE sql STABLE STRICT AS $$
    SELECT EXISTS (SELECT FROM ingest.backfill WHERE backfill.id = is_held.backfill_id AND state <> 'running');
$$;

-- ── what was published ───────────────────────────────────────────────────────────────

-- A story has the number of the article that opened it.
CREATE TABLE ingest.story (
    id          bigint PRIMARY KEY,
    original_id bigint,
    reason      text,
    settled     boolean NOT NULL DEFAULT false, -- by a person: no merge moves it
    created_at  timestamptz NOT NULL
);

CREATE TABLE ingest.article (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id     bigint NOT NULL REFERENCES ingest.source,
    agency_key    text,
    url           text NOT NULL,
    canonical     text,
    state         text NOT NULL DEFAULT 'live',
    revision      integer NOT NULL DEFAULT 0,
    story_id      bigint,
    relation      text,
    of_id         bigint REFERENCES ingest.article,
    score         real,
    -- of an item of a wire: the newest version seen, so that a late older one changes nothing
    wire_version  bigint,
    wire_at       timestamptz,
    first_seen_at timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    -- at commit: within a batch an article may join a story that is opened in the same batch
    CONSTRAINT article_story_known FOREIGN KEY (story_id) REFERENCES ingest.story DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT article_agency_key_unique UNIQUE (source_id, agency_key),
    CONSTRAINT article_state_known CHECK (state IN ('live', 'withdrawn', 'removed', 'withheld', 'folded')),
    CONSTRAINT article_relation_known CHECK (relation IN ('original', 'copy', 'version', 'partial'))
);
CREATE INDEX article_story ON ingest.article (story_id) WHERE story_id IS NOT NULL;
CREATE INDEX article_recent ON ingest.article (first_seen_at);
CREATE INDEX article_source ON ingest.article (source_id, first_seen_at);
-- A page showed it to be the earlier article `of_id`; nobody sees it any more.
CREATE INDEX article_folded ON ingest.article (of_id) WHERE state = 'folded';

-- The index of the last days' texts (ingest/identity/stories.py): a sketch of each, and the
-- features it is found by. Six days a partition; whole partitions go when the window has passed.
CREATE TABLE ingest.sketch (
    article_id bigint NOT NULL,
    arrived    timestamptz NOT NULL,
    published  timestamptz,
    sketch     bytea NOT NULL
) PARTITION BY RANGE (arrived);
CREATE INDEX sketch_article ON ingest.sketch (article_id);
CREATE TABLE ingest.sketch_default PARTITION OF ingest.sketch DEFAULT;
CREATE SEQUENCE ingest.posting_linked;
CREATE TABLE ingest.posting (
    feature    integer NOT NULL,
    linked     bigint NOT NULL,
    article_id bigint NOT NULL,
    arrived    timestamptz NOT NULL
) PARTITION BY RANGE (arrived);
CREATE INDEX posting_feature ON ingest.posting (feature, linked DESC) INCLUDE (article_id, arrived);
CREATE TABLE ingest.posting_default PARTITION OF ingest.posting DEFAULT;

-- Every address an article was ever seen under. `twins` is a number that all twins of an
-- address have: AMP, mobile, print, index.html, www.
CREATE TABLE ingest.article_url (
    url_key    text PRIMARY KEY,
    twins      bigint NOT NULL,
    article_id bigint NOT NULL REFERENCES ingest.article,
    url        text NOT NULL,
    why        text NOT NULL,
    seen_at    timestamptz NOT NULL,
    CONSTRAINT article_url_bounded CHECK (octet_length(url_key) <= 2600),
    CONSTRAINT article_url_why_known CHECK (why IN ('announced', 'redirect', 'canonical', 'link'))
);
CREATE INDEX article_url_article ON ingest.article_url (article_id);
CREATE INDEX article_url_twins ON ingest.article_url (twins);

CREATE TABLE ingest.revision (
    article_id          bigint NOT NULL REFERENCES ingest.article,
    number              integer NOT NULL,
    cause               text NOT NULL,
    digest              bytea NOT NULL,
    title               text,
    standfirst          text,
    authors             text[] NOT NULL DEFAULT '{}',
    place               text,
    agency              text,
    body                text,
    body_html           text,
    notice              text,
    sections            text[] NOT NULL DEFAULT '{}',
    tags                text[] NOT NULL DEFAULT '{}',
    credits             text[] NOT NULL DEFAULT '{}',
    image               text,
    image_credit        text,
    image_caption       text,
    language            text,
    partial             boolean NOT NULL DEFAULT false,
    wire                jsonb,
    published_at        timestamptz,
    published_offset    integer,
    published_precision text,
    published_text      text,
    published_zone      text,
    modified_at         timestamptz,
    modified_offset     integer,
    modified_precision  text,
    modified_text       text,
    modified_zone       text,
    based_on            text,
    page_id             bigint,
    fetched_at          timestamptz NOT NULL,
    engine              integer NOT NULL,
    rule                text NOT NULL,
    stored_at           timestamptz NOT NULL,
    pictures            jsonb NOT NULL DEFAULT '[]',
    filed               date,
    PRIMARY KEY (article_id, number),
    CONSTRAINT revision_body_not_empty CHECK (body <> ''),
    CONSTRAINT revision_counts_from_one CHECK (number >= 1)
);
CREATE INDEX revision_digest ON ingest.revision (digest);
ALTER TABLE ingest.revision ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE ingest.revision ALTER COLUMN body_html SET STORAGE EXTERNAL;

-- What recurs on many pages of one source (ingest/extract/recurring.py): lines are known by a hash,
-- and by their text once they are learned. A shelf is a source's articles in one language, live or
-- archived; it counts them and holds some of the last in brief, so that only lines that come back
-- get a row.
CREATE TABLE ingest.boilerplate_shelf (
    source_id bigint NOT NULL REFERENCES ingest.source,
    shelf     text NOT NULL,
    articles  bigint NOT NULL,
    recent    bytea NOT NULL,
    PRIMARY KEY (source_id, shelf)
);
CREATE TABLE ingest.boilerplate (
    source_id  bigint NOT NULL,
    line       bigint NOT NULL,
    shelf      text NOT NULL,
    seen       bigint NOT NULL,
    last       bigint NOT NULL,
    witnesses  bytea NOT NULL,
    learned_at timestamptz,
    text       text,
    PRIMARY KEY (source_id, line, shelf),
    CONSTRAINT boilerplate_shelf_known FOREIGN KEY (source_id, shelf) REFERENCES ingest.boilerplate_shelf
);
CREATE INDEX boilerplate_last ON ingest.boilerplate (source_id, shelf, last);

-- How far `khabar reprocess` came with articles in order of their numbers; gone when it is through.
CREATE TABLE ingest.reprocess (
    scope      text PRIMARY KEY,
    engine     integer NOT NULL,
    since      timestamptz,
    article_id bigint NOT NULL,
    counts     jsonb NOT NULL,
    saved_at   timestamptz NOT NULL
);

-- Words to search by, folded (ingest.search_words): headline A, standfirst B, names and places C,
-- text D. Filled outside the change lock, from the articles that are due in search_due.
CREATE TABLE ingest.search (
    article_id bigint PRIMARY KEY REFERENCES ingest.article,
    words      tsvector NOT NULL
);
CREATE INDEX search_words ON ingest.search USING gin (words);
CREATE TABLE ingest.search_due (
    article_id bigint PRIMARY KEY REFERENCES ingest.article
);

CREATE TABLE ingest.consumer (
    name         text PRIMARY KEY,
    cursor       bigint NOT NULL DEFAULT 0,
    committed_at timestamptz NOT NULL,
    CONSTRAINT consumer_name_shape CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
    CONSTRAINT consumer_cursor_positive CHECK (cursor >= 0)
);

-- Numbers the whole fleet shares, such as the price of a poll.
CREATE TABLE ingest.fleet (
    name   text PRIMARY KEY,
    number double precision NOT NULL,
    set_at timestamptz NOT NULL
);

-- What needs a person: opened and ended by upkeep, told once by whoever runs the alert.
CREATE TABLE ingest.trouble (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text NOT NULL,
    subject  text NOT NULL,
    sentence text NOT NULL,
    cure     text NOT NULL,
    since    timestamptz NOT NULL,
    told_at  timestamptz,
    ended_at timestamptz
);
CREATE UNIQUE INDEX trouble_open ON ingest.trouble (kind, subject) WHERE ended_at IS NULL;

-- A row for each version this schema has had; the newest is the number of the last migration.
-- A khabar that speaks `oldest` or later may still work on it.
CREATE TABLE ingest.schema_version (
    version    integer PRIMARY KEY,
    oldest     integer NOT NULL DEFAULT 1,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Rows that change all the time: room beside them, and vacuum before they are a fifth dead.
ALTER TABLE ingest.host SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE ingest.feed SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE ingest.page SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- ── the consumers' contract ──────────────────────────────────────────────────────────

-- Ids are handed out under one advisory transaction lock (ingest.lock_changes), so that
-- `id > cursor` misses nothing: a change becomes visible before the next id is drawn.
CREATE TABLE khabar.change (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    kind     text NOT NULL,
    cause    text NOT NULL,
    changed  text[] NOT NULL DEFAULT '{}',
    article  bigint NOT NULL,
    revision integer,
    source   text NOT NULL,
    story    bigint,
    CONSTRAINT change_kind_known CHECK (kind IN ('new', 'revised', 'withdrawn', 'removed', 'story')),
    CONSTRAINT change_cause_known CHECK (cause IN ('live', 'backfill', 'reprocess', 'person'))
);
CREATE INDEX change_article ON khabar.change (article, id);

CREATE FUNCTION ingest.lock_changes() RETURNS void
LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(7526153200210001) $$;

CREATE VIEW khabar.source AS
SELECT slug AS source, name, agency, kind, homepage, timezone, languages, licence
  FROM ingest.source;

CREATE VIEW khabar.revision AS
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

CREATE VIEW khabar.article AS
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

CREATE VIEW khabar.story AS
SELECT story.id AS story,
       story.original_id AS original,
       story.reason,
       story.created_at AS created,
       count(article.id) AS articles,
       count(DISTINCT article.source_id) AS sources,
       array_agg(article.id ORDER BY article.id) AS members
  FROM ingest.story
  JOIN ingest.article ON article.story_id = story.id AND article.state IN ('live', 'withdrawn')
 GROUP BY story.id;

CREATE VIEW khabar.original AS
SELECT article.*
  FROM khabar.article
  LEFT JOIN ingest.story ON story.id = article.story
 WHERE article.story IS NULL OR story.original_id = article.article;

-- The changes after a cursor, oldest first, each with the article as that revision has it.
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

-- Keep a consumer's place. Raises when the place would go back or past the last change;
-- a consumer that means to go back says so.
CREATE FUNCTION khabar.commit_cursor(name text, id bigint, may_go_back boolean DEFAULT false)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest bigint := (SELECT coalesce(max(change.id), 0) FROM khabar.change);
    kept bigint;
BEGIN
    IF commit_cursor.id < 0 OR commit_cursor.id > newest THEN
        RAISE EXCEPTION 'cursor % is outside 0 to %', commit_cursor.id, newest
            USING ERRCODE = 'numeric_value_out_of_range';
    END IF;
    INSERT INTO ingest.consumer AS consumer (name, cursor, committed_at)
    VALUES (commit_cursor.name, commit_cursor.id, clock_timestamp())
    ON CONFLICT ON CONSTRAINT consumer_pkey DO UPDATE
       SET cursor = excluded.cursor, committed_at = excluded.committed_at
     WHERE may_go_back OR excluded.cursor >= consumer.cursor
    RETURNING consumer.cursor INTO kept;
    IF kept IS NULL THEN
        RAISE EXCEPTION 'consumer % is already past change %', commit_cursor.name, commit_cursor.id
            USING ERRCODE = 'numeric_value_out_of_range';
    END IF;
    RETURN kept;
END
$$;

-- The words of a text as they are searched by, in order: spelling habits, accents, vowel marks and
-- Arabic articles are taken away; where a script writes no spaces each letter is a word. The same as
-- ingest.text.search_words in Python (tested), which folds the articles.
CREATE FUNCTION ingest.search_words(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT coalesce(array_agg(
           regexp_replace(word[1], '^(?:[وفبك]?ال|لل)(?=[\u0621-\u064a]{3})', '') ORDER BY place), '{}')
  FROM regexp_matches(
           regexp_replace(
               translate(
                   replace(lower(normalize(regexp_replace(normalize(said, NFKD),
                       '[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200b\u200d-\u200f\u2060\ufe00-\ufe0f]',
                       '', 'g'), NFC) COLLATE pg_c_utf8), 'ß', 'ss'),
                   'ıłøđςٱىیېکڪةہھەۃ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯',
                   'ilodσايييككههههه0123456789012345678901234567890123456789'),
               '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])',
               ' \1 ', 'g'),
           '(?:[[:alnum:]\u0900-\u109f\u1780-\u17ff])+' COLLATE pg_c_utf8, 'g')
       WITH ORDINALITY AS found (word, place)
$$;

-- What a person asks for as a query: every word, in any order and as the beginning of longer ones;
-- "words in quotes" one after the other; -words that must not be there.
CREATE FUNCTION ingest.search_query(asked text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text[];
    found text[];
    phrase tsquery;
    whole tsquery;
BEGIN
    FOR part IN SELECT regexp_matches(left(asked, 1000), '(-?)(?:"([^"]*)"|([^\s"]+))', 'g') LOOP
        found := ingest.search_words(coalesce(part[2], part[3]));
        CONTINUE WHEN found = '{}';
        phrase := (SELECT string_agg(quote_literal(word)
                              || CASE WHEN part[2] IS NULL AND place = cardinality(found) AND length(word) > 2
                                      THEN ':*' ELSE '' END, ' <-> ' ORDER BY place)
                     FROM unnest(found) WITH ORDINALITY AS each (word, place))::tsquery;
        phrase := CASE WHEN part[1] = '-' THEN !! phrase ELSE phrase END;
        whole := CASE WHEN whole IS NULL THEN phrase ELSE whole && phrase END;
    END LOOP;
    RETURN whole;
END
$$;

-- The articles that hold what is asked for, the best first, ranked among the newest thousand.
CREATE FUNCTION khabar.search(
    asked text, most integer DEFAULT 20, from_source text DEFAULT NULL, since timestamptz DEFAULT NULL)
RETURNS TABLE (
    article bigint, rank real, source text, url text, title text, published timestamptz, language text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
WITH wanted AS MATERIALIZED (
    SELECT ingest.search_query(asked) AS query
), newest AS (
    SELECT search.article_id, search.words, wanted.query
      FROM wanted
      JOIN ingest.search ON search.words @@ wanted.query
      JOIN ingest.article ON article.id = search.article_id
      JOIN ingest.source ON source.id = article.source_id
     WHERE article.state IN ('live', 'withdrawn')
       AND (from_source IS NULL OR source.slug = from_source)
       AND (since IS NULL OR article.first_seen_at >= since)
     ORDER BY search.article_id DESC
     LIMIT 1000
)
SELECT article.article, ts_rank_cd(newest.words, newest.query, 1) AS rank, article.source, article.url,
       article.title, article.published, article.language
  FROM newest
  JOIN khabar.article ON article.article = newest.article_id
 ORDER BY rank DESC, article.article DESC
 LIMIT least(most, 1000)
$$;

-- Where a named consumer is; 0 for one that never committed.
CREATE FUNCTION khabar.cursor_of(name text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT coalesce((SELECT cursor FROM ingest.consumer WHERE consumer.name = cursor_of.name), 0)
$$;

-- ── partitions ───────────────────────────────────────────────────────────────────────

-- Make the partition of one table that holds [first, last), unless it is there. Rows that
-- already lie in the default partition stay there.
CREATE FUNCTION ingest.add_partition(parent text, part text, first timestamptz, last timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('ingest.' || part) IS NULL THEN
        EXECUTE format('CREATE TABLE ingest.%I PARTITION OF ingest.%I FOR VALUES FROM (%L) TO (%L)',
                       part, parent, first, last);
        IF parent = 'raw_page' THEN
            EXECUTE format('ALTER TABLE ingest.%I ALTER COLUMN body SET STORAGE EXTERNAL', part);
        END IF;
    END IF;
EXCEPTION WHEN check_violation THEN
    RAISE NOTICE 'rows of % stay in the default partition of %', part, parent;
END
$$;

-- Make the partitions that hold the instant `at` and the time after it: months of raw_page and
-- poll, six days of sketch and posting.
CREATE FUNCTION ingest.add_partitions(at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    month timestamp;
    six_days bigint;
BEGIN
    FOR month IN SELECT date_trunc('month', at AT TIME ZONE 'UTC') + make_interval(months => n)
                   FROM generate_series(0, 1) AS n LOOP
        PERFORM ingest.add_partition(
            parent, format('%s_%s', parent, to_char(month, 'YYYY_MM')),
            month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC')
           FROM unnest(ARRAY['raw_page', 'poll']) AS parent;
    END LOOP;
    FOR six_days IN SELECT floor(extract(epoch FROM at) / 518400)::bigint + n FROM generate_series(0, 1) AS n LOOP
        PERFORM ingest.add_partition(
            parent, format('%s_%s', parent, to_char(to_timestamp(six_days * 518400) AT TIME ZONE 'UTC', 'YYYY_MM_DD')),
            to_timestamp(six_days * 518400), to_timestamp((six_days + 1) * 518400))
           FROM unnest(ARRAY['sketch', 'posting']) AS parent;
    END LOOP;
END
$$;

-- For each feature the newest articles that hold it. Some features are held by thousands: read from the
-- end of the index, never all and sorted, which the planner would rather do, not knowing which they are.
CREATE FUNCTION ingest.newest_postings(features integer[], since timestamptz, most integer)
RETURNS TABLE (feature integer, linked bigint, article_id bigint)
LANGUAGE sql STABLE SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off AS $$
SELECT wanted.feature, found.linked, found.article_id
  FROM unnest(features) AS wanted (feature)
 CROSS JOIN LATERAL (
       SELECT posting.linked, posting.article_id
         FROM ingest.posting
        WHERE posting.feature = wanted.feature
          AND posting.arrived >= since
        ORDER BY posting.linked DESC
        LIMIT most) AS found
$$;

-- Drop the partitions of one table that can only hold rows older than `before`. The default
-- partition stays; what is older in it is deleted.
CREATE FUNCTION ingest.drop_partitions(parent text, before timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    part text;
    moment text := (SELECT attname
                      FROM pg_partitioned_table
                      JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
                     WHERE partrelid = to_regclass('ingest.' || parent));
    dropped integer := 0;
BEGIN
    FOR part IN SELECT child.relname
                  FROM pg_inherits
                  JOIN pg_class AS child ON child.oid = inhrelid
                 WHERE inhparent = to_regclass('ingest.' || parent)
                   AND substring(pg_get_expr(child.relpartbound, child.oid) FROM 'TO \(''(.*?)''\)')::timestamptz <= before
    LOOP
        EXECUTE format('DROP TABLE ingest.%I', part);
        dropped := dropped + 1;
    END LOOP;
    EXECUTE format('DELETE FROM ingest.%I WHERE %I < %L', parent || '_default', moment, before);
    RETURN dropped;
END
$$;

-- ── who may read ─────────────────────────────────────────────────────────────────────

DO $$
BEGIN
    -- Roles belong to the whole server: another database of ours may have made it, or an
    -- administrator where the owner of this one may not.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'khabar_reader') THEN
        CREATE ROLE khabar_reader LOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- made this moment
END
$$;
REVOKE ALL ON SCHEMA ingest FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ingest FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA khabar FROM PUBLIC;
GRANT USAGE ON SCHEMA khabar TO khabar_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA khabar TO khabar_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA khabar TO khabar_reader;

CREATE PUBLICATION khabar FOR TABLE khabar.change;

-- ── what consumers see, in words ─────────────────────────────────────────────────────

COMMENT ON SCHEMA khabar IS 'What khabar hands on: read changes with changes_after, articles in article';
COMMENT ON VIEW khabar.source IS 'agencies that are followed';
COMMENT ON COLUMN khabar.source.source IS 'slug of the agency';
COMMENT ON COLUMN khabar.source.name IS 'as people call it';
COMMENT ON COLUMN khabar.source.agency IS 'the credit it signs with';
COMMENT ON COLUMN khabar.source.kind IS 'feed, wire (a service that is asked), folder (files that are put there) or bridge';
COMMENT ON COLUMN khabar.source.homepage IS 'where a person would look';
COMMENT ON COLUMN khabar.source.timezone IS 'IANA zone of times without offset';
COMMENT ON COLUMN khabar.source.languages IS 'BCP 47, most first';
COMMENT ON COLUMN khabar.source.licence IS 'what its terms allow, in a sentence';
COMMENT ON VIEW khabar.revision IS 'every text each article ever had';
COMMENT ON COLUMN khabar.revision.article IS 'the article''s number; never used again';
COMMENT ON COLUMN khabar.revision.revision IS 'number of this text of the article, from 1 upwards';
COMMENT ON COLUMN khabar.revision.cause IS 'why we looked: live, backfill, reprocess (our own better reading) or person';
COMMENT ON COLUMN khabar.revision.title IS 'headline';
COMMENT ON COLUMN khabar.revision.standfirst IS 'the paragraph between headline and text';
COMMENT ON COLUMN khabar.revision.authors IS 'names as the agency writes them';
COMMENT ON COLUMN khabar.revision.published IS 'instant of publication; null where the agency does not say';
COMMENT ON COLUMN khabar.revision.published_precision IS 'second, minute or day: how much of it the agency named';
COMMENT ON COLUMN khabar.revision.published_local IS 'the same on the agency''s own clock; with precision day only the date counts';
COMMENT ON COLUMN khabar.revision.published_text IS 'the words it was read from';
COMMENT ON COLUMN khabar.revision.modified IS 'instant of the last correction the page itself names';
COMMENT ON COLUMN khabar.revision.modified_precision IS 'second, minute or day';
COMMENT ON COLUMN khabar.revision.modified_local IS 'the same on the agency''s own clock';
COMMENT ON COLUMN khabar.revision.modified_text IS 'the words it was read from';
COMMENT ON COLUMN khabar.revision.language IS 'BCP 47';
COMMENT ON COLUMN khabar.revision.section IS 'sections, outermost first';
COMMENT ON COLUMN khabar.revision.tags IS 'keywords of the agency';
COMMENT ON COLUMN khabar.revision.image IS 'address of the main picture';
COMMENT ON COLUMN khabar.revision.image_credit IS 'who made the picture';
COMMENT ON COLUMN khabar.revision.image_caption IS 'what it shows';
COMMENT ON COLUMN khabar.revision.place IS 'place of the dateline, as written';
COMMENT ON COLUMN khabar.revision.agency IS 'who signs the dateline';
COMMENT ON COLUMN khabar.revision.notice IS 'the agency''s standing legal text';
COMMENT ON COLUMN khabar.revision.credits IS 'closing marks and reporting credits';
COMMENT ON COLUMN khabar.revision.body IS 'the text, a paragraph a line';
COMMENT ON COLUMN khabar.revision.body_html IS 'the text as clean HTML';
COMMENT ON COLUMN khabar.revision.partial IS 'only a part is shown without payment';
COMMENT ON COLUMN khabar.revision.fetched IS 'when its page was fetched';
COMMENT ON COLUMN khabar.revision.stored IS 'when it was stored';
COMMENT ON COLUMN khabar.revision.wire IS 'what only a wire tells, null for a page: guid, version, urgency, ed_note (for editors, never for readers), copyright, usage_terms, slugline, genres, subjects, renditions, associations …';
COMMENT ON COLUMN khabar.revision.pictures IS 'pictures that are shown with words of their own, in order, galleries'' too: a list of {url, caption, credit}, each null where it is not told';
COMMENT ON COLUMN khabar.revision.filed IS 'the day that the dateline names';
COMMENT ON VIEW khabar.article IS 'each article once, as its newest revision has it';
COMMENT ON COLUMN khabar.article.article IS 'the article''s number; never used again';
COMMENT ON COLUMN khabar.article.source IS 'slug of the agency';
COMMENT ON COLUMN khabar.article.url IS 'the address it was announced under';
COMMENT ON COLUMN khabar.article.canonical IS 'the page''s own name for its address';
COMMENT ON COLUMN khabar.article.state IS 'live, or withdrawn: gone from the agency''s site, text kept';
COMMENT ON COLUMN khabar.article.revision IS 'number of this text of the article, from 1 upwards';
COMMENT ON COLUMN khabar.article.title IS 'headline';
COMMENT ON COLUMN khabar.article.standfirst IS 'the paragraph between headline and text';
COMMENT ON COLUMN khabar.article.authors IS 'names as the agency writes them';
COMMENT ON COLUMN khabar.article.published IS 'instant of publication; null where the agency does not say';
COMMENT ON COLUMN khabar.article.published_precision IS 'second, minute or day: how much of it the agency named';
COMMENT ON COLUMN khabar.article.published_local IS 'the same on the agency''s own clock; with precision day only the date counts';
COMMENT ON COLUMN khabar.article.published_text IS 'the words it was read from';
COMMENT ON COLUMN khabar.article.modified IS 'instant of the last correction the page itself names';
COMMENT ON COLUMN khabar.article.modified_precision IS 'second, minute or day';
COMMENT ON COLUMN khabar.article.modified_local IS 'the same on the agency''s own clock';
COMMENT ON COLUMN khabar.article.modified_text IS 'the words it was read from';
COMMENT ON COLUMN khabar.article.language IS 'BCP 47';
COMMENT ON COLUMN khabar.article.section IS 'sections, outermost first';
COMMENT ON COLUMN khabar.article.tags IS 'keywords of the agency';
COMMENT ON COLUMN khabar.article.image IS 'address of the main picture';
COMMENT ON COLUMN khabar.article.image_credit IS 'who made the picture';
COMMENT ON COLUMN khabar.article.image_caption IS 'what it shows';
COMMENT ON COLUMN khabar.article.place IS 'place of the dateline, as written';
COMMENT ON COLUMN khabar.article.agency IS 'who signs the dateline';
COMMENT ON COLUMN khabar.article.notice IS 'the agency''s standing legal text';
COMMENT ON COLUMN khabar.article.credits IS 'closing marks and reporting credits';
COMMENT ON COLUMN khabar.article.body IS 'the text, a paragraph a line';
COMMENT ON COLUMN khabar.article.body_html IS 'the text as clean HTML';
COMMENT ON COLUMN khabar.article.partial IS 'only a part is shown without payment';
COMMENT ON COLUMN khabar.article.story IS 'number of the story: all articles that carry the same text';
COMMENT ON COLUMN khabar.article.relation IS 'original, copy, version or partial, to the article `of`';
COMMENT ON COLUMN khabar.article.of IS 'the earlier article it was matched with';
COMMENT ON COLUMN khabar.article.score IS 'share of the smaller text that is in the larger, 0 to 1';
COMMENT ON COLUMN khabar.article.first_seen IS 'when we first stored it';
COMMENT ON COLUMN khabar.article.last_changed IS 'when its last change was published';
COMMENT ON COLUMN khabar.article.wire IS 'what only a wire tells, null for a page: guid, version, urgency, ed_note (for editors, never for readers), copyright, usage_terms, slugline, genres, subjects, renditions, associations …';
COMMENT ON COLUMN khabar.article.pictures IS 'pictures that are shown with words of their own, in order, galleries'' too: a list of {url, caption, credit}, each null where it is not told';
COMMENT ON COLUMN khabar.article.filed IS 'the day that the dateline names';
COMMENT ON VIEW khabar.original IS 'one article a story: its likely original';
COMMENT ON COLUMN khabar.original.article IS 'the article''s number; never used again';
COMMENT ON COLUMN khabar.original.source IS 'slug of the agency';
COMMENT ON COLUMN khabar.original.url IS 'the address it was announced under';
COMMENT ON COLUMN khabar.original.canonical IS 'the page''s own name for its address';
COMMENT ON COLUMN khabar.original.state IS 'live, or withdrawn: gone from the agency''s site, text kept';
COMMENT ON COLUMN khabar.original.revision IS 'number of this text of the article, from 1 upwards';
COMMENT ON COLUMN khabar.original.title IS 'headline';
COMMENT ON COLUMN khabar.original.standfirst IS 'the paragraph between headline and text';
COMMENT ON COLUMN khabar.original.authors IS 'names as the agency writes them';
COMMENT ON COLUMN khabar.original.published IS 'instant of publication; null where the agency does not say';
COMMENT ON COLUMN khabar.original.published_precision IS 'second, minute or day: how much of it the agency named';
COMMENT ON COLUMN khabar.original.published_local IS 'the same on the agency''s own clock; with precision day only the date counts';
COMMENT ON COLUMN khabar.original.published_text IS 'the words it was read from';
COMMENT ON COLUMN khabar.original.modified IS 'instant of the last correction the page itself names';
COMMENT ON COLUMN khabar.original.modified_precision IS 'second, minute or day';
COMMENT ON COLUMN khabar.original.modified_local IS 'the same on the agency''s own clock';
COMMENT ON COLUMN khabar.original.modified_text IS 'the words it was read from';
COMMENT ON COLUMN khabar.original.language IS 'BCP 47';
COMMENT ON COLUMN khabar.original.section IS 'sections, outermost first';
COMMENT ON COLUMN khabar.original.tags IS 'keywords of the agency';
COMMENT ON COLUMN khabar.original.image IS 'address of the main picture';
COMMENT ON COLUMN khabar.original.image_credit IS 'who made the picture';
COMMENT ON COLUMN khabar.original.image_caption IS 'what it shows';
COMMENT ON COLUMN khabar.original.place IS 'place of the dateline, as written';
COMMENT ON COLUMN khabar.original.agency IS 'who signs the dateline';
COMMENT ON COLUMN khabar.original.notice IS 'the agency''s standing legal text';
COMMENT ON COLUMN khabar.original.credits IS 'closing marks and reporting credits';
COMMENT ON COLUMN khabar.original.body IS 'the text, a paragraph a line';
COMMENT ON COLUMN khabar.original.body_html IS 'the text as clean HTML';
COMMENT ON COLUMN khabar.original.partial IS 'only a part is shown without payment';
COMMENT ON COLUMN khabar.original.story IS 'number of the story: all articles that carry the same text';
COMMENT ON COLUMN khabar.original.relation IS 'original, copy, version or partial, to the article `of`';
COMMENT ON COLUMN khabar.original.of IS 'the earlier article it was matched with';
COMMENT ON COLUMN khabar.original.score IS 'share of the smaller text that is in the larger, 0 to 1';
COMMENT ON COLUMN khabar.original.first_seen IS 'when we first stored it';
COMMENT ON COLUMN khabar.original.last_changed IS 'when its last change was published';
COMMENT ON COLUMN khabar.original.wire IS 'what only a wire tells, null for a page: guid, version, urgency, ed_note (for editors, never for readers), copyright, usage_terms, slugline, genres, subjects, renditions, associations …';
COMMENT ON COLUMN khabar.original.pictures IS 'pictures that are shown with words of their own, in order, galleries'' too: a list of {url, caption, credit}, each null where it is not told';
COMMENT ON COLUMN khabar.original.filed IS 'the day that the dateline names';
COMMENT ON VIEW khabar.story IS 'articles that carry the same text, across agencies';
COMMENT ON COLUMN khabar.story.story IS 'number of the story: all articles that carry the same text';
COMMENT ON COLUMN khabar.story.original IS 'the article that is likely the original';
COMMENT ON COLUMN khabar.story.reason IS 'why it is thought so';
COMMENT ON COLUMN khabar.story.created IS 'when its first article came';
COMMENT ON COLUMN khabar.story.articles IS 'how many';
COMMENT ON COLUMN khabar.story.sources IS 'of how many agencies';
COMMENT ON COLUMN khabar.story.members IS 'their numbers, oldest first';
COMMENT ON TABLE khabar.change IS 'what happened, in the order to read it in: id > cursor misses nothing';
COMMENT ON COLUMN khabar.change.id IS 'the cursor; grows, with holes';
COMMENT ON COLUMN khabar.change.at IS 'when it was published';
COMMENT ON COLUMN khabar.change.kind IS 'new, revised, withdrawn, removed or story';
COMMENT ON COLUMN khabar.change.cause IS 'why we looked: live, backfill, reprocess (our own better reading) or person';
COMMENT ON COLUMN khabar.change.changed IS 'which fields';
COMMENT ON COLUMN khabar.change.article IS 'the article''s number; never used again';
COMMENT ON COLUMN khabar.change.revision IS 'the revision it published';
COMMENT ON COLUMN khabar.change.source IS 'slug of the agency';
COMMENT ON COLUMN khabar.change.story IS 'the story it belonged to then';
COMMENT ON FUNCTION khabar.changes_after(bigint, integer) IS 'The changes after a cursor, oldest first, each with the article as that revision has it; at most 10,000';
COMMENT ON FUNCTION khabar.commit_cursor(text, bigint, boolean) IS 'Keep a named consumer''s place; call it in the transaction that did the work';
COMMENT ON FUNCTION khabar.search(text, integer, text, timestamptz) IS 'Articles that hold every word asked for, best first; "in quotes" one after the other, -word not at all; of one source, or stored since a time';
COMMENT ON FUNCTION khabar.cursor_of(text) IS 'Where a named consumer is; 0 for one that never committed';

INSERT INTO ingest.schema_version (version) VALUES (3);
