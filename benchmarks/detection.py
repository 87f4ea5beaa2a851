#!/usr/bin/env python3
"""What the built-in detectors find, and what they touch that they should leave: `python benchmarks/detection.py`.

Prints a table for each corpus under tests/corpora: the share of values that are gone, the share of texts that came out
exactly as expected, and the share of look-alikes that were touched. `--show KIND` prints what failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "corpora"))

from masking_corpus.negatives import hard_negatives
from masking_corpus.positives import MASKS, OFF_BY_DEFAULT, disguised, plain, together
from masking_corpus.sample import Sample, score
from masking_stranger.artifacts import artifacts
from masking_stranger.scores import outcome_of

from relay.adapters.outbound.masking.masker import build_masker
from relay.domain.masking import MaskingSettings

Mask = Callable[[str], str]


def mask_with(detectors: dict[str, bool]) -> Mask:
    """Return what masks one text with the defaults, changed so."""
    masker = build_masker(MaskingSettings(detectors=detectors))
    return lambda text: masker.mask_text(text).text


def report(title: str, samples: Iterable[Sample], mask: Mask, arguments: argparse.Namespace) -> None:
    """Print one table of values."""
    write = sys.stdout.write
    write(f"{title:<28} {'texts':>7} {'gone':>9} {'exact':>9}\n")
    for kind, counted in sorted(score(samples, mask).items()):
        write(f"  {kind:<26} {counted.total:>7} {counted.found_share:9.3%} {counted.exact_share:9.3%}\n")
        show(counted.wrong, kind, arguments)


def report_negatives(samples: Iterable[Sample], mask: Mask, arguments: argparse.Namespace) -> None:
    """Print the table of look-alikes."""
    write = sys.stdout.write
    write(f"{'hard negatives':<28} {'texts':>7} {'touched':>9}\n")
    scores = score(samples, mask)
    for family, counted in sorted(scores.items()):
        write(f"  {family:<26} {counted.total:>7} {1 - counted.exact_share:9.3%}\n")
        show(counted.wrong, family, arguments)
    total = sum(counted.total for counted in scores.values())
    touched = sum(len(counted.wrong) for counted in scores.values())
    write(f"  {'all':<26} {total:>7} {touched / total:9.3%}\n")


def show(wrong: list[tuple[Sample, str]], kind: str, arguments: argparse.Namespace) -> None:
    """Print what did not come out as expected, if that was asked for."""
    if arguments.show in (kind, "all"):
        for sample, outcome in wrong[: arguments.most]:
            sys.stdout.write(f"    [{sample.form}]\n      {sample.text!r}\n      {outcome!r}\n")


def report_stranger(mask: Mask, arguments: argparse.Namespace) -> None:
    """Print what of the second corpus went and what stayed."""
    write, counted = sys.stdout.write, outcome_of(artifacts(arguments.seed, arguments.rounds * 10), mask)
    for title, totals, failed, name in (
        ("second corpus, values", counted.values, counted.left, "left"),
        ("second corpus, look-alikes", counted.look_alikes, counted.touched, "touched"),
        ("second corpus, artifacts", counted.artifacts, counted.inexact, "inexact"),
    ):
        write(f"{title:<28} {'count':>7} {name:>9}\n")
        for kind, total in sorted(totals.items()):
            write(f"  {kind:<26} {total:>7} {failed[kind] / total:9.3%}\n")
        write(f"  {'all':<26} {sum(totals.values()):>7} {sum(failed.values()) / sum(totals.values()):9.3%}\n")
    shown = [example for example in counted.examples if arguments.show in ("second", "all")]
    for reason, text, outcome, _expected in shown[: arguments.most]:
        write(f"    [{reason}]\n      {text!r}\n      {outcome!r}\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument(
        "--show", default="", metavar="KIND", help="print what failed of this kind, of `second`, or all"
    )
    parser.add_argument("--most", type=int, default=20, metavar="N", help="of that, no more than so many")
    arguments = parser.parse_args()
    usual = mask_with({})
    samples = list(plain(arguments.seed, arguments.rounds))
    report("on by default", (each for each in samples if each.kind not in OFF_BY_DEFAULT), usual, arguments)
    for name in OFF_BY_DEFAULT:
        alone = mask_with({each: each == name for each in MASKS})
        report("off by default, by itself", (each for each in samples if each.kind == name), alone, arguments)
    report("disguised", disguised(arguments.seed, arguments.rounds), usual, arguments)
    report("several in one text", together(arguments.seed, arguments.rounds * 10), usual, arguments)
    report_negatives(hard_negatives(arguments.seed, arguments.rounds), usual, arguments)
    report_stranger(usual, arguments)


if __name__ == "__main__":
    main()
