import numpy as np
import pytest

from models.rr_af.calibrating import Said, calibrate


def said_of(kind, af_logits, other_logits):
    """Logits of fibrillation over those of another rhythm, of beats of either kind."""
    logits = np.concatenate([af_logits, other_logits])
    column = np.concatenate([np.ones(len(af_logits)), np.zeros(len(other_logits))]).astype(np.int64)
    return Said(kind=kind, logits=np.stack([np.zeros(len(logits)), logits], axis=1), column=column)


def honest(kind, seed, *, exaggerated=1.0):
    """Logits that are right as often as they say."""
    random = np.random.default_rng(seed)
    logits = random.normal(0.0, 2.5, 4000)
    is_af = random.random(4000) < 1 / (1 + np.exp(-logits))
    return said_of(kind, exaggerated * logits[is_af], exaggerated * logits[~is_af])


def test_logits_that_say_too_much_are_cooled():
    assert calibrate([honest("long", 1)]).temperature == pytest.approx(1.0, abs=0.1)
    assert calibrate([honest("long", 1, exaggerated=2.0)]).temperature == pytest.approx(2.0, abs=0.2)


def test_the_threshold_keeps_the_specificity_asked_for_in_patients_left_out():
    left_out = [honest("long", 1), honest("long", 2)]
    found = calibrate(left_out)
    logits = np.concatenate([one.logits[one.column == 0, 1] for one in left_out])
    called = 1 / (1 + np.exp(-logits / found.temperature)) >= found.threshold
    assert 0.97 < 1 - called.mean() <= 1.0


def test_recordings_full_of_ectopic_beats_may_raise_it():
    quiet = said_of("long", np.full(100, 4.0), np.full(900, -4.0))
    ectopic = said_of("short", np.full(50, 4.0), np.concatenate([np.full(850, -4.0), np.full(150, 1.0)]))
    assert calibrate([quiet, ectopic]).threshold > calibrate([quiet]).threshold
