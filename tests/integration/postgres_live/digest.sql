-- Everything that a statement could have changed, a text a row; cheap enough to be read after each one.
CREATE SCHEMA watch;
CREATE TABLE watch.written_files (name text);
INSERT INTO watch.written_files VALUES ('/var/lib/relay_live_out'), ('relay_live_out');
CREATE VIEW watch.cluster AS
  SELECT 'settings: ' || md5(string_agg(name || '=' || coalesce(setting, ''), ' ' ORDER BY name)) AS one
    FROM pg_settings WHERE source NOT IN ('default', 'client', 'session')
  UNION ALL SELECT 'automatic settings: ' || md5(pg_read_file('postgresql.auto.conf'))
  UNION ALL SELECT 'sequences: ' || coalesce(string_agg(s.schemaname || '.' || s.sequencename || '=' ||
    coalesce(s.last_value::text, ''), ' ' ORDER BY s.schemaname, s.sequencename), '') FROM pg_sequences s
  UNION ALL SELECT 'prepared: ' || count(*) FROM pg_prepared_xacts
  UNION ALL SELECT 'advisory locks: ' || count(*) FROM pg_locks WHERE locktype = 'advisory'
  UNION ALL SELECT 'slots: ' || count(*) FROM pg_replication_slots
  UNION ALL SELECT 'notices: ' || (pg_notification_queue_usage() > 0)
  UNION ALL SELECT 'running: ' || count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND pid <> pg_backend_pid() AND state <> 'idle'
  UNION ALL SELECT 'files: ' || coalesce(string_agg(f.name, ' ' ORDER BY f.name), '')
    FROM watch.written_files f WHERE (pg_stat_file(f.name, true)).size IS NOT NULL
  UNION ALL SELECT 'data directory: ' || md5(string_agg(d, ' ' ORDER BY d)) FROM pg_ls_dir('.') AS d;
-- A row of a catalogue that was made or changed has the newest xmin, one that was removed is missing. pg_class keeps
-- its estimates in place, so that autovacuum does not show.
DO $$
DECLARE
  parts text;
BEGIN
  SELECT string_agg(format('SELECT %L || md5(string_agg(t::text || t.ctid::text, '' '' ORDER BY t.ctid)) AS one FROM %s t',
    'rows of ' || c.oid::regclass || ': ', c.oid::regclass), ' UNION ALL ') INTO parts
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'watch');
  SELECT parts || ' UNION ALL ' || string_agg(
    format('SELECT %L || count(*) || '' '' || max(c.xmin::text::bigint) FROM pg_catalog.%I c', one || ': ', one),
    ' UNION ALL ') INTO parts
  FROM unnest(ARRAY[
    'pg_class', 'pg_attribute', 'pg_attrdef', 'pg_proc', 'pg_type', 'pg_namespace', 'pg_constraint', 'pg_trigger',
    'pg_rewrite', 'pg_policy', 'pg_operator', 'pg_cast', 'pg_default_acl', 'pg_description', 'pg_seclabel',
    'pg_shseclabel', 'pg_extension', 'pg_foreign_server', 'pg_user_mapping', 'pg_event_trigger', 'pg_publication',
    'pg_sequence', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_authid', 'pg_auth_members',
    'pg_db_role_setting', 'pg_database', 'pg_tablespace', 'pg_shdescription', 'pg_replication_origin',
    'pg_inherits']) AS one;
  EXECUTE 'CREATE VIEW watch.state AS SELECT one FROM watch.cluster UNION ALL ' || parts;
END $$;
