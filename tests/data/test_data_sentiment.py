"""Rated sentences: as many as the source tells, sorted by sign, without the faults of the source."""

import numpy as np

from course_lib.data import load_sentiment


def test_sentences_ratings_and_lexicon_belong_to_each_other():
    data = load_sentiment()
    assert len(data.sentences) == len(data.ratings) == len(data.rating) == len(data.lexicon) == 10605
    lengths = [len(r) for r in data.ratings]
    assert (min(lengths), max(lengths), sum(lengths)) == (15, 29, 198810)
    assert min(r.min() for r in data.ratings) == -4 and max(r.max() for r in data.ratings) == 4
    assert data.sentences[2] == "Effective but too tepid biopic" and data.rating[2] == -0.6
    assert data.rating[-1] == -1.8125 and data.lexicon.min() >= -1 and data.lexicon.max() <= 1
    assert len(data.words) == 7209 and data.words["good"] == 1.9 and data.words["horrible"] == -2.5


def test_the_file_is_sorted_by_sign_and_two_sentences_stand_twice():
    data = load_sentiment()
    assert np.mean(data.rating[:5300] > 0) > 0.9 and np.mean(data.rating[5300:] > 0) < 0.1
    assert len(set(data.sentences)) == 10603


def test_no_faults_of_the_source_are_left():
    text = "\n".join(load_sentiment().sentences)
    assert "&amp;" not in text and "''" not in text and "  " not in text and "clichés" in text
