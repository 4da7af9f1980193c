import numpy as np

from models.reference import Seen, reference_of
from vitals.reference import Reference

RNG = np.random.default_rng(1)


def seen(people: int, each: int, *, shift: float = 0.0) -> Seen:
    count = people * each
    share = RNG.uniform(0.0, 1.0, count)
    return Seen(
        inputs={
            "ecg": np.zeros((count, 3000, 1)),
            "rhythm": np.stack([RNG.normal(shift, 1.0, count), np.ones(count)], axis=1),
        },
        probabilities=np.stack([share, 1.0 - share], axis=1),
        people=np.repeat(np.arange(people), each),
    )


def test_it_holds_every_label_and_every_feature_that_varies_and_no_single_sample() -> None:
    reference = Reference.decode(
        reference_of("rhythm", ("A", "N"), trained=seen(50, 4), wearers=seen(5, 300))
    )
    assert reference.measures.keys() == {"probability:A", "probability:N", "rhythm:0"}
    assert (reference.model, reference.windows, reference.patients) == ("rhythm", 200, 50)


def test_wearers_unlike_the_training_raise_the_limit_of_what_they_differ_in() -> None:
    alike = Reference.decode(reference_of("rhythm", ("A", "N"), trained=seen(50, 40), wearers=seen(5, 300)))
    unlike = Reference.decode(
        reference_of("rhythm", ("A", "N"), trained=seen(50, 40), wearers=seen(5, 300, shift=2.0))
    )
    assert unlike.measures["rhythm:0"].limit > 2 * alike.measures["rhythm:0"].limit
    assert unlike.measures["probability:A"].limit < 0.5
