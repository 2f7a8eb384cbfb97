"""The command `convscope`: your own network under the microscope, from a terminal."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from convscope.errors import ConvscopeError

_SPECS = """\
a SPEC is one of
  best.pth                  a checkpoint (.pth .pt .ckpt .bin .safetensors), which is recognised
  mine.zip, mine/           a bundle that convscope export wrote
  folder/                   config.json and model.safetensors of timm or Hugging Face
  my_module:build           a function of your own code that returns the network
  path/to/file.py:build     the same in a file
  timm:resnet50.a1_in1k     a convolutional network of timm, with its published weights

Your code runs in a process of its own, in this folder; the server gets what it computes as data.
Nothing of a checkpoint is run."""
_USUAL_PORT = 8000


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says; exits with 1 and a sentence where it cannot."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["atlas"]:
        _become_atlas(given[1:])
    options = _parser().parse_args(given)
    try:
        options.run(options)
    except ConvscopeError as error:
        sys.exit(f"convscope: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="convscope",
        description="A microscope for convolutional networks.",
        epilog=_SPECS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="serve | export | atlas")
    serve = commands.add_parser(
        "serve",
        help="look at networks in the browser",
        epilog=_SPECS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument("specs", nargs="+", metavar="SPEC")
    serve.add_argument(
        "--port",
        type=int,
        help=f"0 for any that is free; {_USUAL_PORT} unless said, or any if that is taken",
    )
    serve.add_argument("--no-browser", action="store_true", help="only say where it is")
    serve.set_defaults(run=_serve)
    export = commands.add_parser(
        "export",
        help="write a network as a bundle, which any server opens",
        epilog=_SPECS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    export.add_argument("spec", metavar="SPEC")
    export.add_argument("-o", "--output", required=True, metavar="PATH", help="folder, or .zip")
    export.set_defaults(run=_export)
    commands.add_parser("atlas", help="what every channel is for, over a folder or a data set")
    from convscope.wanted import add_options

    for command in (serve, export):
        add_options(command)
    return parser


def _serve(options: argparse.Namespace) -> None:
    from convscope.preparing import put_into
    from convscope.serving import ServerProcess
    from convscope.session import present, serve
    from convscope.wanted import WantedError, wanted_of

    wanted = [wanted_of(spec, options) for spec in options.specs]
    said = ("weights", "labels", "name", "input", "mean", "std", "resize")
    if len(wanted) > 1 and any(getattr(options, name) is not None for name in said):
        raise WantedError("What is said of a network is said of one: name one, or none of these.")
    ports = (_USUAL_PORT, 0) if options.port is None else (options.port,)
    server = ServerProcess(ports)
    try:
        names = [put_into(server.models, one) for one in wanted]
    except BaseException:
        server.close()
        raise
    with serve(server, names[0]) as session:
        present(session, "no" if options.no_browser else "auto")
        if options.no_browser:
            print(f"{session.model} is at {session.url}", flush=True)  # noqa: T201
        session.wait()


def _become_atlas(arguments: Sequence[str]) -> NoReturn:
    """Go on as `python -m app.atlas`, which has options of its own, in this folder."""
    from convscope.packages import ROOT

    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    # -P: this folder may have an `app` of its own.
    os.execve(  # noqa: S606  this Python, and our own module
        sys.executable,
        [sys.executable, "-P", "-m", "app.atlas", *arguments],
        {**os.environ, "PYTHONPATH": path},
    )


def _export(options: argparse.Namespace) -> None:
    from convscope.preparing import write_bundle_of
    from convscope.wanted import wanted_of

    write_bundle_of(wanted_of(options.spec, options), Path(options.output))
    print(f"Written: {options.output}")  # noqa: T201
