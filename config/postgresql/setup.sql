-- Takes from PUBLIC, in one database, what a plugin's role must not have. Run once as a superuser, in the database
-- that the server uses, after the role and the database were made:
--
--   psql --dbname mortise --set role=mortise --file setup.sql
--
-- The role named here, with which the server connects, keeps everything. Without this the server runs, says so in
-- a warning, and relies on its judgement of plugins' SQL at install. It can be run again, and must be after an
-- upgrade of PostgreSQL to a new major version.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;
SELECT set_config('mortise.setup_role', :'role', true) \g /dev/null

DO $setup$
DECLARE
    role text := quote_ident(current_setting('mortise.setup_role'));
    one record;
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %s', current_database(), role);
    EXECUTE 'REVOKE ALL ON SCHEMA public FROM PUBLIC';
    EXECUTE 'REVOKE ALL ON SCHEMA information_schema FROM PUBLIC';
    EXECUTE format('GRANT USAGE ON SCHEMA information_schema TO %s', role);
    -- The catalogues: names and sizes of other plugins' tables, other sessions, settings.
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA information_schema TO %s', role);
    FOR one IN
        SELECT c.oid::regclass AS name FROM pg_class c
         WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
           AND has_table_privilege('public', c.oid, 'SELECT')
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', one.name);
        EXECUTE format('GRANT SELECT ON %s TO %s', one.name, role);
    END LOOP;
    -- Functions that change settings, wait, lock, signal, keep objects of their own, run a query that they get as
    -- text, or tell of others. What the server itself calls is granted back to its role with the rest.
    FOR one IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
         WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
           AND has_function_privilege('public', p.oid, 'EXECUTE')
           AND (p.proname ~ '^(pg_|lo_|txid_|has_|inet_|binary_upgrade_|ts_|row_security_|array_fill|generate_)'
                OR p.proname ~ '_to_xml'
                OR p.proname IN ('set_config', 'loread', 'lowrite', 'nextval', 'currval', 'setval', 'lastval', 'version',
                                 'current_query', 'current_database', 'current_schemas', 'getdatabaseencoding',
                                 'to_regclass', 'to_regrole', 'to_regproc', 'to_regprocedure', 'to_regtype',
                                 'to_regnamespace', 'col_description', 'obj_description', 'shobj_description',
                                 'format_type', 'repeat'))
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one.name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', one.name, role);
    END LOOP;
END
$setup$;
COMMIT;
