"""Open the course in JupyterLab: ``python -m course_lib.teaching.lab [options of jupyter lab]``.

The same as ``jupyter lab`` in the course's folder, but it starts with lesson 00 wherever it is called, computes with
one BLAS thread (as the tests do; faster, too, for networks of this size), works for root (containers), and does not
ask whether to fetch news. Everything after the name of the module is passed on: ``--no-browser --port 9999``.
"""

import os
import sys
import tempfile
from pathlib import Path

from course_lib.teaching import ROOT, hindrance

FIRST = "notebooks/00_start_here.ipynb"


def command(arguments=()):
    """The arguments for ``jupyter lab``; one given by the user takes the place of ours."""
    ours = {"--ServerApp.root_dir": ROOT, "--LabApp.default_url": f"/lab/tree/{FIRST}"}
    given = {argument.split("=")[0] for argument in arguments}
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*(f"{name}={value}" for name, value in ours.items() if name not in given),
            *(["--allow-root"] if root else []), *arguments]


def prepare(environment):
    """What the server and its kernels need to be told; what the user has set already stays."""
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    environment.setdefault("JUPYTER_PREFER_ENV_PATH", "1")      # this installation's kernel before the user's others
    folders = [str(Path(__file__).parent), environment.get("JUPYTER_CONFIG_PATH")]
    environment["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, folders))         # labconfig/ is found there


def unwritable():
    """The sentence for the first of JupyterLab's own folders that cannot be written, or None."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir
    for folder in (jupyter_config_dir(), jupyter_data_dir(), jupyter_runtime_dir()):
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            return (f"JupyterLab needs {folder}, which cannot be written ({error.strerror}): "
                    "let the environment variable HOME name a folder that can, and start again.")
    return None


def main(arguments=None):
    problem = hindrance(FIRST, ("jupyterlab", "ipykernel", "ipywidgets", "matplotlib"), "lab") or unwritable()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    prepare(os.environ)
    from jupyterlab.labapp import main as lab
    return lab(command(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    sys.exit(main())
