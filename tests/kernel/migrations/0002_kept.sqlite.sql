CREATE TRIGGER note_kept BEFORE DELETE ON note BEGIN
    SELECT RAISE(ABORT, 'notes; are kept');
END;
