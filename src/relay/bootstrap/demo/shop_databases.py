"""Fills the demo's databases, and tells whether anything in them has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pymongo

from relay.bootstrap.demo.embedded_mongo import EmbeddedMongo
from relay.bootstrap.demo.embedded_postgres import EmbeddedPostgres
from relay.bootstrap.demo.shop_data import Cell, ShopData, Table
from relay.bootstrap.demo.shop_events import shop_events

SCHEMA = Path(__file__).with_name("shop_schema.sql")
COLLECTION = "events"
_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def fill_postgres(postgres: EmbeddedPostgres, shop: ShopData) -> None:
    """Create the shop's tables and load their rows, as the owner."""
    copies = "".join(_copy(name, rows) for name, rows in shop.tables())
    postgres.run_script(f"BEGIN;\n{SCHEMA.read_text(encoding='utf-8')}{copies}COMMIT;\nVACUUM ANALYZE;\n")


def fill_mongo(mongo: EmbeddedMongo, shop: ShopData) -> None:
    """Insert the shop's events."""
    with pymongo.MongoClient[dict[str, object]](mongo.uri) as client:
        events = client[mongo.database][COLLECTION]
        events.insert_many(shop_events(shop))
        events.create_index("type")


def fingerprints(postgres: EmbeddedPostgres, mongo: EmbeddedMongo) -> Mapping[str, tuple[int, str]]:
    """Return, for each table and collection, how many rows it has and a hash over all of them."""
    listed = postgres.run_script("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1;")
    return {name: _table_fingerprint(postgres, name) for name in listed.split()} | {
        COLLECTION: _collection_fingerprint(mongo)
    }


def _table_fingerprint(postgres: EmbeddedPostgres, table: str) -> tuple[int, str]:
    query = f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t;'  # noqa: S608 - our own tables
    count, digest = postgres.run_script(query).strip().split("|")
    return int(count), digest


def _collection_fingerprint(mongo: EmbeddedMongo) -> tuple[int, str]:
    with pymongo.MongoClient[dict[str, object]](mongo.uri) as client:
        documents = list(client[mongo.database][COLLECTION].find().sort("_id"))
    text = json.dumps(documents, default=str, sort_keys=True)
    return len(documents), hashlib.sha256(text.encode()).hexdigest()


def _copy(table: str, rows: Table) -> str:
    lines = "".join("\t".join(map(_copy_field, row)) + "\n" for row in rows)
    return f"COPY {table} FROM STDIN;\n{lines}\\.\n"


def _copy_field(cell: Cell) -> str:
    if cell is None:
        return r"\N"
    if isinstance(cell, dict):
        return json.dumps(cell, ensure_ascii=False).translate(_COPY_ESCAPES)
    if isinstance(cell, datetime):
        return cell.isoformat()
    return str(cell).translate(_COPY_ESCAPES)
