-- Something of an order is to be put right. note_id: what was given back for it.
CREATE TABLE support_case (
    id {id},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    state VARCHAR(20) NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'decided')),
    reason VARCHAR(20),
    note_id BIGINT REFERENCES credit_note (id),
    at BIGINT NOT NULL,
    CHECK (state = 'draft' OR (reason IS NOT NULL AND note_id IS NOT NULL))
);
-- What she is just choosing: one for an order, however often she begins.
CREATE UNIQUE INDEX support_case_draft ON support_case (order_id) WHERE state = 'draft';
CREATE INDEX support_case_order ON support_case (order_id, id);
CREATE INDEX support_case_person ON support_case (person_id);

-- Which pieces it is about.
CREATE TABLE support_case_line (
    case_id BIGINT NOT NULL REFERENCES support_case (id),
    order_line_id BIGINT NOT NULL REFERENCES order_line (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (case_id, order_line_id)
);

-- Every step of it, with who and why.
CREATE TABLE support_case_event (
    id {id},
    case_id BIGINT NOT NULL REFERENCES support_case (id),
    from_state VARCHAR(20),
    to_state VARCHAR(20) NOT NULL,
    actor VARCHAR(60) NOT NULL,
    cause VARCHAR(300) NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX support_case_event_case ON support_case_event (case_id, id);
