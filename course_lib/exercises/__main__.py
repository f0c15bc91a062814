"""The checks from a terminal.

    python -m course_lib.exercises 04-1 answer.py            check the function of task 04-1 in answer.py
    python -m course_lib.exercises 04-1 answer.py --json     the same as one JSON object
    python -m course_lib.exercises --list                    all tasks, with the function that each asks for
    python -m course_lib.exercises --export FILE             the progress of this machine into a new file
    python -m course_lib.exercises --import FILE             the progress in a file added to that of this machine

Exit status: 0 right, 1 wrong, 2 not done yet, 3 nothing could be checked (no such task, file or function; a package
that the task needs is not installed).
Progress is written only with --record. The answer runs in a process of its own, which is ended when it takes too long.
"""

import argparse
import io
import json
import os
import subprocess
import sys
from pathlib import Path

from course_lib.exercises import guard, progress
from course_lib.exercises.engine import examine, find, say, tasks

RIGHT, WRONG, NOT_DONE, NOTHING = range(4)


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(NOTHING, f"{self.prog}: {message}\n")


def main(arguments=None):
    parser = _Parser(prog="python -m course_lib.exercises", description=__doc__,
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="?", help="such as 04-1")
    parser.add_argument("file", nargs="?", help="a Python file with the function")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--record", action="store_true", help="note the result in the progress table")
    parser.add_argument("--list", action="store_true", help="print all tasks")
    parser.add_argument("--export", metavar="FILE", help="write the progress to a new file")
    parser.add_argument("--import", dest="bring", metavar="FILE", help="add the progress in a file")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.list:
            return _list(options.json)
        if options.export:
            return _moved(progress.export_progress, options.export, "the progress was written to")
        if options.bring:
            return _moved(progress.import_progress, options.bring, "the progress was added from")
        if not options.task or not options.file:
            parser.error("give a task and a file, or --list")
        if options.task not in tasks():
            return _nothing(options, f"there is no task {options.task!r}; --list shows all")
        if not Path(options.file).is_file():
            return _nothing(options, f"there is no file {options.file}")
        if options.child:
            return _child(options)
        return _report(options, _in_a_process(options))
    except KeyboardInterrupt:
        say("interrupted")
        return WRONG


def _list(as_json):
    found = [{"id": t.id, "title": t.title, "signature": t.signature, "level": t.level, "minutes": t.minutes}
             for t in tasks().values()]
    say(json.dumps(found, indent=1) if as_json
        else "\n".join(f"{t['id']}  {t['signature']:<58}  {t['title']}" for t in found))
    return RIGHT


def _moved(function, file, text):
    try:
        function(file)
    except FileExistsError:
        say(f"{file} is there already; it is not overwritten: give another name")
        return NOTHING
    except (OSError, ValueError) as error:
        say(f"{file}: {error}")
        return NOTHING
    say(f"{text} {file}")
    return RIGHT


def _nothing(options, text):
    say(json.dumps({"task": options.task, "status": NOTHING, "fault": None, "lines": [text]}) if options.json else text)
    return NOTHING


def _report(options, report):
    if options.record and report["status"] in (RIGHT, WRONG):
        if problem := progress.record(options.task, report["status"] == RIGHT):
            report["lines"].append(problem)
    say(json.dumps(report) if options.json else "\n".join(report["lines"]))
    return report["status"]


# ---- the two processes -----------------------------------------------------------------------------------------------

def _in_a_process(options):
    """The report of a second process, or what became of that process."""
    command = [sys.executable, "-m", "course_lib.exercises", options.task, options.file, "--child"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:replace", "PYTHONUTF8": "1"}
    seconds = 3 * guard.SECONDS
    head = f"{options.task} {find(options.task).title}"
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment,
                              timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return _broken(options, head, "time", f"no answer after {seconds} seconds: is there a loop without an end?")
    try:
        return json.loads(done.stdout.decode("utf-8").splitlines()[-1])
    except (ValueError, IndexError):
        return _broken(options, head, "exit",
                       f"the process of the answer ended without a report (status {done.returncode})")


def _broken(options, head, name, text):
    return {"task": options.task, "status": WRONG, "passed": False, "fault": {"name": name, "text": text},
            "lines": [head, "  ✗ it is a function and it runs", f"    {text}"]}


def _child(options):
    """Run the file, check its function, and write the report as the last line of standard output."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")       # for the report alone
    os.dup2(2, 1)                                           # whatever the file prints goes to the error output
    sys.stdout = io.TextIOWrapper(os.fdopen(os.dup(2), "wb"), encoding="utf-8", errors="replace", line_buffering=True)
    report = _examined(options)
    out.write("\n" + json.dumps(report) + "\n")
    out.flush()
    return report["status"]


def _examined(options):
    task, file = find(options.task), Path(options.file)
    head, name = f"{task.id} {task.title}", task.reference.__name__
    names = {"__name__": "answer", "__file__": str(file)}
    sys.path.insert(0, str(file.resolve().parent))

    def run():
        exec(compile(file.read_bytes(), str(file), "exec"), names)
    try:
        with guard.Visit() as visit:
            visit.files.add(str(file))
            visit.call(run, ())
    except guard.NotDone:
        pass                                                # a call at the end of the file; its functions are there
    except guard.AnswerFault as error:
        if not callable(names.get(name)):
            return _broken(options, head, error.fault.name, f"the file does not run: {error.fault.text}")
    if name not in names:
        return {"task": task.id, "status": NOTHING, "passed": False, "fault": None,
                "lines": [head, f"  {file.name} has no function {name}: the task asks for {task.signature}"]}
    report = examine(task, names[name])
    status = RIGHT if report.passed else WRONG if report.fault else NOTHING if report.unchecked else NOT_DONE
    fault = report.fault and {"name": report.fault.name, "text": report.fault.text}
    return {"task": task.id, "status": status, "passed": report.passed, "fault": fault, "lines": report.lines}


if __name__ == "__main__":
    sys.exit(main())
