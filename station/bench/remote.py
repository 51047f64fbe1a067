"""Lends a probe of the bench to an unmodified `pyocd` command line: `pyocd load -u remote:127.0.0.1:PORT -t nrf52840`.

Ref: pyOCD 0.46 probe/tcp_probe_server.py, whose server this is.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pyocd.core.session import Session
from pyocd.probe.cmsis_dap_probe import CMSISDAPProbe
from pyocd.probe.shared_probe_proxy import SharedDebugProbeProxy
from pyocd.probe.tcp_probe_server import TCPProbeServer

LOCALHOST = "127.0.0.1"


@contextmanager
def serve_remote(probe: CMSISDAPProbe, port: int = 0) -> Iterator[int]:
    """Serve a probe that is not open, on this machine only, while the context lasts; yields the port.

    `port=0` lets the system choose. The clients bring their own options, auto_unlock among them, whose default in
    pyOCD erases a locked chip.
    """
    # A session moves the process into its project directory; this one stays where it is.
    session = Session(None, options={"no_config": True, "project_dir": os.getcwd()})
    server = TCPProbeServer((LOCALHOST, port), session, SharedDebugProbeProxy(probe))
    server.daemon_threads = True
    with server:
        server.server_bind()
        server.server_activate()
        thread = threading.Thread(target=server.serve_forever, name=f"remote {probe.unique_id}", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
            probe.close()
