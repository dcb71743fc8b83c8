-- The tokens are cut already; ascii leaves all that is not ASCII in one piece.
CREATE VIRTUAL TABLE search_match USING fts5(
    name, kind, details, content = 'search_entry', content_rowid = 'item_id', columnsize = 0, detail = 'column',
    tokenize = "ascii tokenchars '.'"
);
