#!/usr/bin/env python3
"""Puts networks that nobody here wrote through the microscope, and writes docs/foreign-networks.md.

Run: `make foreign`. What was found is kept in build/foreign and taken up again, as long as neither
the program nor these checks changed; `--keep` takes it up whatever changed. The package pytorchcv
is examined where it can be imported: `pip install --no-deps --target DIRECTORY pytorchcv`, then
`PYTHONPATH=DIRECTORY make foreign`. All of it takes some half an hour on two cores.
"""

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "foreign"
PAGE = ROOT / "docs" / "foreign-networks.md"


def fingerprint() -> str:
    """Of the code that findings depend on."""
    digest = hashlib.sha256()
    for folder in (ROOT / "app" / "inspection", ROOT / "scripts" / "foreign"):
        for file in sorted(folder.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def main() -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", default="", help="those whose `zoo/name` this pattern is found in"
    )
    parser.add_argument("--processes", type=int, default=2, help="at once")
    parser.add_argument("--keep", action="store_true", help="also take up what older code found")
    parser.add_argument("--no-page", action="store_true", help="write no page")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    from foreign import work  # noqa: PLC0415  takes its time

    if options.serve:
        work.serve()
        return 0
    from foreign.page import page  # noqa: PLC0415
    from foreign.specimens import has_pytorchcv, specimens  # noqa: PLC0415

    if not has_pytorchcv():
        print("pytorchcv cannot be imported; its networks are left out.")
    tasks = [(one.zoo, one.name) for one in specimens()]
    code = fingerprint()
    known = _known(code, whatever=options.keep)
    wanted = [task for task in tasks if re.search(options.only, "/".join(task))]

    def told(found: dict[str, Any]) -> None:
        known[found["zoo"], found["name"]] = found
        _keep(code, found)
        print(
            f"{found['zoo']}/{found['name']}: {found['outcome']}",
            *found["faults"][:3],
            sep="\n    ",
        )

    missing = [task for task in wanted if task not in known]
    print(f"{len(wanted)} networks, {len(missing)} of them to be examined.")
    work.examine_all(missing, Path(__file__), options.processes, told)
    if not options.no_page:
        found = [known[task] for task in tasks if task in known]
        there = Counter(zoo for zoo, _ in tasks)
        PAGE.write_text(page(found, there), encoding="utf-8")
    return 0


def _file_of(zoo: str, name: str) -> Path:
    return KEPT / f"{hashlib.sha256(f'{zoo}/{name}'.encode()).hexdigest()[:20]}.json"


def _keep(code: str, found: dict[str, Any]) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    file = _file_of(found["zoo"], found["name"])
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps({"code": code, "found": found}), encoding="utf-8")
    beside.replace(file)


def _known(code: str, *, whatever: bool) -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    for file in sorted(KEPT.glob("*.json")):
        kept = json.loads(file.read_text(encoding="utf-8"))
        if whatever or kept["code"] == code:
            found[kept["found"]["zoo"], kept["found"]["name"]] = kept["found"]
    return found


if __name__ == "__main__":
    sys.exit(main())
