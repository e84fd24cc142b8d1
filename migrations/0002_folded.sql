-- compatible
-- Two articles that a page shows to be one: the later is `folded` into the earlier, which `of_id` names.
-- A worker of version 1 may bring a folded one back with its page's next correction; a newer one folds it again.
ALTER TABLE ingest.article DROP CONSTRAINT article_state_known;
ALTER TABLE ingest.article ADD CONSTRAINT article_state_known
    CHECK (state IN ('live', 'withdrawn', 'removed', 'withheld', 'folded'));
CREATE INDEX article_folded ON ingest.article (of_id) WHERE state = 'folded';
