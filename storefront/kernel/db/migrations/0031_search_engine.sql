-- What search knows of an item, in tokens; `length` is how many its name has in one language.
DROP TABLE search_text;
CREATE TABLE search_entry (
    item_id BIGINT PRIMARY KEY REFERENCES item (id),
    length INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    details TEXT NOT NULL
);

-- In how many entries a token is, and in how many names; and the words of names as they are written.
CREATE TABLE search_term (
    term VARCHAR(80) PRIMARY KEY,
    entries INTEGER NOT NULL,
    named INTEGER NOT NULL
);
CREATE TABLE search_word (
    word VARCHAR(80) PRIMARY KEY,
    term VARCHAR(80) NOT NULL
);

-- One row: `generation` grows with every change of the index, `analyzer` is the version that made it.
CREATE TABLE search_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation BIGINT NOT NULL,
    analyzer INTEGER NOT NULL,
    entries BIGINT NOT NULL,
    length_total BIGINT NOT NULL
);
INSERT INTO search_state (id, generation, analyzer, entries, length_total) VALUES (1, 0, 0, 0, 0);

-- Who says `term` means `other` too, with how much weight; the office's own, or learned.
CREATE TABLE search_synonym (
    id {id},
    term VARCHAR(80) NOT NULL,
    other VARCHAR(80) NOT NULL,
    weight DOUBLE PRECISION NOT NULL CHECK (weight BETWEEN 0 AND 1),
    learned BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (term, other)
);
CREATE INDEX item_withdrawn ON item (id) WHERE withdrawn_at IS NOT NULL;
