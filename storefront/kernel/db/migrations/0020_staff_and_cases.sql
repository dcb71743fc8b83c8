-- Who works here. `languages`: which of the shop's she speaks, with spaces between; empty: all. `capacity`: how many cases at a time.
CREATE TABLE staff (
    id {id},
    login VARCHAR(64) NOT NULL UNIQUE,
    name VARCHAR(64) NOT NULL,
    role VARCHAR(8) NOT NULL CHECK (role IN ('agent', 'lead', 'admin')),
    languages VARCHAR(60) NOT NULL DEFAULT '',
    may_refund INTEGER NOT NULL DEFAULT 1,
    capacity INTEGER NOT NULL DEFAULT 8 CHECK (capacity >= 0),
    telegram_user_id BIGINT UNIQUE,
    present_until BIGINT NOT NULL DEFAULT 0,
    assigned_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    left_at BIGINT
);

-- Cases made anew: with an agent or with nobody yet, about an order or about none, decided more than once.
CREATE TABLE support_case_before AS SELECT * FROM support_case;
CREATE TABLE support_case_line_before AS SELECT * FROM support_case_line;
CREATE TABLE support_case_event_before AS SELECT * FROM support_case_event;
DROP TABLE support_case_event;
DROP TABLE support_case_line;
DROP TABLE support_case;

-- Something is to be put right. `level`: who may settle it. `asked_at`: since when she waits for our answer; null: she does not.
-- `due_at`: its next deadline, by which the queue is ordered.
CREATE TABLE support_case (
    id {id},
    order_id BIGINT REFERENCES orders (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    state VARCHAR(10) NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'open', 'waiting', 'returning', 'decided', 'refused', 'closed')),
    reason VARCHAR(20),
    wanted VARCHAR(10) CHECK (wanted IN ('refund', 'replace', 'partial', 'answer')),
    level VARCHAR(6) NOT NULL DEFAULT 'agent' CHECK (level IN ('agent', 'lead')),
    staff_id BIGINT REFERENCES staff (id),
    claimed_at BIGINT,
    due_at BIGINT,
    snoozed_until BIGINT,
    appealed_at BIGINT,
    merged_into BIGINT REFERENCES support_case (id),
    stars INTEGER CHECK (stars BETWEEN 1 AND 5),
    at BIGINT NOT NULL,
    opened_at BIGINT,
    asked_at BIGINT,
    answered_at BIGINT,
    ended_at BIGINT,
    CHECK (state IN ('draft', 'closed') OR reason IS NOT NULL),
    CHECK ((staff_id IS NULL) = (claimed_at IS NULL))
);
INSERT INTO support_case (id, order_id, person_id, state, reason, wanted, at, opened_at, ended_at)
    SELECT c.id, c.order_id, c.person_id, c.state, c.reason, 'refund', c.at, e.at, e.at
    FROM support_case_before c
    LEFT JOIN (SELECT case_id, MAX(at) AS at FROM support_case_event_before GROUP BY case_id) e ON e.case_id = c.id
    ORDER BY c.id;
-- What she is just choosing, and what is being settled: one of each for an order, however often she begins.
CREATE UNIQUE INDEX support_case_draft ON support_case (order_id) WHERE state = 'draft';
CREATE UNIQUE INDEX support_case_open ON support_case (order_id) WHERE state IN ('open', 'waiting', 'returning');
CREATE INDEX support_case_order ON support_case (order_id, id);
CREATE INDEX support_case_person ON support_case (person_id, id);
CREATE INDEX support_case_queue ON support_case (due_at, id) WHERE state IN ('open', 'waiting', 'returning');
CREATE INDEX support_case_staff ON support_case (staff_id, due_at) WHERE state IN ('open', 'waiting', 'returning');

-- Which pieces it is about.
CREATE TABLE support_case_line (
    case_id BIGINT NOT NULL REFERENCES support_case (id),
    order_line_id BIGINT NOT NULL REFERENCES order_line (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (case_id, order_line_id)
);
INSERT INTO support_case_line (case_id, order_line_id, quantity)
    SELECT case_id, order_line_id, quantity FROM support_case_line_before;

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
INSERT INTO support_case_event (case_id, from_state, to_state, actor, cause, at)
    SELECT case_id, from_state, to_state, actor, cause, at FROM support_case_event_before ORDER BY id;
CREATE INDEX support_case_event_case ON support_case_event (case_id, id);

-- What was said about it: by her, by us, and among us (notes). `card_id`: how ours reached her; the message numbers: where hers was said.
CREATE TABLE support_message (
    id {id},
    case_id BIGINT NOT NULL REFERENCES support_case (id),
    author VARCHAR(8) NOT NULL CHECK (author IN ('customer', 'staff', 'note', 'shop')),
    staff_id BIGINT REFERENCES staff (id),
    text TEXT NOT NULL,
    key VARCHAR(120) UNIQUE,
    bot_id BIGINT,
    chat_id BIGINT,
    message_id BIGINT,
    card_id BIGINT REFERENCES card (id),
    edited_at BIGINT,
    at BIGINT NOT NULL,
    CHECK ((author IN ('staff', 'note')) = (staff_id IS NOT NULL))
);
CREATE INDEX support_message_case ON support_message (case_id, id);
CREATE INDEX support_message_said ON support_message (bot_id, chat_id, message_id) WHERE message_id IS NOT NULL;

-- A photo with a message; of a customer's, `file_id` is its number at her channel until it is fetched.
CREATE TABLE support_photo (
    id {id},
    message_id BIGINT NOT NULL REFERENCES support_message (id),
    file_id VARCHAR(300),
    file_hash VARCHAR(64) REFERENCES file (hash),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before BIGINT NOT NULL DEFAULT 0,
    error VARCHAR(300)
);
CREATE INDEX support_photo_message ON support_photo (message_id);
CREATE INDEX support_photo_hash ON support_photo (file_hash) WHERE file_hash IS NOT NULL;
CREATE INDEX support_photo_wanted ON support_photo (not_before, id) WHERE file_hash IS NULL AND error IS NULL;

-- What was made of it: pieces given back, a sum for the trouble, other pieces sent, or no. `points` and `money_minor`: what whoever
-- decided was shown. `approver`: the second person, where one was needed.
CREATE TABLE support_decision (
    id {id},
    case_id BIGINT NOT NULL REFERENCES support_case (id),
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('refund', 'sum', 'replace', 'refuse')),
    state VARCHAR(10) NOT NULL CHECK (state IN ('proposed', 'returning', 'done', 'declined')),
    points BIGINT NOT NULL DEFAULT 0 CHECK (points >= 0),
    money_minor BIGINT NOT NULL DEFAULT 0 CHECK (money_minor >= 0),
    restock INTEGER NOT NULL DEFAULT 0,
    actor VARCHAR(60) NOT NULL,
    approver VARCHAR(60),
    cause VARCHAR(300) NOT NULL,
    key VARCHAR(120) NOT NULL UNIQUE,
    note_id BIGINT UNIQUE REFERENCES credit_note (id),
    sent_order_id BIGINT UNIQUE REFERENCES orders (id),
    at BIGINT NOT NULL,
    done_at BIGINT,
    CHECK (approver IS NULL OR approver <> actor),
    CHECK (state <> 'done' OR done_at IS NOT NULL)
);
CREATE INDEX support_decision_case ON support_decision (case_id, id);
CREATE INDEX support_decision_open ON support_decision (at) WHERE state IN ('proposed', 'returning');
CREATE TABLE support_decision_line (
    decision_id BIGINT NOT NULL REFERENCES support_decision (id),
    order_line_id BIGINT NOT NULL REFERENCES order_line (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (decision_id, order_line_id)
);
INSERT INTO support_decision (case_id, kind, state, points, money_minor, actor, cause, key, note_id, at, done_at)
    SELECT c.id, 'refund', 'done', n.points, n.money_minor, n.actor, n.cause, n.key, n.id, n.at, n.at
    FROM support_case_before c JOIN credit_note n ON n.id = c.note_id ORDER BY c.id;
INSERT INTO support_decision_line (decision_id, order_line_id, quantity)
    SELECT d.id, l.order_line_id, l.quantity
    FROM support_decision d JOIN support_case_line l ON l.case_id = d.case_id;

DROP TABLE support_case_event_before;
DROP TABLE support_case_line_before;
DROP TABLE support_case_before;
