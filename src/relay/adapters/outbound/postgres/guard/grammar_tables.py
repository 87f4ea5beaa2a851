"""PostgreSQL's grammar of XMLTABLE and JSON_TABLE (gram.y: xmltable, json_table), which stand in FROM only.

Both become a SpecialCall whose items are the words, names, types and expressions in the order they were written.
"""

from __future__ import annotations

from relay.adapters.outbound.postgres.guard.cursor import at
from relay.adapters.outbound.postgres.guard.grammar_expressions import ExpressionGrammar
from relay.adapters.outbound.postgres.guard.grammar_items import Items
from relay.adapters.outbound.postgres.guard.nodes import SpecialCall
from relay.adapters.outbound.postgres.guard.tokens import Kind

TABLE_FORMS = ("xmltable", "json_table")
_BEHAVIOURS = ("error", "null", "true", "false", "unknown", "empty")


class TableFormGrammar(ExpressionGrammar):
    """Reads functions that describe the columns of the table they make."""

    def at_table_form(self) -> bool:
        """Whether XMLTABLE or JSON_TABLE comes next."""
        return self.at_word(*TABLE_FORMS) and self.mark_follows("(")

    def table_form(self) -> SpecialCall:
        """Read XMLTABLE (…) or JSON_TABLE (…)."""
        start = self.advance()
        self.expect_mark("(")
        items = self._xml_table() if start.value == "xmltable" else self._json_table()
        self.expect_mark(")")
        node = SpecialCall(name=start.value, expressions=items)
        at(node, start)
        return node

    def _xml_table(self) -> Items:
        items: Items = []
        if self.at_word("xmlnamespaces"):
            self.put_word(items, "xmlnamespaces")
            self.put_enclosed(items, self._xml_namespace)
            self.put_mark(items, ",")
        items.append(self.primary())
        self.xml_passing(items)
        self.put_word(items, "columns")
        self.put_list(items, self._xml_column)
        return items

    def _xml_namespace(self, items: Items) -> None:
        if self.at_word("default"):
            self.put_word(items, "default")
            items.append(self.expression())
            return
        items.append(self.expression())
        self.put_word(items, "as")
        items.append(self.label())

    def _xml_column(self, items: Items) -> None:
        items.append(self.column_id())
        if self._for_ordinality(items):
            return
        items.append(self.type_name())
        while self.at_word("path", "default", "not", "null"):
            word = self.token.value
            self.put_word(items, word)
            if word == "not":
                self.put_word(items, "null")
            elif word != "null":
                items.append(self.expression())

    def _json_table(self) -> Items:
        items: Items = [self.expression()]
        self._json_format(items)
        self.put_mark(items, ",")
        items.append(self.expression())
        self._json_path_name(items)
        if self.at_word("passing"):
            self.put_word(items, "passing")
            self.put_list(items, self._json_argument)
        self._json_columns(items)
        self._json_behaviours(items)
        return items

    def _json_argument(self, items: Items) -> None:
        items.append(self.expression())
        self._json_format(items)
        self.put_word(items, "as")
        items.append(self.label())

    def _json_columns(self, items: Items) -> None:
        self.enter()
        self.put_word(items, "columns")
        self.put_enclosed(items, self._json_column)
        self.leave()

    def _json_column(self, items: Items) -> None:
        if self.at_word("nested") and (self.ahead().kind is Kind.STRING or self.ahead().value == "path"):
            self._json_nested(items)
            return
        items.append(self.column_id())
        if self._for_ordinality(items):
            return
        items.append(self.type_name())
        self._json_format(items)
        self.put_optional(items, "exists")
        if self.at_word("path"):
            self.put_word(items, "path")
            self.put_string(items)
        self._json_wrapper(items)
        self._json_behaviours(items)

    def _json_nested(self, items: Items) -> None:
        self.put_word(items, "nested")
        self.put_optional(items, "path")
        self.put_string(items)
        self._json_path_name(items)
        self._json_columns(items)

    def _json_path_name(self, items: Items) -> None:
        if self.at_word("as"):
            self.put_word(items, "as")
            items.append(self.column_id())

    def _json_format(self, items: Items) -> None:
        if self.at_words("format", "json"):
            self.put_word(items, "format")
            self.put_word(items, "json")
            if self.at_word("encoding"):
                self.put_word(items, "encoding")
                items.append(self.column_id())

    def _json_wrapper(self, items: Items) -> None:
        if self.at_word("with", "without"):
            self.put_word(items, "with", "without")
            self.put_optional(items, "conditional", "unconditional")
            self.put_optional(items, "array")
            self.put_word(items, "wrapper")
        if self.at_word("keep", "omit"):
            self.put_word(items, "keep", "omit")
            self.put_word(items, "quotes")
            if self.at_words("on", "scalar"):
                for word in ("on", "scalar", "string"):
                    self.put_word(items, word)

    def _json_behaviours(self, items: Items) -> None:
        while self.at_word("default", *_BEHAVIOURS):
            if self.at_word("default"):
                self.put_word(items, "default")
                items.append(self.expression())
            else:
                self.put_word(items, *_BEHAVIOURS)
                self.put_optional(items, "array", "object")
            self.put_word(items, "on")
            self.put_word(items, "empty", "error")

    def _for_ordinality(self, items: Items) -> bool:
        if not self.at_words("for", "ordinality"):
            return False
        self.put_word(items, "for")
        self.put_word(items, "ordinality")
        return True
