"""What every test shares (fixtures/ at the top of the repository is iron; pytest's fixtures live here)."""

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

# Properties are judged by what holds, not by how fast a busy machine shows it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# What a verb leaves that has no folder of its own is left in one of the tests', never in somebody's home.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="station-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)
