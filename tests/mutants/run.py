"""Apply the edits of ``mutants.py`` one by one, each to a copy of the package, and run the tests that should notice it.

    python tests/mutants/run.py                        all of them
    python tests/mutants/run.py --only "losses|gru"    those in whose file, text or tests this expression is found
    python tests/mutants/run.py -j 1                   one at a time (as many as there are processors by default)
    python tests/mutants/run.py --list                 nothing is run: what there is

First all named tests are run on an unchanged copy: they must pass. The exit status is 0 only if every mutant dies or
has a reason to live; a list that does not fit the library any more is an error. Interrupting prints what is known.
"""

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from mutants import MUTANTS, ROOT

LIMIT = 120                         # seconds; a mutant that takes longer loops for ever, and counts as killed
LARGE = 50_000                      # bytes; larger files that are no source are linked, not copied
# One process, and the built-in plugins alone: to load all that are installed takes eight times as long.
OPTIONS = "-x -q --tb=no -rfE -o addopts= -p no:cacheprovider -p first_failure_will_do"
PLUGIN = """# Hypothesis may leave out what it does after a failure: a smaller example tells nothing new here.
from hypothesis import Phase, settings
settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], derandomize=True)
settings.load_profile("mutants")
"""
KILLED, SURVIVED, ERROR = "killed", "SURVIVED", "ERROR"


# ---- copies --------------------------------------------------------------------------------------------------

def _copy_or_link(source, target):
    if os.path.getsize(source) > LARGE and not source.endswith(".py"):
        os.symlink(os.path.abspath(source), target)
    else:
        shutil.copy2(source, target)                    # with its time: what was compiled before stays valid


def plain_copy(folder):
    """The package and its tests as they are."""
    folder.mkdir()
    for name in ("course_lib", "tests"):
        shutil.copytree(ROOT / name, folder / name, copy_function=_copy_or_link)
    shutil.copy2(ROOT / "pyproject.toml", folder)
    (folder / "first_failure_will_do.py").write_text(PLUGIN)
    return folder


def mutated_copy(mutant, plain, folder):
    """The same with the edit: all other files are shared with the plain copy."""
    shutil.copytree(plain, folder, copy_function=os.link, symlinks=True)
    file = folder / "course_lib" / mutant.file
    text = mutant.applied(folder)
    file.unlink()                                       # a new file, not the shared one overwritten
    file.write_text(text, encoding="utf-8")
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        compiled.unlink()
    return folder


# ---- one run of pytest ---------------------------------------------------------------------------------------

class Runs:
    """The processes under way, so that an interruption can end them all."""

    def __init__(self):
        self.alive, self.stopped = set(), False

    def pytest(self, folder, arguments, limit):
        """(exit status, or None if it took too long; output). Nobody's progress or settings play a part."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        environment |= {"PYTHONPATH": str(folder), "OPENBLAS_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                        "COURSE_LIB_PROGRESS": str(folder / "progress.json")}
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *shlex.split(OPTIONS), *arguments], cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            errors="replace", start_new_session=True)
        self.alive.add(process)
        try:
            if self.stopped:
                self.end(process)
            output, _ = process.communicate(timeout=limit)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            self.end(process)
            return None, process.communicate()[0]
        finally:
            self.alive.discard(process)

    def end(self, process):
        """End a process and all that it started."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass                                        # it ended by itself in the meantime

    def end_all(self):
        self.stopped = True
        for process in list(self.alive):
            self.end(process)


def paths(tests):
    """``"rules/test_x.py -k tanh"`` -> (["tests/rules/test_x.py"], "tanh" or None)."""
    words = shlex.split(tests)
    wanted = words.index("-k") if "-k" in words else len(words)
    files = words[:wanted] + words[wanted + 2:]
    return [f"tests/{file}" for file in files], words[wanted + 1] if wanted < len(words) else None


def arguments(tests):
    files, keyword = paths(tests)
    return files + (["-k", keyword] if keyword else [])


def judge(status, output):
    """(verdict, by what), from how a run of pytest ended."""
    if status is None:
        return KILLED, f"it does not end within {LIMIT} s"
    if status == 0:
        return SURVIVED, "all tests named passed"
    failed = re.search(r"^(?:FAILED|ERROR) (?:tests/)?(.*?)(?: - .*)?$", output, re.MULTILINE)
    if status in (1, 2) and failed:
        return KILLED, failed[1]
    if status == 2 and "KeyboardInterrupt" in output:
        return KILLED, "an interrupt that should have been caught ended pytest"
    if status < 0:
        return KILLED, f"the process ended by signal {-status}"
    if status == 5:
        return ERROR, "no test was selected"
    return ERROR, f"pytest ended with status {status}: {' '.join(output.split()[-30:])}"


# ---- all of them ---------------------------------------------------------------------------------------------

def unchanged_tests_pass(mutants, plain, runs, pool):
    """Run the tests that are named on the plain copy, each file once."""
    choices = {}
    for mutant in mutants:
        files, keyword = paths(mutant.tests)
        for file in files:
            choices.setdefault(file, set()).add(keyword)

    def passes(file):
        chosen = [] if None in choices[file] else ["-k", " or ".join(f"({word})" for word in sorted(choices[file]))]
        start, (status, output) = time.monotonic(), runs.pytest(plain, [file, *chosen], 5 * LIMIT)
        good = status in (0, 5)                         # 5: of several files named, the tests meant are in another
        print(f"{'passes' if good else 'FAILS'}  {file} ({time.monotonic() - start:.1f} s)", flush=True)
        if not good:
            print(f"{' '.join(chosen)}\n{output}", file=sys.stderr, flush=True)
        return good
    return all(list(pool.map(passes, sorted(choices))))


def examine(mutant, plain, folder, runs):
    start = time.monotonic()
    try:
        verdict = judge(*runs.pytest(mutated_copy(mutant, plain, folder), arguments(mutant.tests), LIMIT))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return *verdict, time.monotonic() - start


def report(mutant, verdict, by):
    """One line, and whether it is as it should be."""
    if verdict == SURVIVED and mutant.reason:
        return f"lives     {mutant}\n          reason: {mutant.reason}", True
    if verdict == KILLED and mutant.reason:
        return f"killed    {mutant}\n          by {by}; its reason to live is out of date: {mutant.reason}", True
    return f"{verdict:9} {mutant}\n          {'by ' if verdict == KILLED else ''}{by}", verdict == KILLED


def main(given=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="PATTERN", help="an expression found in file, text or tests")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, metavar="N", help="how many at a time")
    parser.add_argument("--list", action="store_true", help="print the mutants and their tests, run nothing")
    options = parser.parse_args(given)
    mutants = [m for m in MUTANTS if re.search(options.only, f"{m.file} {m.old} {m.new} {m.tests}")]
    if options.list:
        print("\n".join(f"{m}\n    {m.tests}" + (f"\n    lives: {m.reason}" if m.reason else "") for m in mutants))
        return 0
    if not mutants or options.j < 1:
        parser.error(f"no mutant contains {options.only!r}" if not mutants else "-j must be at least 1")
    misfits = []
    for mutant in mutants:
        try:
            mutant.applied()
        except (ValueError, OSError) as error:
            misfits.append(str(error))
    if misfits:
        print(*misfits, sep="\n", file=sys.stderr)
        return 2

    runs, left, done, begun = Runs(), [], 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        plain, pool = plain_copy(Path(place) / "plain"), ThreadPoolExecutor(options.j)
        try:
            print(f"{len(mutants)} mutants; first the tests on the unchanged package ...", flush=True)
            if not unchanged_tests_pass(mutants, plain, runs, pool):
                print("the tests fail on the unchanged package: nothing can be learnt from them", file=sys.stderr)
                return 2
            begun = time.monotonic()
            jobs = {pool.submit(examine, m, plain, Path(place) / f"m{i}", runs): m for i, m in enumerate(mutants)}
            for job in as_completed(jobs):
                verdict, by, seconds = job.result()
                line, good = report(jobs[job], verdict, by)
                done += 1
                left += [] if good else [line]
                rest = (time.monotonic() - begun) / done * (len(mutants) - done) / 60
                print(f"{done}/{len(mutants)} ({seconds:.1f} s; {rest:.1f} min left)  {line}", flush=True)
        except KeyboardInterrupt:
            print(f"\ninterrupted after {done} of {len(mutants)} mutants")
        finally:
            runs.end_all()
            pool.shutdown(wait=True, cancel_futures=True)
    minutes = (time.monotonic() - begun) / 60
    print(f"\n{done} of {len(mutants)} mutants in {minutes:.1f} min; not as they should be: {len(left)}")
    print(*left, sep="\n")
    return 0 if done == len(mutants) and not left else 1


if __name__ == "__main__":
    sys.exit(main())
