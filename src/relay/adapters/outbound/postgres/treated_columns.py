"""How the columns of a result are handled, as the guard's plan says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from relay.adapters.outbound.postgres.columns import ResultShape
from relay.adapters.outbound.postgres.guard.plans import QueryPlan
from relay.domain.errors import Reason, RelayError
from relay.domain.results import DETECT, Handling, Treatment

SOURCE = Treatment(handling=Handling.SOURCE)


def treated(shape: ResultShape, names: Sequence[str], plan: QueryPlan) -> ResultShape:
    """Give each field its treatment; `names` are the columns' own, before they were made distinct.

    Raises RESOURCE_UNAVAILABLE where the plan's columns are not those of the result.
    """
    if plan.treatments is None and not plan.hidden:
        return shape
    shown = len(shape.fields) - plan.hidden
    treatments = plan.treatments if plan.treatments is not None else (DETECT,) * shown
    if shown < 0 or len(treatments) != shown:
        raise _has_changed()
    hidden = {name: field.name for name, field in zip(names[shown:], shape.fields[shown:], strict=True)}
    if len(hidden) != plan.hidden:
        raise _has_changed()
    all_treatments = [*(_with_sources(each, hidden) for each in treatments), *(SOURCE,) * plan.hidden]
    fields = (replace(field, treatment=each) for field, each in zip(shape.fields, all_treatments, strict=True))
    return replace(shape, fields=tuple(fields), renamed=_is_renamed(shape, names, shown))


def _with_sources(treatment: Treatment, hidden: Mapping[str, str]) -> Treatment:
    """Return the treatment with its sources as the fields are called: the caller may have a column of such a name."""
    if not treatment.sources:
        return treatment
    if not hidden.keys() >= set(treatment.sources):
        raise _has_changed()
    return replace(treatment, sources=tuple(hidden[name] for name in treatment.sources))


def _is_renamed(shape: ResultShape, names: Sequence[str], shown: int) -> bool:
    return any(field.name != name for field, name in zip(shape.fields[:shown], names[:shown], strict=True))


def _has_changed() -> RelayError:
    return RelayError(
        Reason.RESOURCE_UNAVAILABLE,
        "the columns of this answer are not those that the statement was judged by: a table has changed meanwhile;",
        hint="try again",
    )
