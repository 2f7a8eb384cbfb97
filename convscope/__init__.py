"""Convscope in your own program: your network under the microscope, from Python.

    import convscope
    session = convscope.show(model, ["cat.jpg"])    # draws itself in a notebook
    convscope.export(model, "mine.zip")              # a file that any server opens
    scope = convscope.Client("http://127.0.0.1:8000")

Nothing of the server and nothing of torch is imported before it is needed.
"""

from convscope.client import Client
from convscope.errors import ConvscopeError, ExportError, ServerError, StartError
from convscope.export import export
from convscope.session import Session, show

__all__ = [
    "Client",
    "ConvscopeError",
    "ExportError",
    "ServerError",
    "Session",
    "StartError",
    "export",
    "show",
]
