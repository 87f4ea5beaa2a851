"""Geometries of the geospatial operators: legacy coordinates and GeoJSON."""

from __future__ import annotations

from relay.adapters.outbound.mongodb.findings import below, invalid, refuse_operator
from relay.adapters.outbound.mongodb.literals import read_literal
from relay.adapters.outbound.mongodb.operators import GEOJSON_TYPES, GEOMETRY_KEYS

_HINT = 'such as {"$geometry":{"type":"Point","coordinates":[-46.6,-23.5]}}'
_GEOJSON_KEYS = frozenset({"type", "coordinates", "geometries", "crs"})


def read_geometry(value: object, at: str) -> object:
    """Return an operator's geometry: an object of specifiers, GeoJSON, or a legacy pair."""
    if isinstance(value, list):
        return read_coordinates(value, at)
    if not isinstance(value, dict) or not value:
        return invalid("the operator takes a geometry", at, _HINT)
    if "type" in value:
        return _geojson(value, at)
    read: dict[str, object] = {}
    for key, item in value.items():
        if key not in GEOMETRY_KEYS:
            refuse_operator(str(key), at, f"allowed here: {', '.join(sorted(GEOMETRY_KEYS))}")
        read[key] = (
            _geojson(item, below(at, f".{key}")) if key == "$geometry" else read_coordinates(item, below(at, f".{key}"))
        )
    return read


def read_coordinates(value: object, at: str) -> object:
    """Return numbers, nested in lists to any depth."""
    if isinstance(value, list):
        return [read_coordinates(item, at) for item in value]
    read = read_literal(value, at)
    if isinstance(read, int | float) and not isinstance(read, bool):
        return read
    return invalid("coordinates are numbers", at, _HINT)


def read_point(value: object, at: str) -> object:
    """Return a GeoJSON object or a legacy pair."""
    return _geojson(value, at) if isinstance(value, dict) else read_coordinates(value, at)


def _geojson(value: object, at: str) -> object:
    if not isinstance(value, dict) or str(value.get("type")) not in GEOJSON_TYPES or not value.keys() <= _GEOJSON_KEYS:
        return invalid("unreadable GeoJSON", at, _HINT)
    read: dict[str, object] = {"type": value["type"]}
    if "coordinates" in value:
        read["coordinates"] = read_coordinates(value["coordinates"], at)
    if isinstance(value.get("geometries"), list):
        read["geometries"] = [_geojson(item, at) for item in value["geometries"]]
    if "crs" in value:
        read["crs"] = read_literal(value["crs"], at)
    return read
