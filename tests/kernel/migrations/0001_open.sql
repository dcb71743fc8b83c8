-- A purse for each person; amounts are whole numbers.
CREATE TABLE purse (
    id {id},
    owner VARCHAR(40) NOT NULL UNIQUE,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    picture {bytes}
);

CREATE TABLE note (
    id {id},
    purse_id BIGINT NOT NULL REFERENCES purse (id),
    text TEXT NOT NULL DEFAULT 'what; is?',
    at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX note_purse ON note (purse_id, at);
