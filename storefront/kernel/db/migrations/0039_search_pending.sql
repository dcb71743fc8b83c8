-- Items of a catalog that were taken in and are not in the index yet.
CREATE TABLE search_pending (
    item_id BIGINT PRIMARY KEY REFERENCES item (id)
);
