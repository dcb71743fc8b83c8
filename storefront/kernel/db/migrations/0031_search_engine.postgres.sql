-- What waits to be sorted into an index is read through by every search: it is kept short.
CREATE INDEX search_entry_names ON search_entry USING gin (
    (array_to_tsvector(array_remove(string_to_array(name || ' ' || kind, ' '), '')))
) WITH (gin_pending_list_limit = 256);
CREATE INDEX search_entry_terms ON search_entry USING gin (
    (array_to_tsvector(array_remove(string_to_array(name || ' ' || kind || ' ' || details, ' '), '')))
) WITH (gin_pending_list_limit = 256);
