"""Recognising faces of people that the network never met: the two stages of Parkhi, Vedaldi and Zisserman at a laptop's
scale.

Stage one trains a convolutional classifier of 30 people, all layers by backpropagation. Its trunk turns an image into a
descriptor. Stage two freezes the trunk and tunes a projection of the descriptors with the triplet loss. Both are judged
on pairs of photographs of the 10 people left out, for five choices of these (``split_people``).

``python -m course_lib.studies.faces`` trains all five networks, prints what they reach and writes
``faces_networks.npz``.

Source: Parkhi, Vedaldi, Zisserman (2015), Deep face recognition, BMVC; the photographs: see ``load_faces``.
"""

from course_lib.studies.faces import resemblance, vgg_face
from course_lib.studies.faces.baselines import (
    discriminant,
    eigenfaces,
    fisherfaces,
    pixels,
    principal_directions,
    standardised_pixels,
)
from course_lib.studies.faces.classifier import (
    BATCH,
    ONE_VIEW,
    VIEWS,
    CosineLogits,
    SideBySide,
    augmented_descriptors,
    classifier_training,
    descriptors,
    make_trunk,
    margin_loss,
)
from course_lib.studies.faces.contest import (
    BASELINES,
    KNOWN,
    Contest,
    carried,
    errors_by_person,
    known_rate,
    known_rows,
    strangers_split,
)
from course_lib.studies.faces.elsewhere import (
    CAMERAS,
    FEWEST,
    MANY,
    SHIFTED,
    Calibration,
    Shifted,
    TooFew,
    against_many,
    among,
    as_taken,
    calibrate,
    centred,
    elsewhere_figures,
    elsewhere_rows,
    elsewhere_tables,
    gate,
    judge_photographs,
    known_and_example,
    naming_threshold,
    one_view,
    other_camera,
    own_light,
    shifted_row,
    shifted_rows,
    shifted_table,
    strangers_named,
    threshold_of,
)
from course_lib.studies.faces.images import (
    HEIGHT,
    SPLITS,
    UNSEEN,
    WIDTH,
    AugmentedBatches,
    augmented,
    bilinear,
    check_images,
    prepare,
    resized,
    split_faces,
    split_people,
    standardised,
)
from course_lib.studies.faces.networks import EPOCHS, FILE, SEED, TRUNKS, embedding_of, train, trained, unseen_error
from course_lib.studies.faces.projection import Projection, projection_training, whitening
