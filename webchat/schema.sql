CREATE TABLE IF NOT EXISTS visitor (
    id {id},
    name VARCHAR(64) NOT NULL,
    language VARCHAR(16) NOT NULL,
    blocked INTEGER NOT NULL DEFAULT 0,
    last_message INTEGER NOT NULL DEFAULT 0,
    last_event BIGINT NOT NULL DEFAULT 0,
    reply_keyboard TEXT,
    created_at BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS message (
    chat BIGINT NOT NULL,
    id BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (chat, id)
);
CREATE TABLE IF NOT EXISTS event (
    chat BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    type VARCHAR(20) NOT NULL,
    message BIGINT,
    PRIMARY KEY (chat, seq)
);
CREATE TABLE IF NOT EXISTS bot_update (
    id {id},
    body TEXT NOT NULL,
    type VARCHAR(20) NOT NULL,
    at BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS callback (
    id VARCHAR(40) PRIMARY KEY,
    chat BIGINT NOT NULL,
    at BIGINT NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS callback_at ON callback (at);
CREATE TABLE IF NOT EXISTS asked (
    id VARCHAR(40) PRIMARY KEY,
    at BIGINT NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0,
    error TEXT
);
CREATE TABLE IF NOT EXISTS sent (
    chat BIGINT NOT NULL,
    client_id VARCHAR(64) NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (chat, client_id)
);
CREATE INDEX IF NOT EXISTS sent_at ON sent (at);
CREATE TABLE IF NOT EXISTS file (
    id VARCHAR(80) PRIMARY KEY,
    hash VARCHAR(64) NOT NULL UNIQUE,
    mime VARCHAR(60) NOT NULL,
    name VARCHAR(200) NOT NULL,
    width INTEGER,
    height INTEGER,
    size BIGINT NOT NULL,
    content {bytes} NOT NULL
);
CREATE TABLE IF NOT EXISTS file_seen (
    chat BIGINT NOT NULL,
    file VARCHAR(80) NOT NULL,
    PRIMARY KEY (chat, file)
);
CREATE TABLE IF NOT EXISTS invoice (
    slug VARCHAR(40) PRIMARY KEY,
    body TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS charge (
    id VARCHAR(60) PRIMARY KEY,
    chat BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    refunded BIGINT NOT NULL DEFAULT 0 CHECK (refunded <= amount),
    at BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS charge_refund (
    key VARCHAR(120) PRIMARY KEY,
    charge VARCHAR(60) NOT NULL,
    amount BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS bot_value (
    name VARCHAR(80) PRIMARY KEY,
    value TEXT NOT NULL
);
