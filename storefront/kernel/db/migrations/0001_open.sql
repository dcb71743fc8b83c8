-- Times are UTC epoch milliseconds, money is integer minor units beside an ISO 4217 code, points are integers, JSON is text.

CREATE TABLE secret (
    name VARCHAR(40) PRIMARY KEY,
    value VARCHAR(200) NOT NULL
);

CREATE TABLE lease (
    name VARCHAR(60) PRIMARY KEY,
    holder VARCHAR(60) NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE job (
    name VARCHAR(60) PRIMARY KEY,
    next_at BIGINT NOT NULL,
    last_at BIGINT,
    last_error TEXT
);

-- A wish that came with a key and was done: the second time it finds its row.
CREATE TABLE command (
    id {id},
    scope VARCHAR(40) NOT NULL,
    key VARCHAR(120) NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (scope, key)
);

-- ledger ---------------------------------------------------------------------------------------

CREATE TABLE ledger_account (
    id {id},
    kind VARCHAR(30) NOT NULL,
    owner BIGINT NOT NULL DEFAULT 0,
    unit VARCHAR(8) NOT NULL,
    may_go_negative INTEGER NOT NULL,
    UNIQUE (kind, owner, unit)
);

-- Only accounts that may not go negative have a balance row; the shop's own would be hot rows.
CREATE TABLE ledger_balance (
    account_id BIGINT PRIMARY KEY REFERENCES ledger_account (id),
    amount BIGINT NOT NULL CHECK (amount >= 0)
);

CREATE TABLE ledger_entry (
    id {id},
    kind VARCHAR(30) NOT NULL,
    key VARCHAR(120) NOT NULL UNIQUE,
    cause VARCHAR(200) NOT NULL,
    actor VARCHAR(60) NOT NULL,
    order_id BIGINT,
    refund_id BIGINT,
    reverses BIGINT REFERENCES ledger_entry (id),
    at BIGINT NOT NULL
);
CREATE INDEX ledger_entry_order ON ledger_entry (order_id);
CREATE UNIQUE INDEX ledger_entry_reverses ON ledger_entry (reverses) WHERE reverses IS NOT NULL;

CREATE TABLE ledger_posting (
    id {id},
    entry_id BIGINT NOT NULL REFERENCES ledger_entry (id),
    account_id BIGINT NOT NULL REFERENCES ledger_account (id),
    amount BIGINT NOT NULL CHECK (amount <> 0)
);
CREATE INDEX ledger_posting_entry ON ledger_posting (entry_id);
CREATE INDEX ledger_posting_account ON ledger_posting (account_id, id);

CREATE TABLE ledger_seal (
    seq BIGINT PRIMARY KEY,
    entry_id BIGINT NOT NULL UNIQUE REFERENCES ledger_entry (id),
    prev_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL
);

-- Entries that have no number yet: a trigger writes them down, sealing crosses them out.
CREATE TABLE ledger_unsealed (
    entry_id BIGINT PRIMARY KEY
);

-- files ----------------------------------------------------------------------------------------

CREATE TABLE file (
    hash VARCHAR(64) PRIMARY KEY,
    mime VARCHAR(60) NOT NULL,
    size BIGINT NOT NULL,
    content {bytes} NOT NULL,
    at BIGINT NOT NULL
);

-- people ---------------------------------------------------------------------------------------

CREATE TABLE person (
    id {id},
    name VARCHAR(200) NOT NULL,
    language VARCHAR(16) NOT NULL,
    language_chosen INTEGER NOT NULL DEFAULT 0,
    phone VARCHAR(32),
    created_at BIGINT NOT NULL,
    joined_into BIGINT REFERENCES person (id)
);

-- One account of a person at one bot (Telegram, or the browser chat).
CREATE TABLE channel (
    id {id},
    bot_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    username VARCHAR(64),
    blocked_at BIGINT,
    seen_at BIGINT NOT NULL,
    UNIQUE (bot_id, user_id)
);
CREATE INDEX channel_person ON channel (person_id);

CREATE TABLE link_code (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    code_hash VARCHAR(64) NOT NULL UNIQUE,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE link_try (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    at BIGINT NOT NULL
);
CREATE INDEX link_try_person ON link_try (person_id, at);

CREATE TABLE address (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    recipient VARCHAR(200) NOT NULL,
    phone VARCHAR(32) NOT NULL,
    region VARCHAR(60) NOT NULL,
    line VARCHAR(500) NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX address_person ON address (person_id);

-- messaging ------------------------------------------------------------------------------------

CREATE TABLE inbox (
    id {id},
    bot_id BIGINT NOT NULL,
    update_id BIGINT NOT NULL,
    chat_id BIGINT,
    user_id BIGINT,
    payload TEXT NOT NULL,
    state VARCHAR(8) NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before BIGINT NOT NULL DEFAULT 0,
    reference VARCHAR(16),
    received_at BIGINT NOT NULL,
    done_at BIGINT,
    UNIQUE (bot_id, update_id)
);
CREATE INDEX inbox_pending_chat ON inbox (bot_id, chat_id, id) WHERE state = 'pending';
CREATE INDEX inbox_pending_user ON inbox (bot_id, user_id, id) WHERE state = 'pending';
CREATE INDEX inbox_pending ON inbox (id) WHERE state = 'pending';

-- A message of ours: edits name the card, whatever number the channel gave it.
CREATE TABLE card (
    id {id},
    bot_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    message_id BIGINT,
    pictured INTEGER NOT NULL DEFAULT 0,
    made_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX card_message ON card (bot_id, chat_id, message_id) WHERE message_id IS NOT NULL;

CREATE TABLE outbox (
    id {id},
    bot_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    card_id BIGINT NOT NULL REFERENCES card (id),
    person_id BIGINT,
    kind VARCHAR(40) NOT NULL,
    payload TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    key VARCHAR(120) UNIQUE,
    priority INTEGER NOT NULL DEFAULT 0,
    state VARCHAR(8) NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before BIGINT NOT NULL DEFAULT 0,
    error VARCHAR(300),
    created_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX outbox_pending ON outbox (bot_id, chat_id, id) WHERE state = 'pending';
CREATE INDEX outbox_card ON outbox (card_id) WHERE state = 'pending';

CREATE TABLE sent_file (
    id {id},
    bot_id BIGINT NOT NULL,
    name VARCHAR(120) NOT NULL,
    file_id VARCHAR(300) NOT NULL,
    UNIQUE (bot_id, name)
);

CREATE TABLE dialogue (
    id {id},
    bot_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    name VARCHAR(40) NOT NULL,
    step VARCHAR(40) NOT NULL,
    data TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    updated_at BIGINT NOT NULL,
    UNIQUE (bot_id, chat_id)
);

-- catalog --------------------------------------------------------------------------------------

CREATE TABLE place (
    id {id},
    code VARCHAR(40) NOT NULL UNIQUE,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('warehouse', 'branch')),
    names TEXT NOT NULL,
    address TEXT NOT NULL,
    hours TEXT NOT NULL,
    region VARCHAR(60) NOT NULL,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    closed_at BIGINT
);

CREATE TABLE category (
    id {id},
    path VARCHAR(200) NOT NULL UNIQUE,
    parent_id BIGINT REFERENCES category (id),
    names TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX category_parent ON category (parent_id);

CREATE TABLE brand (
    id {id},
    name VARCHAR(200) NOT NULL UNIQUE,
    names TEXT NOT NULL
);

CREATE TABLE item (
    id {id},
    code VARCHAR(100) NOT NULL UNIQUE,
    kind VARCHAR(8) NOT NULL DEFAULT 'goods' CHECK (kind IN ('goods', 'digital')),
    category_id BIGINT REFERENCES category (id),
    brand_id BIGINT REFERENCES brand (id),
    names TEXT NOT NULL,
    descriptions TEXT NOT NULL,
    attributes TEXT NOT NULL,
    origins TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX item_category ON item (category_id);
CREATE INDEX item_brand ON item (brand_id);

CREATE TABLE variant (
    id {id},
    item_id BIGINT NOT NULL REFERENCES item (id),
    sku VARCHAR(100) NOT NULL UNIQUE,
    options TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    price_minor BIGINT CHECK (price_minor >= 0), -- null: not for sale yet
    group_price_minor BIGINT CHECK (group_price_minor >= 0),
    points_price BIGINT CHECK (points_price > 0),
    points_cap BIGINT NOT NULL DEFAULT 0 CHECK (points_cap >= 0),
    weight_g BIGINT NOT NULL DEFAULT 0 CHECK (weight_g >= 0),
    position INTEGER NOT NULL DEFAULT 0,
    withdrawn_at BIGINT
);
CREATE INDEX variant_item ON variant (item_id);

CREATE TABLE photo (
    id {id},
    item_id BIGINT NOT NULL REFERENCES item (id),
    position INTEGER NOT NULL,
    source VARCHAR(2000) NOT NULL,
    file_hash VARCHAR(64) REFERENCES file (hash),
    UNIQUE (item_id, position)
);

-- on_hand is what lies there; held of it belongs to unpaid and unshipped orders.
CREATE TABLE stock (
    id {id},
    variant_id BIGINT NOT NULL REFERENCES variant (id),
    place_id BIGINT NOT NULL REFERENCES place (id),
    on_hand BIGINT NOT NULL CHECK (on_hand >= 0),
    held BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
    CHECK (held <= on_hand),
    UNIQUE (variant_id, place_id)
);

CREATE TABLE stock_move (
    id {id},
    variant_id BIGINT NOT NULL REFERENCES variant (id),
    place_id BIGINT NOT NULL REFERENCES place (id),
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('receive', 'adjust', 'hold', 'release', 'sell', 'return')),
    quantity BIGINT NOT NULL,
    order_id BIGINT,
    key VARCHAR(120) NOT NULL UNIQUE,
    at BIGINT NOT NULL
);
CREATE INDEX stock_move_variant ON stock_move (variant_id);
CREATE INDEX stock_move_order ON stock_move (order_id);

-- search ---------------------------------------------------------------------------------------

CREATE TABLE search_text (
    item_id BIGINT PRIMARY KEY REFERENCES item (id),
    name TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE searched (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    text VARCHAR(400) NOT NULL,
    at BIGINT NOT NULL
);

-- points ---------------------------------------------------------------------------------------

CREATE TABLE point_lot (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    granted BIGINT NOT NULL CHECK (granted > 0),
    remaining BIGINT NOT NULL CHECK (remaining >= 0),
    expires_at BIGINT,
    cause VARCHAR(60) NOT NULL,
    key VARCHAR(120) NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    CHECK (remaining <= granted)
);
CREATE INDEX point_lot_open ON point_lot (person_id, expires_at) WHERE remaining > 0;

-- What an order took from each lot, so that it goes back to where it came from.
CREATE TABLE point_use (
    id {id},
    lot_id BIGINT NOT NULL REFERENCES point_lot (id),
    order_id BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    returned BIGINT NOT NULL DEFAULT 0 CHECK (returned >= 0),
    CHECK (returned <= amount),
    UNIQUE (order_id, lot_id)
);

-- delivery -------------------------------------------------------------------------------------

-- The first rule (by position) whose region is the address's or '*' gives the fee.
CREATE TABLE fee_rule (
    id {id},
    region VARCHAR(60) NOT NULL,
    names TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    base_minor BIGINT NOT NULL CHECK (base_minor >= 0),
    per_kg_minor BIGINT NOT NULL DEFAULT 0 CHECK (per_kg_minor >= 0),
    free_above_minor BIGINT,
    position INTEGER NOT NULL
);

-- cart -----------------------------------------------------------------------------------------

CREATE TABLE cart_line (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    variant_id BIGINT NOT NULL REFERENCES variant (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    added_at BIGINT NOT NULL,
    UNIQUE (person_id, variant_id)
);

-- A draft of an order: its id and revision are the key of the wish to buy; shown_* is the price on its summary.
CREATE TABLE checkout (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    from_cart INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    delivery VARCHAR(8) NOT NULL CHECK (delivery IN ('pickup', 'ship', 'digital')),
    place_id BIGINT REFERENCES place (id),
    address_id BIGINT REFERENCES address (id),
    points BIGINT NOT NULL DEFAULT 0 CHECK (points >= 0),
    shown_minor BIGINT NOT NULL DEFAULT 0,
    shown_points BIGINT NOT NULL DEFAULT 0,
    order_id BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX checkout_person ON checkout (person_id);

CREATE TABLE checkout_line (
    id {id},
    checkout_id BIGINT NOT NULL REFERENCES checkout (id),
    variant_id BIGINT NOT NULL REFERENCES variant (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    UNIQUE (checkout_id, variant_id)
);

-- What a customer chose last, so that nothing is asked twice. points: 0 none, -1 as many as possible, else that many.
CREATE TABLE habit (
    person_id BIGINT PRIMARY KEY REFERENCES person (id),
    delivery VARCHAR(8) NOT NULL,
    place_id BIGINT REFERENCES place (id),
    address_id BIGINT REFERENCES address (id),
    points BIGINT NOT NULL DEFAULT 0
);

-- orders ---------------------------------------------------------------------------------------

CREATE TABLE orders (
    id {id},
    number VARCHAR(20) UNIQUE,
    person_id BIGINT NOT NULL REFERENCES person (id),
    state VARCHAR(12) NOT NULL
        CHECK (state IN ('placed', 'paid', 'confirmed', 'shipped', 'ready', 'delivered', 'completed', 'cancelled', 'expired')),
    currency VARCHAR(3) NOT NULL,
    goods_minor BIGINT NOT NULL CHECK (goods_minor >= 0),
    points BIGINT NOT NULL DEFAULT 0 CHECK (points >= 0),
    points_minor BIGINT NOT NULL DEFAULT 0 CHECK (points_minor >= 0),
    shipping_minor BIGINT NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),
    total_minor BIGINT NOT NULL CHECK (total_minor >= 0),
    delivery VARCHAR(8) NOT NULL CHECK (delivery IN ('pickup', 'ship', 'digital')),
    place_id BIGINT REFERENCES place (id),
    address_id BIGINT REFERENCES address (id),
    pickup_code VARCHAR(8),
    key VARCHAR(120) NOT NULL UNIQUE,
    placed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX orders_person ON orders (person_id, id);
CREATE INDEX orders_unpaid ON orders (expires_at) WHERE state = 'placed';

-- minor amounts are of the whole line; unit prices are of one piece. Shares are stored at order time and never recomputed.
CREATE TABLE order_line (
    id {id},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    variant_id BIGINT NOT NULL REFERENCES variant (id),
    place_id BIGINT NOT NULL REFERENCES place (id),
    position INTEGER NOT NULL,
    names TEXT NOT NULL,
    options TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    list_unit_minor BIGINT NOT NULL CHECK (list_unit_minor >= 0),
    unit_minor BIGINT NOT NULL CHECK (unit_minor >= 0),
    unit_points BIGINT NOT NULL DEFAULT 0 CHECK (unit_points >= 0),
    points BIGINT NOT NULL DEFAULT 0 CHECK (points >= 0),
    points_minor BIGINT NOT NULL DEFAULT 0 CHECK (points_minor >= 0),
    money_minor BIGINT NOT NULL CHECK (money_minor >= 0),
    shipping_minor BIGINT NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),
    UNIQUE (order_id, position)
);

CREATE TABLE order_event (
    id {id},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    from_state VARCHAR(12),
    to_state VARCHAR(12) NOT NULL,
    actor VARCHAR(60) NOT NULL,
    cause VARCHAR(80) NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX order_event_order ON order_event (order_id);

CREATE TABLE tax_request (
    id {id},
    order_id BIGINT NOT NULL UNIQUE REFERENCES orders (id),
    title VARCHAR(200) NOT NULL,
    tax_number VARCHAR(40) NOT NULL,
    at BIGINT NOT NULL
);

-- payments -------------------------------------------------------------------------------------

-- What is due for an order, and who takes it: an order has one.
CREATE TABLE payment (
    id {id},
    order_id BIGINT NOT NULL UNIQUE REFERENCES orders (id),
    provider VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    state VARCHAR(10) NOT NULL CHECK (state IN ('pending', 'captured', 'failed', 'cancelled')),
    at BIGINT NOT NULL
);

-- What a provider told us, kept whatever we can make of it: captured = applied + to_refund + review, always.
CREATE TABLE charge (
    id {id},
    provider VARCHAR(20) NOT NULL,
    charge_id VARCHAR(200) NOT NULL,
    telegram_charge_id VARCHAR(200),
    payload VARCHAR(200) NOT NULL,
    person_id BIGINT REFERENCES person (id),
    order_id BIGINT REFERENCES orders (id),
    currency VARCHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    state VARCHAR(10) NOT NULL CHECK (state IN ('received', 'applied', 'to_refund', 'review')),
    times_seen INTEGER NOT NULL DEFAULT 1,
    at BIGINT NOT NULL,
    UNIQUE (provider, charge_id)
);
CREATE INDEX charge_open ON charge (id) WHERE state = 'received';
CREATE INDEX charge_order ON charge (order_id);

CREATE TABLE refund (
    id {id},
    charge_id BIGINT NOT NULL REFERENCES charge (id),
    order_id BIGINT REFERENCES orders (id),
    currency VARCHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    state VARCHAR(8) NOT NULL CHECK (state IN ('intended', 'sent', 'done', 'failed', 'desk')),
    cause VARCHAR(80) NOT NULL,
    key VARCHAR(120) NOT NULL UNIQUE,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before BIGINT NOT NULL DEFAULT 0,
    error VARCHAR(300),
    at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX refund_open ON refund (id) WHERE state IN ('intended', 'sent');
