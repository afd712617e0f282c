#!/bin/sh
# Creates the servers' database and its owner, a role without any further rights. The image runs it once, on an empty volume.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --set=password="$DATABASE_PASSWORD" --dbname=postgres <<'SQL'
create role registration login password :'password';
create database registration owner registration;
revoke all on database registration from public;
SQL
