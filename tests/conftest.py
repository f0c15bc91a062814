"""What every test and every notebook run needs before NumPy is imported."""

import os
import tempfile

os.environ["OPENBLAS_NUM_THREADS"] = "1"        # reproducible sums
# A test run must not count as the learner's own work.
os.environ["COURSE_LIB_PROGRESS"] = os.path.join(tempfile.mkdtemp(prefix="course-progress-"), "progress.json")
