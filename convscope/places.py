"""Where this program runs: in a notebook or not, and how its browser reaches this machine."""

import os
import sys
from typing import Any


def is_notebook() -> bool:
    """True in a kernel that draws what a cell returns."""
    ipython: Any = sys.modules.get("IPython")
    if ipython is None:
        return False
    shell = ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def has_browser() -> bool:
    """True where a browser with a window can be opened, and would be seen."""
    if sys.platform in {"darwin", "win32"}:
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def reached_at(port: int) -> str | None:
    """The address, ending in a slash, by which the person's browser reaches a port of this machine.

    None where it is this machine's own browser. A JupyterHub says so itself, and editors in a
    browser do; other proxies are named by CONVSCOPE_PROXY, such as `/proxy/{port}/`.
    """
    named = os.environ.get("CONVSCOPE_PROXY") or os.environ.get("VSCODE_PROXY_URI")
    if named:
        address = named.replace("{{port}}", str(port)).replace("{port}", str(port))
        return address.rstrip("/") + "/"
    hub = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if hub:
        return f"{hub.rstrip('/')}/proxy/{port}/"
    return None
