-- Cases kept their numbers: the next one comes after them.
SELECT setval(pg_get_serial_sequence('support_case', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM support_case), false);
