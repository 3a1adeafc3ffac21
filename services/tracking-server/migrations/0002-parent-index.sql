-- A tag's value may be longer than a B-tree takes (2,704 bytes); a hash index keeps only its hash.
drop index tags_by_parent;
create index tags_by_parent on tags using hash (value) where key = 'mlflow.parentRunId';
