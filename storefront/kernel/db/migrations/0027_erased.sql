-- When everything that tells who she was was taken away; her number stays in the books.
ALTER TABLE person ADD COLUMN erased_at BIGINT;
