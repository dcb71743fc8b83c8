-- Messages that show a group, to be changed when it does, and the group as each of them shows it.
CREATE TABLE group_card (
    card_id BIGINT PRIMARY KEY REFERENCES card (id),
    group_id BIGINT NOT NULL REFERENCES group_buy (id),
    state VARCHAR(10) NOT NULL,
    taken INTEGER NOT NULL,
    paid INTEGER NOT NULL
);
CREATE INDEX group_card_group ON group_card (group_id);
ALTER TABLE group_buy ADD COLUMN shown_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_last ON outbox (card_id, id);
