"""Medians over the rounds, as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from statistics import median

from harness.closed_loop import Speed
from harness.machine import description
from harness.rounds import AGENT, Key, Plan, Round

BASE = "ro"
"""What shares are taken of: the same reads inside a read-only transaction."""

BARE = "bare"
COLUMNS: tuple[tuple[str, int, Callable[[Speed], str]], ...] = (
    ("req/s", 9, lambda speed: f"{speed.requests_per_s:.1f}"),
    ("rows/s", 9, lambda speed: f"{speed.rows_per_s:.0f}"),
    ("MB/s", 7, lambda speed: f"{speed.mb_per_s:.2f}"),
    ("p50 ms", 8, lambda speed: f"{speed.p50_ms:.2f}"),
    ("p95 ms", 8, lambda speed: f"{speed.p95_ms:.2f}"),
    ("p99 ms", 8, lambda speed: f"{speed.p99_ms:.2f}"),
    ("cpu s/1k", 9, lambda speed: f"{speed.cpu_s_per_1000:.3f}"),
)


def middle(speeds: Sequence[Speed]) -> Speed:
    """Return the median of each figure by itself."""
    names = [name for name, value in asdict(speeds[0]).items() if isinstance(value, int | float)]
    figures = {name: median(getattr(speed, name) for speed in speeds) for name in names}
    return Speed(**(figures | {"requests": round(figures["requests"])}))


def shares(rounds: Sequence[Round], key: Key, base: str) -> tuple[float, float, float] | None:
    """Return the agent's share of the base: of the medians, and the least and the most of one round's."""
    if base not in rounds[0].speeds[key]:
        return None
    agent = [each.speeds[key][AGENT].requests_per_s for each in rounds]
    limit = [each.speeds[key][base].requests_per_s for each in rounds]
    of_rounds = [mine / most for mine, most in zip(agent, limit, strict=True)]
    return median(agent) / median(limit), min(of_rounds), max(of_rounds)


def table(rounds: Sequence[Round]) -> str:
    """Return the whole report."""
    head = "".join(f"{name:>{width}}" for name, width, _ in COLUMNS)
    lines = [f"{'workload':<15}{'c':>3}{head}{'limit:ro':>10}{'bare':>9}{'share':>7}  rounds"]
    lines += [_line(rounds, key) for key in rounds[0].speeds]
    return "\n".join([*lines, "", *_about_agent(rounds), *_about_machine(rounds)])


def _line(rounds: Sequence[Round], key: Key) -> str:
    by_who = {who: middle([each.speeds[key][who] for each in rounds]) for who in rounds[0].speeds[key]}
    figures = "".join(f"{show(by_who[AGENT]):>{width}}" for _, width, show in COLUMNS)
    share = shares(rounds, key, BASE)
    if share is None:
        return f"{key[0]:<15}{key[1]:>3}{figures}"
    limits = f"{by_who[BASE].requests_per_s:>10.1f}{by_who[BARE].requests_per_s:>9.1f}"
    return f"{key[0]:<15}{key[1]:>3}{figures}{limits}{share[0]:>7.2f}  {share[1]:.2f}..{share[2]:.2f}"


def _about_agent(rounds: Sequence[Round]) -> list[str]:
    runs = [each.agent for each in rounds]
    idle, peak = median(run.idle_mb for run in runs), max(run.peak_mb for run in runs)
    connected, healthy = median(run.connected_s for run in runs), median(run.healthy_s for run in runs)
    start_cpu, stop = median(run.start_cpu_s for run in runs), median(run.stop_s for run in runs)
    return [
        f"memory   idle {idle:.0f} MB, at most {peak:.0f} MB",
        f"start    connected after {connected:.2f} s, healthy after {healthy:.2f} s, {start_cpu:.2f} s of processor",
        f"stop     {stop:.2f} s",
    ]


def _about_machine(rounds: Sequence[Round]) -> list[str]:
    spins = " ".join(f"{before:.1f}/{after:.1f}" for before, after in (each.spin_ms for each in rounds))
    loads = " ".join(f"{each.load:.1f}" for each in rounds)
    about = ", ".join(f"{name} {value}" for name, value in description().items())
    return [
        f"machine  {about}; load by round {loads}",
        f"spin     {spins} ms before/after each round: the same piece of Python, so how fast the machine was",
    ]


def problems(rounds: Iterable[Round]) -> list[str]:
    """Return what was wrong in any round, each once."""
    return list(dict.fromkeys(problem for each in rounds for problem in each.problems))


def as_document(rounds: Sequence[Round], plan: Plan) -> dict[str, object]:
    """Return everything, for `--json`."""
    return {
        "machine": description(),
        "plan": {"rounds": plan.rounds, "seconds": plan.seconds, "warmUpS": plan.warm_up_s},
        "problems": problems(rounds),
        "shares": [
            {
                "workload": key[0],
                "concurrency": key[1],
                "base": base,
                "share": found[0],
                "min": found[1],
                "max": found[2],
            }
            for key in rounds[0].speeds
            for base in (BASE, BARE)
            if (found := shares(rounds, key, base)) is not None
        ],
        "rounds": [_round(each) for each in rounds],
    }


def _round(each: Round) -> dict[str, object]:
    agent = each.agent
    return {
        "spinMs": each.spin_ms,
        "load": each.load,
        "idleMb": agent.idle_mb,
        "peakMb": agent.peak_mb,
        "connectedS": agent.connected_s,
        "healthyS": agent.healthy_s,
        "startCpuS": agent.start_cpu_s,
        "stopS": agent.stop_s,
        "steps": [
            {"workload": key[0], "concurrency": key[1], "who": who} | asdict(speed)
            for key, by_who in each.speeds.items()
            for who, speed in by_who.items()
        ],
    }
