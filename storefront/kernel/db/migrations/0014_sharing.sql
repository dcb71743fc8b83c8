-- A link that a customer passes on. leads_to: what would follow ?start= without her, empty for the shop itself. twin: the accounts
-- of one person were joined, and both had a link there: both go on working.
CREATE TABLE share_link (
    id {id},
    code VARCHAR(20) NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES person (id),
    leads_to VARCHAR(40) NOT NULL,
    twin BIGINT NOT NULL DEFAULT 0,
    at BIGINT NOT NULL,
    UNIQUE (person_id, leads_to, twin)
);

-- Invitations were such links all the time; nobody noted when they were made, but not before their owner was here.
INSERT INTO share_link (code, person_id, leads_to, at)
    SELECT i.code, i.person_id, '', p.created_at FROM invite_code i JOIN person p ON p.id = i.person_id ORDER BY i.person_id;
DROP TABLE invite_code;

-- Who opened the page of a link outside the chat: a browser, once.
CREATE TABLE share_click (
    link_id BIGINT NOT NULL REFERENCES share_link (id),
    visitor VARCHAR(40) NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (link_id, visitor)
);
CREATE INDEX share_click_at ON share_click (link_id, at);

-- Who came into the chat by a link: a person, once; last_at is the touch that counts for what she buys.
CREATE TABLE share_start (
    link_id BIGINT NOT NULL REFERENCES share_link (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (link_id, person_id)
);
CREATE INDEX share_start_person ON share_start (person_id, last_at);

-- Which link a paid order came by: one, and never another one later. joined: it took a seat in somebody's group.
CREATE TABLE share_order (
    order_id BIGINT PRIMARY KEY,
    link_id BIGINT NOT NULL REFERENCES share_link (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    joined INTEGER NOT NULL CHECK (joined IN (0, 1)),
    at BIGINT NOT NULL,
    confirmed_at BIGINT
);
CREATE INDEX share_order_link ON share_order (link_id);
CREATE INDEX share_order_person ON share_order (person_id);
