"""The data files that come with the package: where they are, and whether they are whole; what loaders share."""

import numpy as np

CHECKSUMS = {                   # SHA-256; where each file comes from is told in SOURCES.md beside it
    "adding_figures.csv": "a5be0ca8bd8a22cfaec7efb82f894a2878ceb13ac6a88f031889a2ffa0aa4fce",
    "assimilation_figures.csv": "f1e3e1ed6473b9659c99743055437321a246dc57183d55cb2fbf48d25eedafe1",
    "assimilation_states.npz": "dd842f4e7d6760513b4e2a6d4f981592877d1d1fbc67d04f177dcbcc2d7e113a",
    "attacks_figures.csv": "056633df5fd81d0918825b7454ad7e211287c21ac75a1e72de8e9d38ec0bb7a5",
    "autoencoder_figures.csv": "b3f2787135823a9ae667d0db1327145482c67240fac24d228c9f8bc50557de3f",
    "blind_figures.csv": "f7bb7f222a0aa8e10e22d794eb5fd9c5f54efd4c4ee9f2d1d48cf3948e0844a8",
    "commands.npz": "435a2a6e8aef7ca4dd253dc16923ecfb73a52591b3a0a61a725711edcb2581a1",
    "commands_figures.csv": "7478e72f6c33bbc2ff3791a03fdb5ace33a1c981f59ab0f02f467b56d98a0349",
    "commands_networks.npz": "ea9745bb2c28b675752870eaa409e950224f1c536c5ecdbb06ad4d964f350f37",
    "digits.npz": "b2dab7b501728c22e9119ad76740b2e17c77a231e42d1e592380d90886f1a05e",
    "faces_elsewhere_figures.csv": "52ac1427fdecf1a07e8025ce02cb8f07e5472a2923de5f0dcc24320e3a42da83",
    "faces_networks.npz": "1d05f80b8f01fa0b9102935d441f0b8cc0b97fa61e25b076ddd34fd5f398f27d",
    "forgetting_confusions.npz": "cd920b17b67a14859e4c9227e2d9a1bb7e4413a91234f24c5261030820275848",
    "forgetting_figures.csv": "964e752256159e2a299309941b26d771d5f55b6b2d294ca5228ec5d674c31ed4",
    "feedback_figures.csv": "d7034749c87290d8e9c68e793b4d99ebd13601e2dcfb18f11f6a03c76d500230",
    "frameworks_figures.csv": "f7598d669431302d7bfd29ee765fc08d3331647ea5c4730124f88bf7cbc69e2c",
    "mnist_5k.npz": "246e0c30eeea57c8d0037d3f38c8e00651ec204cc61b8022563e9aeeb9d756f4",
    "moby_dick.txt.gz": "8f660c9ba828194c4c475495a44e0624c62ba30807b7a7edf0f1fb9067f14f3b",
    "new_writers.npz": "6fea95010be864ef979bc0084811e272900233d6785d4fbbd6ca131331e008bb",
    "noisy_labels_figures.csv": "cbf47e99834448541471724a805e2eba7968357e6b654cb598c3f320e064ffbf",
    "other_words.npz": "9166197ca0e25003fc434157be070218032d8b24949239225aa2134916c6a059",
    "people_figures.csv": "baf2a0f188a90a1069688a4a21fae2bf9e2a26d070c3394d81a8b6dfd7bb8f76",
    "ratings.npz": "faf2c61fdc19f81a7e57cc5ebb59637a3ce641a878086864b91857733e831409",
    "readings.npz": "9e115550ed81b229e6e443a1b34b1e016bed7107aed765a1a9f66270690becbe",
    "recommendation_figures.csv": "9a4ca9f74a699214480daec6ed7ffede250cf5e3901fdce1b03c3de6359912dc",
    "sentiment.npz": "a5ea879cf68457bf41fe403e14ed07efbfd8c1e58b2bf36509fe8800233412e9",
    "sentiment_figures.csv": "ad8f839e8aa2924cbdcfa7aabd2b0614449df90a3a4e19c1665fb6a4cfd614a1",
    "writers_figures.csv": "3064270065b81ec5a43fc453051fde7095c1cb7c3788dd77377b630a2bc36e57",
    "ten_rules_figures.csv": "39553072a235b8119e448044d58644a9a7d23af278ee25b2fac438883f937fb4",
    "zipcodes_figures.csv": "c7804afbaf8cfc43ffd4bf2ea8c22bd3779296e8844dae9c2600491dacf615a2",
    "seattle_weather.csv": "62f0609f787158128aa2bd102967173a4953122dd4f872bf1d502cae1037df0b",
}


def read_bytes(name):
    """The bytes of a data file, after comparing its SHA-256 with the one in ``CHECKSUMS``."""
    import hashlib  # imported here: import course_lib should cost no more than NumPy
    from importlib.resources import files
    try:
        content = (files(__package__) / name).read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"the data file {name} is missing from course_lib/data; "
                                "restore it with: git checkout -- course_lib/data") from error
    found = hashlib.sha256(content).hexdigest()
    if found != CHECKSUMS[name]:
        raise ValueError(f"the data file {name} is damaged (SHA-256 {found[:12]}…, expected {CHECKSUMS[name][:12]}…); "
                         "restore it with: git checkout -- course_lib/data")
    return content


def float_type(name, dtype):
    """The dtype, if it can hold the numbers between 0 and 1 that a loader gives; ValueError otherwise."""
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = None
    if kind is None or kind.kind != "f":
        raise ValueError(f"{name}: dtype must be a type of floats, got {dtype!r}: the values lie between 0 and 1; "
                         "give np.float64 or np.float32")
    return kind


def verify_files():
    """Check every data file. Returns ``{name: "whole" or what is wrong}``."""
    report = {}
    for name in CHECKSUMS:
        try:
            read_bytes(name)
            report[name] = "whole"
        except (FileNotFoundError, ValueError) as error:
            report[name] = str(error)
    return report
