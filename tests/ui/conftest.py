"""Qt without a screen; anything that Qt says makes a test fail."""

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from station.ui.shots import application

_said: list[str] = []


def _hear(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    _said.append(f"{kind.name}: {message}")


@pytest.fixture(scope="session", autouse=True)
def app() -> Iterator[QApplication]:
    """The one application."""
    qInstallMessageHandler(_hear)
    yield application()
    qInstallMessageHandler(None)


@pytest.fixture(autouse=True)
def _qt_is_silent() -> Iterator[None]:
    _said.clear()
    yield
    assert _said == []
