"""What the account of the connection string could do if the guard failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relay.adapters.outbound.mongodb.account import Account, Grant, Named, UnreadableAccount, read_account
from relay.adapters.outbound.mongodb.errors import ServerRefusedError
from relay.adapters.outbound.mongodb.mongosh import make_reader, revoke
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.privileges import READ_ONLY_ROLES, Effect
from relay.domain.role import Privilege, RoleExamination

NO_SUCH_COMMAND = frozenset({59, 115})
"""CommandNotFound, CommandNotSupported: the server knows no roles."""
MAX_ACTIONS_SHOWN = 12
SHOWN_FIRST = frozenset({"anyAction", "insert", "update", "remove"})
_WARNED = (Effect.READS, Effect.SHOWS)


class RoleExaminer:
    """Examines the account; `allowed_tables` are the policy's, for the statement that makes a proper role."""

    def __init__(self, *, database: str, allowed_tables: Sequence[str]) -> None:
        self._database = database
        self._reader = make_reader(database, allowed_tables)

    async def examine(self, operation: Operation) -> RoleExamination:
        """Ask the server. Raises QUERY_TIMEOUT or RESOURCE_UNAVAILABLE where it does not answer."""
        try:
            reply = await operation.command({"connectionStatus": 1, "showPrivileges": True})
        except ServerRefusedError as refused:
            return self._open() if refused.server_code in NO_SUCH_COMMAND else self._unseen()
        return self.judge(reply)

    def judge(self, reply: Mapping[str, object]) -> RoleExamination:
        """Return what an answer of `connectionStatus` means."""
        try:
            account = read_account(reply)
        except UnreadableAccount:
            return self._unseen()
        if account is None or not account.users:
            return self._open()
        if not account.grants:
            return self._by_names(account)
        return RoleExamination(
            dangerous=self._privileges(account, account.grants, (Effect.CHANGES,)),
            excessive=self._privileges(account, account.grants, _WARNED),
            proper_role=self._reader,
        )

    def _privileges(
        self, account: Account, grants: Sequence[Grant], effects: Sequence[Effect]
    ) -> tuple[Privilege, ...]:
        changes = Effect.CHANGES in effects
        roles = [role for role in account.roles if self._may_be_the_source(role, changes=changes)]
        found = []
        for grant in grants:
            sorted_out = grant.by_effect(self._database)
            actions = [action for effect in effects for action in sorted_out.get(effect, ())]
            if actions:
                found.append(self._privilege(account, f"{_listed(actions)} on {grant.resource}", roles))
        return tuple(found)

    def _may_be_the_source(self, role: Named, *, changes: bool) -> bool:
        """Whether a privilege may come from a role: the server tells roles and privileges, not which gives which."""
        if changes:
            return role.name not in READ_ONLY_ROLES
        return role != Named(name="read", database=self._database)

    def _privilege(self, account: Account, what: str, roles: Sequence[Named]) -> Privilege:
        if not roles:
            return Privilege(what=what, remedy=self._reader)
        names = ", ".join(f"{role.name} of {role.database}" for role in roles)
        return Privilege(what=f"{what}, through {names}", remedy=revoke(account.users, roles))

    def _by_names(self, account: Account) -> RoleExamination:
        """Judge by the names of roles, where the server tells no privileges."""
        unknown = [role for role in account.roles if role.name not in READ_ONLY_ROLES]
        beyond = [role for role in account.roles if self._may_be_the_source(role, changes=False)]
        dangerous = [self._privilege(account, "privileges that the server does not tell", unknown)] if unknown else []
        excess = [self._privilege(account, "reading beyond the database", beyond)] if beyond and not unknown else []
        return RoleExamination(dangerous=tuple(dangerous), excessive=tuple(excess), proper_role=self._reader)

    def _open(self) -> RoleExamination:
        remedy = (
            f"{self._reader}\nThen set security.authorization to enabled, restart, and have Relay log in as that user"
        )
        what = "the server has no access control: everybody who reaches it may write"
        return RoleExamination(shared=(Privilege(what=what, remedy=remedy),), proper_role=self._reader)

    def _unseen(self) -> RoleExamination:
        what = "the server did not tell what the user may do"
        return RoleExamination(dangerous=(Privilege(what=what, remedy=self._reader),), proper_role=self._reader)


def _listed(given: Sequence[str]) -> str:
    actions = sorted(given, key=lambda action: (action not in SHOWN_FIRST, action))
    more = len(actions) - MAX_ACTIONS_SHOWN
    return ", ".join(actions[:MAX_ACTIONS_SHOWN]) + (f" and {more} more" if more > 0 else "")
