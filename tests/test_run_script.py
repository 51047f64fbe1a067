"""The newcomer's door, tried in copies of the checkout on a PATH that has only what a bare Debian has.

Python and venv are real; pip, apt-get and id are stand-ins that write down what they were asked.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parent.parent
ESSENTIAL = "sh cat cmp cp dirname find flock ln mkdir mv readlink rm sleep sync".split()

PYTHON = """#!/bin/sh
# python3 as Debian installs it; `-m venv` puts a pip in place that only writes down its arguments.
case "$*" in
*"import ensurepip"*) [ ! -e "{log}/no-ensurepip" ] || exit 1 ;;
*"(3, 11)"*) [ ! -e "{log}/old-python" ] || exit 1 ;;
*ctypes*" libGL.so.1"|*ctypes*" libxcb-cursor.so.0") [ ! -e "{log}/no-qt-libraries" ] || exit 1 ;;
esac
[ "${{1-}} ${{2-}}" = "-m venv" ] || exec "{python}" "$@"
"{python}" -m venv --without-pip "$3" || exit
for site in "$3"/lib/python3*/site-packages; do cp -R "{log}/site/." "$site/"; done
echo "$3" >>"{log}/venv"
"""

PIP = """
import os, pathlib, signal, sys, time
log = pathlib.Path({log!r})
with (log / "pip").open("a") as file:
    print(*sys.argv[1:], file=file)
time.sleep(float(os.environ.get("PIP_TAKES", "0")))
if os.environ.get("PIP_IS_KILLED"):
    os.kill(os.getppid(), signal.SIGKILL)
print("what pip says on standard output")
sys.exit(int(os.environ.get("PIP_ENDS", "0")))
"""

PROGRAM = """
import json, os, sys
print(json.dumps({"name": %r, "args": sys.argv[1:], "cwd": os.getcwd(), "file": __file__}))
sys.exit(int(os.environ.get("PROGRAM_ENDS", "0")))
"""

APT_GET = """#!/bin/sh
echo "$*" >>"{log}/apt-get"
[ ! -e "{log}/no-network" ] || {{ echo "E: Unable to locate package"; exit 100; }}
case "$1" in install) ln -sf "{log}/python3" "{path}/python3"; rm -f "{log}/no-ensurepip" "{log}/no-qt"* ;; esac
"""

QT = (
    "libgl1 libegl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxkbcommon-x11-0"
    " libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)
"""What Qt needs of Debian, named as well where no Python can try it."""


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@dataclass(frozen=True)
class Machine:
    """A checkout in a folder with a space in its name, and a PATH with the essential programs of Debian."""

    checkout: Path
    path: Path
    log: Path

    def start(self, *args: str, cwd: Path | None = None, door: Path | None = None, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [door or self.checkout / "run", *args],
            cwd=cwd or self.checkout,
            env={"PATH": str(self.path), "STUB_UID": "1000", "CI": "true"} | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *args: str, cwd: Path | None = None, door: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*args, cwd=cwd, door=door, **env)
        out, err = process.communicate(timeout=30)
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def asked(self, whom: str) -> list[str]:
        file = self.log / whom
        return file.read_text().splitlines() if file.exists() else []

    def without_python(self) -> None:
        (self.path / "python3").unlink()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "a checkout", tmp_path / "bin", tmp_path / "log")
    for folder in (made.checkout, made.path, made.log / "site" / "pip", made.log / "site" / "pytest"):
        folder.mkdir(parents=True)
    shutil.copy2(CHECKOUT / "run", made.checkout / "run")
    (made.checkout / "requirements.txt").write_text("click==8\n")
    (made.checkout / "requirements-test.txt").write_text("click==8\npytest==9\n")
    (made.checkout / "station").mkdir()
    (made.checkout / "station" / "__main__.py").write_text(PROGRAM % "station")
    (made.log / "site" / "pip" / "__main__.py").write_text(PIP.format(log=str(made.log)))
    (made.log / "site" / "pytest" / "__main__.py").write_text(PROGRAM % "pytest")
    for name in ESSENTIAL:
        real = shutil.which(name)
        assert real is not None, f"{name} is missing, which every Debian has"
        (made.path / name).symlink_to(real)
    base = sys.executable if sys.prefix == sys.base_prefix else os.path.realpath(sys.executable)
    script(made.log / "python3", PYTHON.format(log=made.log, python=base))
    (made.path / "python3").symlink_to(made.log / "python3")
    script(made.path / "apt-get", APT_GET.format(log=made.log, path=made.path))
    script(made.path / "id", '#!/bin/sh\necho "$STUB_UID"\n')
    return made


@pytest.mark.parametrize("name", ["run", ".ci/run"])
def test_the_scripts_are_posix_shell_and_executable(name: str) -> None:
    file = CHECKOUT / name
    shell = shutil.which("dash") or "/bin/sh"
    assert subprocess.run([shell, "-n", file], check=False).returncode == 0
    assert os.access(file, os.X_OK)
    assert file.read_text().startswith("#!/bin/sh\n")


def test_who_is_not_root_is_told_the_one_apt_get_line(machine: Machine) -> None:
    machine.without_python()
    result = machine.run()
    assert result.returncode == 69
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if "apt-get" in line]
    assert lines == [
        f"sudo apt-get update && sudo apt-get install -y --no-install-recommends python3 python3-venv {QT}"
    ]
    assert machine.asked("apt-get") == []


def test_only_what_is_missing_is_named(machine: Machine) -> None:
    (machine.log / "no-ensurepip").touch()
    result = machine.run()
    assert result.returncode == 69
    assert result.stderr.endswith("--no-install-recommends python3-venv\n")


def test_the_libraries_of_a_window_are_tried_and_only_those_that_do_not_load_are_named(machine: Machine) -> None:
    (machine.log / "no-qt-libraries").touch()
    result = machine.run()
    assert result.returncode == 69
    assert result.stderr.endswith("--no-install-recommends libgl1 libxcb-cursor0\n")
    assert machine.run(STUB_UID="0").returncode == 0
    assert machine.asked("apt-get")[-1] == "install -y -qq --no-install-recommends libgl1 libxcb-cursor0"


def test_root_gets_the_packages_installed_and_the_station_started(machine: Machine) -> None:
    machine.without_python()
    result = machine.run(STUB_UID="0")
    assert result.returncode == 0, result.stderr
    assert machine.asked("apt-get") == [
        "update -qq",
        f"install -y -qq --no-install-recommends python3 python3-venv {QT}",
    ]
    assert '"name": "station"' in result.stdout


def test_apt_get_without_a_network_ends_in_a_sentence(machine: Machine) -> None:
    machine.without_python()
    (machine.log / "no-network").touch()
    result = machine.run(STUB_UID="0")
    assert result.returncode == 69
    assert "E: Unable to locate package" in result.stderr
    assert result.stderr.endswith("Is there a network?\n")


def test_where_there_is_no_apt_get_the_missing_parts_are_named(machine: Machine) -> None:
    machine.without_python()
    (machine.path / "apt-get").unlink()
    result = machine.run(STUB_UID="0")
    assert result.returncode == 69
    assert f"by their Debian names: python3 python3-venv {QT}" in result.stderr


def test_an_old_python_is_refused(machine: Machine) -> None:
    (machine.log / "old-python").touch()
    result = machine.run()
    assert result.returncode == 69
    assert "Python 3.11 or newer is needed" in result.stderr
    assert not (machine.checkout / ".venv").exists()


def test_the_first_start_installs_by_hash_and_leaves_standard_output_to_the_program(machine: Machine) -> None:
    result = machine.run("sim", "--headless", "--json")
    assert result.returncode == 0, result.stderr
    (call,) = machine.asked("pip")
    assert "--require-hashes --only-binary :all:" in call
    assert call.endswith("/requirements.txt")
    (line,) = result.stdout.splitlines()
    assert '"args": ["sim", "--headless", "--json"]' in line
    assert "what pip says" in result.stderr
    assert "about a minute" in result.stderr


def test_a_second_start_is_silent_and_asks_nothing_of_pip(machine: Machine) -> None:
    machine.run()
    machine.without_python()
    result = machine.run()
    assert result.returncode == 0
    assert result.stderr == ""
    assert len(machine.asked("pip")) == 1


def test_no_arguments_make_units_on_the_bench(machine: Machine) -> None:
    assert '"args": ["sim"]' in machine.run().stdout


def test_paths_mean_what_the_caller_typed(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "json.py").write_text("raise SystemExit('shadowed')")
    link = tmp_path / "station-door"
    link.symlink_to(machine.checkout / "run")
    result = machine.run("report", "--state", "here", cwd=elsewhere, door=link, PYTHONPATH=str(elsewhere))
    assert result.returncode == 0, result.stderr
    assert f'"cwd": "{elsewhere}"' in result.stdout
    assert f'"file": "{machine.checkout}/station/__main__.py"' in result.stdout


def test_the_exit_code_is_the_programs(machine: Machine) -> None:
    assert machine.run("run", PROGRAM_ENDS="78").returncode == 78


def test_the_tests_run_in_the_checkout_with_the_test_lock_added_once(machine: Machine, tmp_path: Path) -> None:
    machine.run()
    result = machine.run("test", "-k", "a word", cwd=tmp_path)
    again = machine.run("test")
    station = machine.run()
    assert '"name": "pytest", "args": ["-k", "a word"]' in result.stdout
    assert f'"cwd": "{machine.checkout}"' in result.stdout
    assert (again.returncode, again.stderr) == (0, "")
    assert (station.returncode, station.stderr) == (0, "")
    assert [call.rsplit("/", 1)[1] for call in machine.asked("pip")] == ["requirements.txt", "requirements-test.txt"]
    assert len(machine.asked("venv")) == 1


def test_a_lock_that_changed_is_installed_anew(machine: Machine) -> None:
    machine.run()
    (machine.checkout / "requirements.txt").write_text("click==9\n")
    assert machine.run().returncode == 0
    assert len(machine.asked("pip")) == len(machine.asked("venv")) == 2


def test_pip_without_a_network_ends_in_a_sentence_and_is_tried_again(machine: Machine) -> None:
    failed = machine.run(PIP_ENDS="1")
    assert failed.returncode == 69
    assert failed.stderr.endswith("Is there a network?\n")
    assert failed.stdout == ""
    assert machine.run().returncode == 0
    assert len(machine.asked("pip")) == len(machine.asked("venv")) == 2


@pytest.mark.parametrize("command", ["sim", "test"])
def test_a_killed_install_is_never_taken_for_complete(machine: Machine, command: str) -> None:
    if command == "test":
        machine.run()
    assert machine.run(command, PIP_IS_KILLED="yes").returncode == -signal.SIGKILL
    assert machine.run("sim").returncode == 0
    assert len(machine.asked("venv")) == 2
    assert not (machine.checkout / ".venv.before-run").exists()


def test_a_killed_update_does_not_pass_for_the_version_before_it(machine: Machine) -> None:
    lock = machine.checkout / "requirements.txt"
    machine.run()
    pins_before = lock.read_text()
    lock.write_text("click==9\n")
    machine.run(PIP_IS_KILLED="yes")
    lock.write_text(pins_before)
    assert machine.run().returncode == 0
    assert len(machine.asked("pip")) == 3


def test_a_copied_folder_is_its_own_installation(machine: Machine, tmp_path: Path) -> None:
    machine.run()
    copy = tmp_path / "a copy"
    shutil.copytree(machine.checkout, copy, symlinks=True)
    result = machine.run(door=copy / "run")
    assert f'"file": "{copy}/station/__main__.py"' in result.stdout
    assert machine.asked("venv") == [f"{machine.checkout}/.venv", f"{copy}/.venv"]


def test_an_interpreter_that_is_gone_is_replaced(machine: Machine) -> None:
    machine.run()
    python = machine.checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.10")
    result = machine.run()
    assert result.returncode == 0, result.stderr
    assert len(machine.asked("venv")) == 2


def test_a_venv_of_another_tool_is_set_aside_and_kept(machine: Machine) -> None:
    venv = machine.checkout / ".venv"
    venv.mkdir()
    (venv / "pyvenv.cfg").write_text("uv = 1")
    assert machine.run().returncode == 0
    assert (machine.checkout / ".venv.before-run" / "pyvenv.cfg").read_text() == "uv = 1"


def test_two_starts_at_once_install_once(machine: Machine) -> None:
    first = machine.start(PIP_TAKES="0.4")
    while not machine.asked("pip"):
        assert first.poll() is None
        time.sleep(0.01)
    second = machine.run()
    out, _ = first.communicate(timeout=30)
    assert first.returncode == second.returncode == 0
    assert '"name": "station"' in out
    assert "another start is installing" in second.stderr
    assert len(machine.asked("pip")) == 1


def test_the_gate_runs_all_its_checks_and_names_those_that_fail(tmp_path: Path) -> None:
    gate = tmp_path / ".ci" / "run"
    tools = tmp_path / ".venv" / "bin"
    gate.parent.mkdir()
    tools.mkdir(parents=True)
    shutil.copy2(CHECKOUT / ".ci" / "run", gate)
    script(tmp_path / "run", "#!/bin/sh\necho 3 passed\n")
    for tool in ("ruff", "lint-imports"):
        script(tools / tool, "#!/bin/sh\nexit 0\n")
    script(tools / "mypy", "#!/bin/sh\nexit 1\n")
    failed = subprocess.run([gate], capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "gate: types FAILED" in failed.stdout
    assert failed.stdout.splitlines()[-2:] == ["3 passed", "gate: failed: types"]
    script(tools / "mypy", "#!/bin/sh\nexit 0\n")
    passed = subprocess.run([gate], capture_output=True, text=True, check=False)
    assert passed.returncode == 0
    assert passed.stdout.splitlines()[-1] == "3 passed"


PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;]+)", re.ASCII | re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall((CHECKOUT / lock).read_text())}


def dependencies(*, test: bool) -> list[Requirement]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    # ./run installs what instruments need as well; the test extra names that extra, not a package.
    texts = [*project["dependencies"], *extras["visa"], *(extras["test"] if test else [])]
    return [one for text in texts if (one := Requirement(text)).name != project["name"]]


@pytest.mark.parametrize(("lock", "test"), [("requirements.txt", False), ("requirements-test.txt", True)])
def test_every_dependency_of_the_project_has_its_pin(lock: str, test: bool) -> None:
    pinned = pins(lock)
    for requirement in dependencies(test=test):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, str(requirement)


def test_the_test_lock_has_every_pin_of_the_run_time_lock() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-test.txt").items()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-test.txt"])
def test_a_lock_names_hashes_and_no_registry(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()
    assert not re.search(r"://|^--|^ *-[a-z] ", re.sub(r"(?m)^#.*$|^ +# .*$", "", text), re.MULTILINE)
    assert "://" not in text
    blocks = re.split(r"(?m)^(?=[a-z])", text, flags=re.ASCII)[1:]
    assert len(blocks) == len(pins(lock))
    assert all("--hash=sha256:" in block for block in blocks)
