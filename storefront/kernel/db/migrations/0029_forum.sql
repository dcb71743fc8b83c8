-- The agents' group where a case has a topic of its own. thread_id null: the topic is still to be made, or was deleted.
-- mode: what the card asks for just now (confirm, refuse, decline). seen_id: the last thing said that stands there.
CREATE TABLE support_topic (
    case_id BIGINT PRIMARY KEY REFERENCES support_case (id),
    thread_id BIGINT UNIQUE,
    card_number BIGINT,
    card_text TEXT,
    closed INTEGER NOT NULL DEFAULT 0,
    mode VARCHAR(8) CHECK (mode IN ('confirm', 'refuse', 'decline')),
    seen_id BIGINT NOT NULL DEFAULT 0,
    changed_at BIGINT NOT NULL DEFAULT 0,
    at BIGINT NOT NULL
);
-- What was said, and in which message of the group it stands; several may stand in one. own: an agent wrote it there.
CREATE TABLE support_post (
    message_id BIGINT PRIMARY KEY REFERENCES support_message (id),
    group_number BIGINT NOT NULL,
    own INTEGER NOT NULL DEFAULT 0,
    edited_at BIGINT
);
CREATE INDEX support_post_group ON support_post (group_number);
