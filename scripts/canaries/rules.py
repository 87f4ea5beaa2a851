"""The column rules of the canaries' databases."""

from __future__ import annotations

_BY_ACTION = {
    "mask": (
        "ruled.email ruled.name ruled.cpf ruled.card_number ruled.profile ruled.tags ruled.home ruled.reach "
        "ruled.search ruled.photo ruled.box ruled.label ruled.score vault.email visits.email parents.email leaves.mail"
    ),
    "partial": "ruled.cpf_text ruled.card",
    "hash": "ruled.phone ruled.member",
    "drop": "ruled.token ruled.payload",
    "deny": "vault.secret",
    "pass": "ruled.open_email",
}
COLUMN_RULES = [
    {"table": name.partition(".")[0], "column": name.partition(".")[2], "action": action}
    for action, names in _BY_ACTION.items()
    for name in names.split()
]
FUNCTIONS = ("email_of", "email_known", "email_hidden", "everybody", "shout", "contact_of")
HASH_KEY = "canaries' own key of 32 bytes...."
