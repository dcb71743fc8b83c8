-- In how many confirmed orders an item was, week by week since 1970, whoever ordered.
CREATE TABLE search_ordered (
    item_id BIGINT NOT NULL REFERENCES item (id),
    week INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    PRIMARY KEY (item_id, week)
);
CREATE INDEX search_ordered_week ON search_ordered (week);
-- What a search must be besides its words (JSON), as chosen with buttons.
ALTER TABLE searched ADD COLUMN filters TEXT NOT NULL DEFAULT '{}';
-- Whether it found nothing with all of its words.
ALTER TABLE searched ADD COLUMN vain BOOLEAN NOT NULL DEFAULT FALSE;
-- Who searched in vain with `term` and then opened the item by `other`; for 30 days.
CREATE TABLE search_reworded (
    person_id BIGINT NOT NULL REFERENCES person (id),
    term VARCHAR(80) NOT NULL,
    other VARCHAR(80) NOT NULL,
    item_id BIGINT NOT NULL REFERENCES item (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (person_id, term, other, item_id)
);
CREATE INDEX search_reworded_at ON search_reworded (at);
