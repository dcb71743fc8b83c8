CREATE INDEX search_entry_names ON search_entry USING gin (
    (array_to_tsvector(array_remove(string_to_array(name || ' ' || kind, ' '), '')))
);
CREATE INDEX search_entry_terms ON search_entry USING gin (
    (array_to_tsvector(array_remove(string_to_array(name || ' ' || kind || ' ' || details, ' '), '')))
);
