"""Types and primary keys of columns, as the live catalogue has them."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard.catalogue import TypeFamily

SCHEMA = """
CREATE DOMAIN short AS varchar(10);
CREATE DOMAIN shorter AS short CHECK (VALUE <> '');
CREATE TYPE mood AS ENUM ('sad');
CREATE TYPE pair AS (a int, b json);
CREATE TYPE span AS RANGE (subtype = text);
CREATE TABLE typed (
  text text, varchar varchar(5), bpchar char(5), name name, int2 int2, int4 int4, int8 int8, numeric numeric(5, 1),
  float8 float8, money money, uuid uuid, json json, jsonb jsonb, xml xml, bytea bytea, tsvector tsvector, inet inet,
  shorter shorter, mood mood, pair pair, span span, _text text[], _int8 int8[], _point point[], point point, bool bool,
  timestamptz timestamptz, "char" "char", bit bit(3), short short[], int8range int8range,
  int4range int4range, PRIMARY KEY (int4, text)
);
CREATE TABLE no_key (id int UNIQUE);
CREATE TABLE late_key (id int PRIMARY KEY DEFERRABLE);
"""
DOCUMENTS = ("json", "jsonb", "xml", "bytea", "tsvector", "pair", "span", "_text", "_int8", "int8range", "short")
FAMILIES = {
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "shorter"), TypeFamily.TEXT),
    **dict.fromkeys(("int2", "int4", "int8"), TypeFamily.INTEGER),
    "numeric": TypeFamily.NUMERIC,
    "uuid": TypeFamily.UUID,
    **dict.fromkeys(DOCUMENTS, TypeFamily.DOCUMENT),
}
WIDE = ("int8", "numeric", "float8", "money", "_int8")
NOT_GROUPABLE = ("json", "xml", "pair", "point", "_point")


@pytest.fixture(scope="module")
async def catalogue(postgres, database):
    await postgres.execute(SCHEMA)
    assert (await database.inspector.probe()).healthy
    return database.guard._catalogue


@pytest.fixture(scope="module")
def types(catalogue):
    return catalogue.column_types(None, "typed")


async def test_columns_are_in_order(catalogue, types):
    assert tuple(types) == catalogue.columns("public", "typed")


async def test_family_is_that_of_the_base_type(types):
    assert {name: found.family for name, found in types.items() if found.family is not TypeFamily.OTHER} == FAMILIES


async def test_only_wide_numbers_may_identify(types):
    assert {name for name, found in types.items() if found.may_identify} == set(WIDE)


async def test_what_has_no_equality_is_not_groupable(types):
    assert {name for name, found in types.items() if not found.is_groupable} == set(NOT_GROUPABLE)


@pytest.mark.parametrize(("column", "name"), [("shorter", "varchar"), ("short", "_short"), ("bpchar", "bpchar")])
async def test_name_is_the_servers_own(types, column, name):
    assert types[column].name == name


@pytest.mark.parametrize(("table", "key"), [("typed", ("text", "int4")), ("no_key", ()), ("late_key", ()), ("no", ())])
async def test_primary_key_is_one_that_covers_other_columns(catalogue, table, key):
    assert catalogue.primary_key(None, table) == key
