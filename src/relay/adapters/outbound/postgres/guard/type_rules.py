"""Which types a cast may name. A cast runs the type's input or conversion function and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BUILT_IN_TYPES = frozenset(
    [
        *(
            "bool",
            "bytea",
            "char",
            "name",
            "bpchar",
            "varchar",
            "text",
            "bit",
            "varbit",
            "uuid",
            "xml",
            "json",
            "jsonb",
        ),
        *("int2", "int4", "int8", "float4", "float8", "numeric", "money", "oid", "jsonpath", "int2vector", "oidvector"),
        *("date", "time", "timetz", "timestamp", "timestamptz", "interval"),
        *("inet", "cidr", "macaddr", "macaddr8", "tsvector", "tsquery", "pg_lsn", "tid", "xid", "xid8", "cid"),
        *("point", "line", "lseg", "box", "path", "polygon", "circle", "refcursor", "pg_snapshot", "txid_snapshot"),
        *("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"),
        *("int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange"),
        # These name things of the catalogue: `references.py` says where they may come from.
        *("regclass", "regtype", "regnamespace"),
        # Text search configurations, dictionaries and collations: whatever they are called, they tell of no table.
        *("regconfig", "regdictionary", "regcollation"),
    ]
)
"""Types of pg_catalog whose functions only compute on their argument."""

CAST_CALLS = frozenset(("inet", "json", "jsonb", "pg_snapshot", "uuid", "xid8"))
"""Types of pg_catalog without a function of their name, so that `uuid(x)` is a cast (parse_func.c: func_get_detail).

Those that may cost more than reading their text, `tsquery` and `jsonpath`, are left out.
"""

REFUSED_TYPES: Mapping[str, str] = MappingProxyType(
    {
        # type -> why
        "regrole": "it tells which roles there are",
        "aclitem": "it tells which roles there are",
        "regproc": "it tells which functions there are",
        "regprocedure": "it tells which functions there are",
        "regoper": "it tells which operators there are",
        "regoperator": "it tells which operators there are",
        "cstring": "it is internal to the server",
        "internal": "it is internal to the server",
        "record": "it is no type of a value",
        "unknown": "it is no type of a value",
        "pg_node_tree": "it is internal to the server",
    }
)


def element_type(name: str) -> str:
    """Return the type that an array type's own name (`_int4`) stands for."""
    return name[1:] if name.startswith("_") and name[1:] in BUILT_IN_TYPES | REFUSED_TYPES.keys() else name
