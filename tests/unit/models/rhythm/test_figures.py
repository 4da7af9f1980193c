import numpy as np

from models.rhythm.evaluate import Judged
from models.rhythm.examples import LABELS
from models.rhythm.figures import draw
from models.rhythm.scores import softmax


def test_the_figures_are_drawn_small(tmp_path):
    random = np.random.default_rng(0)
    truth = random.choice(LABELS, 200)
    given = softmax(random.normal(size=(200, 4)) + 2 * (truth[:, None] == np.array(LABELS)))
    paths = draw(Judged(truth=truth, probabilities=given), tmp_path / "figures")
    assert [path.name for path in paths] == ["confusion.png", "reliability.png", "af_curves.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size < 100_000 for path in paths)
