-- What the operator set for the desk: hours, deadlines, goodwill, rules, limits; the newest counts, the older ones explain the past.
CREATE TABLE support_terms (
    id {id},
    told TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- What is promised about a case: `used_ms` of open time went by before the last pause, `due_at` while it runs.
CREATE TABLE support_deadline (
    id {id},
    case_id BIGINT NOT NULL REFERENCES support_case (id),
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('first', 'next', 'resolution', 'paid')),
    minutes BIGINT NOT NULL CHECK (minutes > 0),
    used_ms BIGINT NOT NULL DEFAULT 0,
    running_since BIGINT,
    due_at BIGINT,
    warned_at BIGINT,
    breached_at BIGINT,
    met_at BIGINT,
    at BIGINT NOT NULL,
    CHECK ((running_since IS NULL) = (due_at IS NULL)),
    CHECK (met_at IS NULL OR due_at IS NULL)
);
CREATE UNIQUE INDEX support_deadline_open ON support_deadline (case_id, kind) WHERE met_at IS NULL;
CREATE INDEX support_deadline_case ON support_deadline (case_id, id);
CREATE INDEX support_deadline_due ON support_deadline (due_at) WHERE due_at IS NOT NULL AND breached_at IS NULL;

-- An apology for being late, once a case, and the points that came with it.
CREATE TABLE support_apology (
    case_id BIGINT PRIMARY KEY REFERENCES support_case (id),
    points BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- What may be given away on a day, and what was: goodwill in points; automatic refunds, and what each of the staff gave back, in worth.
CREATE TABLE support_spent (
    what VARCHAR(40) NOT NULL,
    day VARCHAR(10) NOT NULL,
    amount BIGINT NOT NULL DEFAULT 0 CHECK (amount >= 0),
    PRIMARY KEY (what, day)
);
ALTER TABLE support_decision ADD COLUMN worth_minor BIGINT NOT NULL DEFAULT 0;
CREATE INDEX support_decision_note ON support_decision (note_id) WHERE note_id IS NOT NULL;
