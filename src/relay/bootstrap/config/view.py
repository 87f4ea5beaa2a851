"""Settings as a person may see them: no secret, and nothing of a connection."""

from __future__ import annotations

from relay.bootstrap.config.base import HiddenModel, SettingsModel
from relay.bootstrap.config.secret import SecretSource

HIDDEN = "(hidden)"
HIDDEN_FILE = "(hidden, read again from its file)"


def visible(settings: SettingsModel) -> dict[str, object]:
    """Return the settings by the file's keys, JSON-ready, defaults filled in."""
    hide = isinstance(settings, HiddenModel)
    return {
        str(field.alias): _visible(getattr(settings, name), hide=hide)
        for name, field in type(settings).model_fields.items()
    }


def _visible(value: object, *, hide: bool) -> object:
    if value is None:
        return None
    if isinstance(value, SecretSource):
        return HIDDEN_FILE if value.rereadable else HIDDEN
    if hide:
        return HIDDEN
    if isinstance(value, SettingsModel):
        return visible(value)
    if isinstance(value, tuple):
        return [_visible(item, hide=False) for item in value]
    return value
