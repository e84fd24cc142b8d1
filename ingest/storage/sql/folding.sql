-- fold_article --
-- An article is another one from now on; its number of the agency's is free for that.
UPDATE ingest.article
   SET state = 'folded', of_id = %(into)s, relation = NULL, score = NULL, agency_key = NULL, changed_at = %(at)s
 WHERE id = %(id)s;

-- fold_along --
-- What was folded into it before leads to the other at once.
UPDATE ingest.article
   SET of_id = %(into)s
 WHERE of_id = %(id)s
   AND state = 'folded';

-- move_addresses --
UPDATE ingest.article_url SET article_id = %(into)s WHERE article_id = %(id)s;

-- follow_fold --
-- Articles are matched with others of their story alone.
UPDATE ingest.article
   SET of_id = %(into)s
 WHERE story_id = %(story_id)s
   AND of_id = %(id)s
   AND id <> %(into)s
   AND state <> 'folded';
