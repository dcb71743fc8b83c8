-- What was typed and not understood, redacted, of nobody in particular; the same words once. intent: what the office says it is.
CREATE TABLE unclear (
    id {id},
    text VARCHAR(400) NOT NULL UNIQUE,
    language VARCHAR(8) NOT NULL,
    guess VARCHAR(40) NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    intent VARCHAR(40),
    at BIGINT NOT NULL
);
CREATE INDEX unclear_unlabelled ON unclear (times) WHERE intent IS NULL;
