-- By which terms something was decided; null: there were none.
ALTER TABLE support_decision ADD COLUMN terms_id BIGINT REFERENCES support_terms (id);
