-- A partner is a system outside, such as a bank's, that sends points and hears what became of them.
CREATE TABLE partner (
    id {id},
    name VARCHAR(60) NOT NULL UNIQUE,
    next_seq BIGINT NOT NULL DEFAULT 1,
    made_at BIGINT NOT NULL
);

-- prefix finds the key, key_hash (SHA-256) proves it; scopes are separated by spaces.
CREATE TABLE partner_key (
    id {id},
    partner_id BIGINT NOT NULL REFERENCES partner (id),
    prefix VARCHAR(16) NOT NULL UNIQUE,
    key_hash VARCHAR(64) NOT NULL,
    scopes VARCHAR(200) NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX partner_key_partner ON partner_key (partner_id);

-- Which person a partner's customer is; a link that ended stays, as a trace.
CREATE TABLE customer_link (
    id {id},
    partner_id BIGINT NOT NULL REFERENCES partner (id),
    customer VARCHAR(64) NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    linked_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX customer_link_customer ON customer_link (partner_id, customer) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX customer_link_person ON customer_link (person_id, partner_id) WHERE ended_at IS NULL;

-- shown_to: who typed it and is being asked whether an older link shall end.
CREATE TABLE customer_link_code (
    id {id},
    partner_id BIGINT NOT NULL REFERENCES partner (id),
    customer VARCHAR(64) NOT NULL,
    code_hash VARCHAR(64) NOT NULL UNIQUE,
    shown_to BIGINT REFERENCES person (id),
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX customer_link_code_open ON customer_link_code (partner_id, customer) WHERE used_at IS NULL;

CREATE TABLE partner_grant (
    id {id},
    partner_id BIGINT NOT NULL REFERENCES partner (id),
    key VARCHAR(80) NOT NULL,
    customer VARCHAR(64) NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    points BIGINT NOT NULL CHECK (points > 0),
    cause VARCHAR(60) NOT NULL,
    expires_at BIGINT,
    at BIGINT NOT NULL,
    UNIQUE (partner_id, key)
);

-- The secret is kept as it is: signing needs it. The one before still signs until previous_until.
CREATE TABLE webhook_endpoint (
    partner_id BIGINT PRIMARY KEY REFERENCES partner (id),
    url VARCHAR(500) NOT NULL,
    secret VARCHAR(80) NOT NULL,
    previous_secret VARCHAR(80),
    previous_until BIGINT,
    made_at BIGINT NOT NULL
);

-- What a partner is told. seq is given after the commit, so that whoever asks `after` a number misses none;
-- kept: there was no endpoint to send it to.
CREATE TABLE partner_event (
    id {id},
    partner_id BIGINT NOT NULL REFERENCES partner (id),
    seq BIGINT,
    customer VARCHAR(64) NOT NULL,
    kind VARCHAR(30) NOT NULL,
    facts TEXT NOT NULL,
    key VARCHAR(160) NOT NULL,
    state VARCHAR(8) NOT NULL CHECK (state IN ('kept', 'intended', 'sent', 'done', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before BIGINT NOT NULL DEFAULT 0,
    error VARCHAR(300),
    at BIGINT NOT NULL,
    done_at BIGINT,
    UNIQUE (partner_id, key),
    UNIQUE (partner_id, seq)
);
CREATE INDEX partner_event_unnumbered ON partner_event (partner_id, id) WHERE seq IS NULL;
CREATE INDEX partner_event_open ON partner_event (partner_id, customer, seq) WHERE state IN ('intended', 'sent');
CREATE INDEX partner_event_failed ON partner_event (id) WHERE state = 'failed';
