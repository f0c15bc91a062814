"""Recognising spoken commands: the front end, the networks, augmentation, training and transfer of lesson 12.

The way of a word: ``prepare`` cuts it out of a recording, centres it in one second and sets its level; ``front_end``
makes a picture of it, ``BANDS`` mel bands high and one column every ``HOP`` samples; a network of five layers, whose
matrices slide over time, names the word. ``front_end`` is a chain of rules: a gradient can come back to the samples.

``python -m course_lib.studies.commands`` trains the networks that the lesson loads, and prints what they reach.
"""

from course_lib.studies.commands.augmentation import (
    SPECTRUM,
    WARPED,
    WARPS,
    AugmentedBatches,
    augment,
    augmented_pictures,
    masked,
    noises,
)
from course_lib.studies.commands.experiments import (
    rung,
    split_rows,
    split_score,
    transfer_runs,
    transfer_split,
    transferred,
)
from course_lib.studies.commands.judging import (
    HELD_OUT,
    SPEEDS,
    answers,
    held_out,
    played,
    probabilities,
    recognise,
    score_gradient,
    split_by_engine,
    split_by_speaker,
)
from course_lib.studies.commands.learning import command_training, few_of_each, take_steps, trained_network
from course_lib.studies.commands.measured import (
    RUNGS,
    SHIFTS,
    SIZES,
    SPLITS,
    STEPS,
    WAYS,
    Figure,
    accuracies,
    ladder,
    load_figures,
    rates,
    runs,
    said,
    transfer,
    verdict,
)
from course_lib.studies.commands.networks import (
    NETWORKS,
    PoolOverTime,
    load_networks,
    plain_network,
    sliding_network,
    stored,
    with_head_of,
    with_new_head,
)
from course_lib.studies.commands.sound import (
    BANDS,
    CENTRES,
    COLUMNS,
    FILTERS,
    FLOOR,
    HIGH,
    HOP,
    LOW,
    LOWEST,
    SAMPLES,
    SHORTEST,
    SILENCE,
    SIZE,
    WINDOW,
    features,
    front_end,
    pictures,
    prepare,
    prepared,
)
