"""Fit the network: weighted records, varied windows, the epoch that judged the validation part best."""

from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.plan import Progress
from models.rhythm.examples import LABELS, Examples
from models.rhythm.network import build
from models.rhythm.scores import by_record, mean_f1, softmax
from models.splits import splits_of

__all__ = ["fit"]

_BATCH: Final = 64
_PEAK_LEARNING_RATE: Final = 2e-3
_LABEL_SMOOTHING: Final = 0.05


def fit(examples: Examples, *, seed: int, epochs: int, progress: Progress) -> Any:  # noqa: ANN401 - keras is untyped
    """Fit on the train part and return the network of the epoch whose F1 on the validation part was best."""
    keras.utils.set_random_seed(seed)
    parts = splits_of(examples.records)
    train, validation = examples.where(parts == "train"), examples.where(parts == "validation")
    network = build(train.tensors["rhythm"])
    steps = epochs * -(-len(train) // _BATCH)
    network.compile(
        optimizer=keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(
                _PEAK_LEARNING_RATE / 10, steps, warmup_target=_PEAK_LEARNING_RATE, warmup_steps=steps // 20
            ),
            weight_decay=1e-3,
        ),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=_LABEL_SMOOTHING),
    )
    batches = _batches(train, seed)
    best_f1, best_weights = -1.0, network.get_weights()
    for epoch in range(epochs):
        history = network.fit(batches, epochs=1, verbose=0)
        logits = network.predict(validation.tensors, batch_size=256, verbose=0)
        records, truth, averaged = by_record(validation, softmax(logits))
        f1 = mean_f1(truth, np.array(LABELS)[averaged.argmax(axis=1)])
        if f1 > best_f1:
            best_f1, best_weights = f1, network.get_weights()
        progress(
            f"epoch {epoch + 1}: loss {history.history['loss'][0]:.3f}, validation F1 {f1:.3f} "
            f"over {len(records)} records, best {best_f1:.3f}",
            (epoch + 1) / epochs,
        )
    network.set_weights(best_weights)
    return network


def _batches(train: Examples, seed: int) -> tf.data.Dataset:
    targets = (train.labels[:, None] == np.array(LABELS)[None, :]).astype(np.float32)
    rows = tf.data.Dataset.from_tensor_slices((train.tensors, targets, _weights(train)))
    return (
        rows.shuffle(len(train), seed=seed)
        .batch(_BATCH)
        .map(lambda inputs, target, weight: (_varied(inputs), target, weight))
        .prefetch(2)
    )


def _weights(train: Examples) -> NDArray[np.float32]:
    """Let each record count once, and rare labels for the root of how rare they are."""
    _, of_row, windows = np.unique(train.records, return_inverse=True, return_counts=True)
    of_label = {label: max(int((train.labels == label).sum()), 1) for label in LABELS}
    rarity = np.array([np.sqrt(len(train) / (len(LABELS) * of_label[str(label)])) for label in train.labels])
    weights = rarity / windows[of_row]
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def _varied(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Turn the window round its end, change gain and polarity, add noise: what differs between wearers."""
    ecg, beat, rhythm = inputs["ecg"], inputs["beat"], inputs["rhythm"]
    count = tf.shape(ecg)[0]
    gain = tf.exp(tf.random.normal((count, 1), stddev=0.15))
    gain *= tf.where(tf.random.uniform((count, 1)) < 0.15, -1.0, 1.0)  # noqa: PLR2004 - one wearer in seven
    ecg = tf.roll(ecg, tf.random.uniform((), 0, ecg.shape[1], dtype=tf.int32), axis=1) * gain[:, :, None]
    noise = tf.random.uniform((count, 1, 1), 0.0, 0.05)
    return {
        "ecg": ecg + noise * tf.random.normal(tf.shape(ecg)),
        "beat": beat * gain + 0.02 * tf.random.normal(tf.shape(beat)),
        "rhythm": rhythm,
    }
