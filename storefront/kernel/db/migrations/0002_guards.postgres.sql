CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_posting_kept BEFORE UPDATE OR DELETE ON ledger_posting FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_seal_kept BEFORE UPDATE OR DELETE ON ledger_seal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION note_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ledger_unsealed (entry_id) VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER ledger_entry_unsealed AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION note_unsealed();
