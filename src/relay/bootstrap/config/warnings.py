"""What a valid configuration leaves open, in words for its operator."""

from __future__ import annotations

from collections.abc import Callable

from relay.bootstrap.config.settings import Settings

_WARNINGS: tuple[tuple[Callable[[Settings], bool], str], ...] = (
    (lambda settings: settings.audit.enabled, "audit.enabled is false: requests run without a record"),
    (
        lambda settings: settings.masking.enabled,
        "masking.enabled is false: personal data leaves as it is, but for columns under columnRules",
    ),
    (
        lambda settings: settings.masking.derived != "allow" or not settings.masking.enabled,
        "masking.derived is allow: what is computed from personal data leaves, as far as no detector knows it",
    ),
)
"""What should be so, and what is to be said where it is not."""


def settings_warnings(settings: Settings) -> tuple[str, ...]:
    """Return a sentence for each protection that is switched off."""
    return tuple(warning for is_fine, warning in _WARNINGS if not is_fine(settings))
