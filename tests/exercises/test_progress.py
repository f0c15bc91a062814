"""The learner's progress: nothing is lost, whoever writes and whatever is in the way."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from course_lib.exercises import export_progress, import_progress, progress, progress_table, tasks


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """Where the progress of a test is kept; nothing of another test waits to be written."""
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "home" / "progress.json"))
    monkeypatch.setattr(progress, "_pending", {})
    return tmp_path / "home" / "progress.json"


def contents(folder):
    """All files below a folder, with their bytes."""
    return {path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def written(file, content):
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


WRITER = """
import sys
from course_lib.exercises import progress
for i in range(int(sys.argv[1])):
    assert progress.record(f"0{i % 9 + 1}-1", i % 7 == 0) is None
    print(i, flush=True)
"""


def test_four_processes_at_once_lose_nothing():
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, "500"], stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [writer.wait(300) for writer in writers] == [0] * 4
    assert sum(entry["tries"] for entry in progress.read().values()) == 2000


def test_a_process_that_is_killed_leaves_a_whole_file_and_no_lock(file):
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, "100000"], stdout=subprocess.PIPE)
        for _ in range(20):
            writer.stdout.readline()
        before = time.monotonic()
        writer.send_signal(signal.SIGKILL)
        writer.wait(60)
        writer.stdout.close()
        assert progress.record("12-1", True) is None and time.monotonic() - before < 30
    entries = progress.read()
    assert entries["12-1"] == {"passed": True, "tries": 3}
    assert sum(entry["tries"] for entry in entries.values()) >= 63
    assert json.loads(file.read_text())["version"] == progress.VERSION


def test_passed_stays_passed():
    for passed in (False, True, False):
        progress.record("01-1", passed)
    assert progress.read() == {"01-1": {"passed": True, "tries": 3}}


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_on_a_full_disk_the_old_file_stays_and_the_note_waits(file, monkeypatch, where):
    progress.record("01-1", True)
    before = file.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(os, where, full)
        assert "could not be noted" in progress.record("01-2", False)
        assert "No space left on device" in progress.record("01-2", True)
    assert file.read_bytes() == before
    assert progress.read()["01-2"] == {"passed": True, "tries": 2}          # known here, though not written
    assert progress.record("01-3", True) is None
    assert json.loads(file.read_text()).keys() == {"version", "01-1", "01-2", "01-3"}
    assert progress.read()["01-2"]["tries"] == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_in_a_folder_that_cannot_be_written_the_note_waits(file):
    file.parent.mkdir()
    file.parent.chmod(0o500)
    assert "could not be noted" in progress.record("01-1", True)
    file.parent.chmod(0o700)
    assert progress.record("01-2", True) is None and progress.read().keys() == {"01-1", "01-2"}


def test_a_file_in_the_place_of_the_folder(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert "could not be noted" in progress.record("01-1", True)
    assert progress.read()["01-1"]["passed"] and "1 of" in progress_table()._repr_html_()


DAMAGED = ["{broken", "[1, 2]", "", '{"01-1": 3}', b"\xff\xfe\x00\x80", "null", '"text"', "[" * 100_000,
           '{"version": null}']
LATER = ['{"version": 2, "tasks": {"01-1": "done"}}', '{"version": "3.0"}']
READABLE = ['{"01-1": {"passed": true}}', '{"01-1": {"passed": true, "tries": null}}',
            b'\xef\xbb\xbf{"01-1": {"passed": true, "tries": 1}}', '{"01-1": {"passed": true, "tries": "many"}}']


@pytest.mark.parametrize("content", [*DAMAGED, *LATER, *READABLE], ids=range(15))
def test_opening_the_table_changes_nothing_on_disk(file, content, capsys):
    written(file, content)
    before = contents(file.parent)
    progress_table()
    progress.read()
    assert contents(file.parent) == before
    assert bool(capsys.readouterr().out) == (content not in READABLE)


def test_without_a_file_the_table_makes_none(file, capsys):
    assert f"0 of {len(tasks())} tasks done" in progress_table()._repr_html_()
    assert not file.parent.exists() and not capsys.readouterr().out


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_kept_and_none_set_aside_is_overwritten(file, content):
    for _ in range(3):
        written(file, content)
        assert progress.record("02-1", True) is None
        assert progress.read() == {"02-1": {"passed": True, "tries": 1}}
    data = content if isinstance(content, bytes) else content.encode()
    assert [f.read_bytes() for f in file.parent.glob("*unreadable*")] == [data] * 3


@pytest.mark.parametrize("content", LATER)
def test_a_file_of_a_later_version_is_left_as_it_is(file, content, capsys):
    written(file, content)
    for _ in range(2):
        assert progress.record("02-1", True) is None
    assert file.read_text() == content and progress.read() == {"02-1": {"passed": True, "tries": 2}}
    progress_table()
    assert "later version" in capsys.readouterr().out


@pytest.mark.parametrize("content", READABLE)
def test_what_can_be_read_is_used(file, content):
    written(file, content)
    progress.record("01-1", False)
    entry = progress.read()["01-1"]
    assert entry["passed"] and entry["tries"] in (1, 2) and not list(file.parent.glob("*unreadable*"))


def test_a_folder_in_its_place_is_left_as_it_is(file, capsys):
    file.mkdir(parents=True)
    (file / "mine.txt").write_text("mine")
    for _ in range(2):
        assert progress.record("02-1", True) is None
    assert (file / "mine.txt").read_text() == "mine" and progress.read() == {"02-1": {"passed": True, "tries": 2}}
    progress_table()
    assert "is a folder" in capsys.readouterr().out


def test_what_is_unknown_in_a_file_stays_there(file):
    written(file, '{"99-9": {"passed": false, "tries": 4, "note": "mine"}}')
    progress.record("01-1", True)
    assert json.loads(file.read_text())["99-9"] == {"passed": False, "tries": 4, "note": "mine"}


def test_export_and_import_move_it_to_another_machine(tmp_path, monkeypatch):
    for task_id, passed in (("01-1", True), ("01-1", True), ("01-2", False)):
        progress.record(task_id, passed)
    here = progress.read()
    export_progress(tmp_path / "mine.json")
    with pytest.raises(FileExistsError):
        export_progress(tmp_path / "mine.json")
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "other" / "progress.json"))
    progress.record("01-2", True)
    for _ in range(2):
        import_progress(tmp_path / "mine.json")
    assert progress.read() == {"01-1": here["01-1"], "01-2": {"passed": True, "tries": 1}}
    (tmp_path / "damaged.json").write_text("{")
    with pytest.raises(ValueError):
        import_progress(tmp_path / "damaged.json")


def test_the_table_has_a_sum_for_each_lesson_and_links(file):
    progress.record("01-1", True)
    progress.record("01-2", False)
    page = progress_table()
    lines = repr(page).splitlines()
    states = {line.split()[0]: line.split("  ")[-1].strip() for line in lines[1:]}
    assert states["01-1"] == "✓ done" and states["01-2"] == "tried" and states["02-1"] == "not yet"
    count = sum(task_id.startswith("01") for task_id in tasks())
    assert f"1 of {count} done" in lines[1] and f"1 of {len(tasks())} tasks done" in page._repr_html_()
    for href in ("01_learning_as_descent.ipynb", "../exercises/12_understanding_voice_commands.ipynb"):
        assert f'<a href="{href}">' in page._repr_html_()
