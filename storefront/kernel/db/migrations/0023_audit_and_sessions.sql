-- Who did what to what: append-only, numbers and names of things only, chained by hash right after.
CREATE TABLE audit_entry (
    id {id},
    actor VARCHAR(60) NOT NULL,
    action VARCHAR(40) NOT NULL,
    subject VARCHAR(60) NOT NULL,
    facts TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX audit_entry_subject ON audit_entry (subject, id);
CREATE INDEX audit_entry_actor ON audit_entry (actor, id);
CREATE TABLE audit_seal (
    seq BIGINT PRIMARY KEY,
    entry_id BIGINT NOT NULL UNIQUE REFERENCES audit_entry (id),
    prev_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL
);
-- Entries that have no number yet: sealing crosses them out.
CREATE TABLE audit_unsealed (
    entry_id BIGINT PRIMARY KEY
);

-- How somebody signs in. `totp_step`: the last half minute whose code she used: each counts once.
ALTER TABLE staff ADD COLUMN password_hash VARCHAR(200);
ALTER TABLE staff ADD COLUMN invitation_hash VARCHAR(64);
ALTER TABLE staff ADD COLUMN invited_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN totp_secret VARCHAR(64);
ALTER TABLE staff ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX staff_invitation ON staff (invitation_hash) WHERE invitation_hash IS NOT NULL;
CREATE TABLE staff_session (
    id {id},
    staff_id BIGINT NOT NULL REFERENCES staff (id),
    token_hash VARCHAR(64) NOT NULL UNIQUE,
    csrf VARCHAR(40) NOT NULL,
    made_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX staff_session_staff ON staff_session (staff_id) WHERE ended_at IS NULL;
CREATE TABLE staff_try (
    id {id},
    what VARCHAR(80) NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX staff_try_what ON staff_try (what, at);
