CREATE TABLE support_tag (
    case_id BIGINT NOT NULL REFERENCES support_case (id),
    tag VARCHAR(40) NOT NULL,
    PRIMARY KEY (case_id, tag)
);
CREATE INDEX support_tag_tag ON support_tag (tag, case_id);

-- A reply that is written often, with gaps for the case: texts by language. A macro: with a tag, or an end, too.
CREATE TABLE support_reply (
    id {id},
    code VARCHAR(40) NOT NULL UNIQUE,
    texts TEXT NOT NULL,
    tag VARCHAR(40),
    then_state VARCHAR(8) CHECK (then_state IN ('waiting', 'closed')),
    position INTEGER NOT NULL DEFAULT 0
);

-- Who has a case open on her screen, and is typing.
CREATE TABLE support_viewer (
    case_id BIGINT NOT NULL REFERENCES support_case (id),
    staff_id BIGINT NOT NULL REFERENCES staff (id),
    typing_until BIGINT NOT NULL DEFAULT 0,
    until BIGINT NOT NULL,
    PRIMARY KEY (case_id, staff_id)
);

-- Every case with us has a place in the queue, also one that waits for nobody here: last.
UPDATE support_case SET due_at = 4611686018427387904 WHERE due_at IS NULL;
CREATE INDEX support_case_ended ON support_case (ended_at, id) WHERE state IN ('decided', 'refused', 'closed');
CREATE INDEX person_name ON person (name);
