"""What a database role could do if the guard failed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Privilege:
    """One thing that a role may do beyond reading; `remedy` is the statement that takes it away, or what to do.

    Both name roles, tables and functions of the customer's: they are for the operator's log, never for the caller.
    """

    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleExamination:
    """What a look at the role found.

    `dangerous` refuses the resource unless the operator has allowed it. The next two only warn: `excessive` is reading
    more than Relay needs, `shared` what every role has through the database's defaults. `proper_role` are the
    statements that make a role with what Relay needs.
    """

    dangerous: tuple[Privilege, ...] = ()
    excessive: tuple[Privilege, ...] = ()
    shared: tuple[Privilege, ...] = ()
    proper_role: str = ""
