-- What a customer wants to be told of when it comes. seen_item_id: the newest item when it was last looked for.
CREATE TABLE search_wish (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    text VARCHAR(400) NOT NULL,
    words VARCHAR(400) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    seen_item_id BIGINT NOT NULL DEFAULT 0,
    at BIGINT NOT NULL,
    told_at BIGINT
);
CREATE UNIQUE INDEX search_wish_open ON search_wish (person_id, text) WHERE told_at IS NULL;
CREATE INDEX search_wish_due ON search_wish (seen_item_id, id) WHERE told_at IS NULL;
-- What was searched and is not there, whoever searched: folded words, how often, and when last.
CREATE TABLE search_missed (
    text VARCHAR(400) PRIMARY KEY,
    count BIGINT NOT NULL DEFAULT 1,
    last_at BIGINT NOT NULL
);
CREATE INDEX search_missed_last ON search_missed (last_at);
-- Photos in which a code is still to be looked for; the card is what she was told meanwhile.
CREATE TABLE search_photo (
    id {id},
    bot_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    card_id BIGINT NOT NULL,
    file_id VARCHAR(300) NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX search_photo_due ON search_photo (bot_id, not_before);
