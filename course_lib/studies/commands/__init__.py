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
    clipped,
    enveloped,
    masked,
    noises,
)
from course_lib.studies.commands.experiments import (
    BEFORE,
    RECIPE,
    WHOLE,
    recipe,
    rung,
    split_rows,
    split_score,
    to_learn,
    transfer_runs,
    transfer_split,
    transferred,
)
from course_lib.studies.commands.judging import (
    HELD_OUT,
    SPEEDS,
    THRESHOLD,
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
    HEARD,
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
    recipe_steps,
    runs,
    said,
    scratch_draws_level,
    transfer,
    verdict,
)
from course_lib.studies.commands.networks import (
    NETWORKS,
    PoolOverTime,
    budget,
    load_networks,
    plain_network,
    sliding_network,
    stored,
    with_head_of,
    with_new_head,
)
from course_lib.studies.commands.no_word import ALIKE, no_words, none_of, outside
from course_lib.studies.commands.people import (
    how_sure,
    judge_recordings,
    people_figures,
    recipe_table,
    write_examples,
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
