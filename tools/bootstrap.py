"""Make this checkout ready to run, from nothing but a Python: ``python3 tools/bootstrap.py [run|dev]``.

Finds a Python of the right age, makes ``.venv``, installs the pinned and hashed packages, and checks that the system
has what Qt links against. As root on Debian or Ubuntu it installs what is missing; otherwise it prints the command.
A second run sees its own stamp and is over at once.

Standard library only, and plain enough for Python 3.7: it has to start in order to say that a newer one is needed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")

OLDEST, NEWEST = (3, 11), (3, 13)
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}

# What a shared library that Qt links against is called at Debian and Ubuntu. Newer releases append t64 to some.
DEBIAN = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libXcomposite.so.1": "libxcomposite1",
    "libXdamage.so.1": "libxdamage1",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrandr.so.2": "libxrandr2",
    "libXrender.so.1": "libxrender1",
    "libXtst.so.6": "libxtst6",
    "libasound.so.2": "libasound2",
    "libcups.so.2": "libcups2",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgbm.so.1": "libgbm1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libnspr4.so": "libnspr4",
    "libnss3.so": "libnss3",
    "libnssutil3.so": "libnss3",
    "libplc4.so": "libnspr4",
    "libplds4.so": "libnspr4",
    "libsmime3.so": "libnss3",
    "libudev.so.1": "libudev1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-dri2.so.0": "libxcb-dri2-0",
    "libxcb-dri3.so.0": "libxcb-dri3-0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-present.so.0": "libxcb-present0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinput.so.0": "libxcb-xinput0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbfile.so.1": "libxkbfile1",
    "libxshmfence.so.1": "libxshmfence1",
    "libz.so.1": "zlib1g",
}

# What the desk loads of Qt: the libraries below PySide6/Qt, as patterns.
QT_PARTS = (
    "lib/libQt6Core.so.6",
    "lib/libQt6Gui.so.6",
    "lib/libQt6Widgets.so.6",
    "lib/libQt6Svg.so.6",
    "lib/libQt6PrintSupport.so.6",
    "lib/libQt6WebEngineCore.so.6",
    "lib/libQt6WebEngineWidgets.so.6",
    "lib/libQt6XcbQpa.so.6",
    "libexec/QtWebEngineProcess",
    "plugins/platforms/libqxcb.so",
    "plugins/platforms/libqoffscreen.so",
    "plugins/platforms/libqwayland*.so",
)


class SetupError(Exception):
    """Something that only a person can mend; the message says what to do."""


def say(text: str) -> None:
    """Tell the person at the terminal what is going on."""
    print(f"[set-up] {text}", flush=True)


# ------------------------------------------------------------------ a Python


def candidates() -> list[str]:
    """Return the interpreters to try, best first: the one asked for, the usual one, then any that can be found."""
    asked = os.environ.get("PYTHON")
    if asked:
        return [asked]
    found = [sys.executable]
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        path = shutil.which(name)
        if path:
            found.append(path)
    home = Path(os.environ.get("PYENV_ROOT") or Path("~/.pyenv").expanduser())
    found += sorted((str(path) for path in home.glob("versions/3.1[123].*/bin/python3")), reverse=True)
    return list(dict.fromkeys(found))


def describe(python: str) -> tuple[int, int, bool] | None:
    """Return (major, minor, can make environments) of an interpreter, or None if it does not start."""
    code = (
        "import sys\n"
        "try:\n import ensurepip, venv, sqlite3, ssl\n whole = 1\n"
        "except ImportError:\n whole = 0\n"
        "print(sys.version_info[0], sys.version_info[1], whole)"
    )
    try:
        answer = subprocess.run(
            [python, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.split()
    if answer.returncode != 0 or len(words) != 3:
        return None
    return int(words[0]), int(words[1]), words[2] == b"1"


def find_python() -> str:
    """Return an interpreter that the desk runs on. Raises SetupError with what to install."""
    seen = []
    crippled = []
    for python in candidates():
        about = describe(python)
        if about is None:
            continue
        seen.append(f"{python} ({about[0]}.{about[1]})")
        if OLDEST <= about[:2] <= NEWEST:
            if about[2]:
                return python
            crippled.append((python, about))
    if crippled:
        python, about = crippled[0]
        # Debian ships the interpreter without the part that makes environments.
        install_debian([f"python{about[0]}.{about[1]}-venv"], f"{python} cannot make virtual environments")
        return python
    wanted = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    raise SetupError(
        f"Python {wanted} is needed; found: {', '.join(seen) or 'none'}.\n"
        "Install one (Debian 12 or newer: apt-get install python3 python3-venv), "
        "or name it: make PYTHON=/path/to/python3 run"
    )


# ------------------------------------------------------------------ the environment


def fingerprint(kind: str) -> str:
    """Return what the stamp must say for `kind` to be up to date."""
    digest = hashlib.sha256()
    digest.update(str(ROOT).encode())
    for name in (LOCKS[kind], "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_stamped(name: str, content: str) -> bool:
    """Tell whether an earlier run finished this step for the very same input."""
    stamp = VENV / f".ready-{name}"
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == content


def stamp(name: str, content: str) -> None:
    """Write down that a step is finished."""
    (VENV / f".ready-{name}").write_text(content)


def make_environment(kind: str) -> None:
    """Create ``.venv`` if it is not usable and install the lock file of `kind` and this checkout into it."""
    wanted = fingerprint(kind)
    # The packages of development contain those of a plain run.
    if is_stamped(kind, wanted) or (kind == "run" and is_stamped("dev", fingerprint("dev"))):
        return
    about = describe(str(PYTHON)) if PYTHON.exists() else None
    if about is None or not OLDEST <= about[:2] <= NEWEST:
        python = find_python()
        say(f"making .venv with {python}")
        run([python, "-m", "venv", "--clear", str(VENV)])
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    say(f"installing what {LOCKS[kind]} pins (some 400 MB the first time; a few minutes)")
    run([*pip, "--require-hashes", "-r", str(ROOT / LOCKS[kind])])
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    stamp(kind, wanted)


def run(command: list[str]) -> None:
    """Run one step and stop at the first that fails."""
    finished = subprocess.run(command, cwd=str(ROOT), check=False)
    if finished.returncode != 0:
        raise SetupError(f"this step failed: {' '.join(command)}")


# ------------------------------------------------------------------ the system's libraries


def missing_libraries() -> list[str]:
    """Return the names of shared libraries that Qt wants and the system's loader does not find."""
    missing: set[str] = set()
    for place in VENV.glob("lib/python3*/site-packages/PySide6/Qt"):
        parts = [str(path) for pattern in QT_PARTS for path in place.glob(pattern)]
        if not parts:
            continue
        output = subprocess.run(
            ["ldd", *parts], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        ).stdout.decode()
        missing.update(line.split()[0] for line in output.splitlines() if "not found" in line)
    # A library of Qt's own is found once what it needs is there.
    return sorted(name for name in missing if not name.startswith(("libQt6", "libshiboken", "libpyside")))


def check_qt_libs() -> None:
    """Make sure Qt's libraries load: install what is missing as root on Debian, else raise with the command."""
    if (
        not sys.platform.startswith("linux")
        or shutil.which("ldd") is None
        or is_stamped("libraries", fingerprint("run"))
    ):
        return
    missing = missing_libraries()
    packages = sorted({DEBIAN[name] for name in missing if name in DEBIAN})
    if packages:
        install_debian(
            packages, f"Qt misses {len(missing)} of the system's libraries, {missing[0]} among them"
        )
        missing = missing_libraries()
    if missing:
        raise SetupError(
            f"Qt misses {', '.join(missing)}; install the packages of your system that hold them"
        )
    stamp("libraries", fingerprint("run"))


def install_debian(packages: list[str], why: str) -> None:
    """Install Debian packages when this is root on such a system; otherwise raise with the exact command."""
    apt = shutil.which("apt-get")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if apt is None:
        raise SetupError(f"{why}. At Debian and Ubuntu the packages are: {' '.join(packages)}")
    if not root:
        raise SetupError(
            f"{why}. Run this, then try again:\n\n"
            f"    sudo apt-get update && sudo apt-get install --no-install-recommends {' '.join(packages)}\n"
        )
    say(f"{why}; installing {' '.join(packages)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run([apt, "update", "-qq"], env=environment, stdout=subprocess.DEVNULL, check=False)
    chosen = [package if is_installable(package) else f"{package}t64" for package in packages]
    finished = subprocess.run(
        [apt, "install", "-y", "-qq", "--no-install-recommends", *chosen],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if finished.returncode != 0:
        raise SetupError(f"apt-get could not install {' '.join(chosen)}")


def is_installable(package: str) -> bool:
    """Tell whether the system's package lists hold a package of this very name."""
    answer = subprocess.run(
        ["apt-cache", "show", "--no-all-versions", package],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return answer.returncode == 0 and bool(answer.stdout.strip())


def check_display() -> None:
    """Raise SetupError where no window could be shown."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM") in {
        "offscreen",
        "minimal",
        "vnc",
    }:
        return
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        raise SetupError(
            "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can be shown.\n"
            "To see every screen without one:  make tour   (pictures in build/tour/)\n"
            "For the same work without windows:  .venv/bin/smartcity-desk --help"
        )


def main() -> int:
    """Run the command line; exit code 1 with a text to act on when something is missing."""
    parser = argparse.ArgumentParser(description="Make this checkout ready to run.")
    parser.add_argument(
        "kind",
        nargs="?",
        choices=sorted(LOCKS),
        default="run",
        help="run: the desk; dev: tests and tools too",
    )
    parser.add_argument(
        "--display", action="store_true", help="refuse at once where no window could be shown"
    )
    arguments = parser.parse_args()
    try:
        if arguments.display:
            check_display()
        make_environment(arguments.kind)
        check_qt_libs()
    except SetupError as problem:
        print(f"\n[set-up] {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
