"""Whether the station opens a window, and what it is like."""

import ctypes
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import get_args

import click

from station.domain.faults import ConfigRefused
from station.domain.people import Language
from station.ui.around import Frame, Making
from station.wiring import Selected

window_option = click.option(
    "--window/--terminal",
    default=None,
    help="Where it is shown.  [default: a window where there is a display]",
)
theme_option = click.option(
    "--theme", type=click.Choice(["light", "dark"]), help="Of the window.  [default: station.toml's]"
)

lang_option = click.option(
    "--lang", type=click.Choice(get_args(Language)), help="Of what the operator reads.  [default: station.toml's]"
)


def frame_of(selected: Selected, *, whole: bool = True, theme: str | None = None, language: str | None = None) -> Frame:
    """The window of what is made here; `theme` and `language` instead of the station's own."""
    station = selected.station.value
    release = selected.release.value
    scanners = selected.fixture.value.all_scanners
    return Frame(
        Making(
            station.name,
            selected.recipe.value,
            release.title,
            release.product.id if release.product is not None else None,
        ),
        keyed=not any(one.kind == "serial" for one in scanners),
        whole=whole,
        theme=theme or station.theme,
        language=language or station.language,
        volume=station.volume,
    )


def has_display() -> bool:
    """Whether a window could open: Qt ends the process where it cannot."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in ("offscreen", "minimal", "vnc"):
        return True
    return _wayland() or on_x11()


def on_x11() -> bool:
    """Whether an X server answers."""
    if not os.environ.get("DISPLAY"):
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    answers = not xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return answers


def _wayland() -> bool:
    name, folder = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("XDG_RUNTIME_DIR", "")
    if not name:
        return False
    with suppress(OSError), socket.socket(socket.AF_UNIX) as one:
        one.connect(str(Path(folder) / name))
        return True
    return False


def wants_window(asked: bool | None, *, plain: bool) -> bool:
    """Whether to open one: as asked, else where there is a display and nobody reads the output instead.

    Raises ConfigRefused where one is asked for and cannot be.
    """
    if asked is None:
        return not plain and has_display()
    if asked and not has_display():
        raise ConfigRefused("there is no display for a window: DISPLAY names none that answers; --terminal needs none")
    return asked
