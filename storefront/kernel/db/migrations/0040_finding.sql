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
