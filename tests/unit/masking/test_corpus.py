"""Recall and false positives over the seeded corpora of tests/corpora; `benchmarks/detection.py` prints the figures."""

from __future__ import annotations

import pytest
from masking_corpus.negatives import FAMILIES, hard_negatives
from masking_corpus.positives import DISGUISED, DOCUMENTED, MASKS, OFF_BY_DEFAULT, disguised, plain, together
from masking_corpus.sample import score
from masking_stranger.artifacts import artifacts
from masking_stranger.scores import outcome_of
from masking_stranger.values import MAKERS

from relay.adapters.outbound.masking.masker import build_masker
from relay.domain.masking import MaskingSettings

LEAST_RECALL = 0.995
MOST_TOUCHED = 0.005
ROUNDS = 60
SEED = 20_260_115


def _examples(counted):
    return [(sample.form, sample.text[:200], outcome[:200]) for sample, outcome in counted.wrong[:8]]


@pytest.fixture(scope="module")
def plain_samples():
    return list(plain(SEED, ROUNDS))


@pytest.fixture(scope="module")
def plain_scores(plain_samples, mask):
    return score((each for each in plain_samples if each.kind not in OFF_BY_DEFAULT), mask)


@pytest.mark.parametrize("kind", [kind for kind in MASKS if kind not in OFF_BY_DEFAULT])
def test_value_alone_becomes_its_mask_when_it_stands_anywhere(kind, plain_scores):
    counted = plain_scores[kind]
    assert counted.total >= ROUNDS
    assert counted.found_share >= LEAST_RECALL, _examples(counted)
    assert counted.exact_share >= LEAST_RECALL, _examples(counted)


@pytest.mark.parametrize("kind", OFF_BY_DEFAULT)
def test_value_alone_becomes_its_mask_when_only_its_detector_is_on(kind, plain_samples):
    masker = build_masker(MaskingSettings(detectors={name: name == kind for name in MASKS}))
    counted = score((each for each in plain_samples if each.kind == kind), lambda text: masker.mask_text(text).text)[
        kind
    ]
    assert counted.total >= ROUNDS
    assert counted.found_share >= LEAST_RECALL, _examples(counted)


@pytest.mark.parametrize("kind", DISGUISED)
def test_value_is_found_when_it_is_disguised(kind, mask):
    counted = score((each for each in disguised(SEED, ROUNDS) if each.kind == kind), mask)[kind]
    assert counted.exact_share >= LEAST_RECALL, _examples(counted)


def test_every_value_becomes_its_mask_when_several_stand_together(mask):
    counted = score(together(SEED, ROUNDS * 10), mask)["several"]
    assert counted.exact_share >= LEAST_RECALL, _examples(counted)


def test_few_hard_negatives_are_touched_when_they_stand_alone_or_in_text(mask):
    scores = score(hard_negatives(SEED, ROUNDS), mask)
    assert scores.keys() == FAMILIES.keys()
    total = sum(each.total for each in scores.values())
    touched = [wrong for each in scores.values() for wrong in each.wrong]
    assert total > 5000
    assert len(touched) <= total * MOST_TOUCHED, [(sample.text, outcome) for sample, outcome in touched[:40]]


@pytest.fixture(scope="module")
def strange(mask):
    return outcome_of(artifacts(SEED, 400), mask)


@pytest.mark.parametrize("kind", MAKERS)
def test_value_is_gone_when_a_stranger_wrote_the_corpus(kind, strange):
    left = [example for example in strange.examples if example[0].startswith(f"left {kind}")]
    assert strange.values[kind] > 50
    assert strange.left[kind] <= strange.values[kind] * (1 - LEAST_RECALL), left[:8]


def test_few_look_alikes_are_touched_when_a_stranger_wrote_the_corpus(strange):
    touched = [example for example in strange.examples if example[0].startswith("touched")]
    assert sum(strange.look_alikes.values()) > 5000
    assert len(touched) <= sum(strange.look_alikes.values()) * MOST_TOUCHED, touched[:20]


def test_artifacts_come_out_as_expected_when_a_stranger_wrote_the_corpus(strange):
    inexact = [example for example in strange.examples if example[0].startswith("inexact")]
    assert len(inexact) <= sum(strange.artifacts.values()) * (1 - LEAST_RECALL), inexact[:8]


def test_documented_kinds_are_in_both_corpora_when_listed():
    assert set(DOCUMENTED) <= MASKS.keys()
    assert set(DOCUMENTED) <= MAKERS.keys()
