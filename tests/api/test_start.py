"""What a server needs until it is ready, and to open a network: little more than torch."""

import subprocess
import sys
from pathlib import Path

# A server that gets ready, scores a picture and opens networks of every origin, then says what of
# all that makes and traces networks it has imported by then.
PROGRAM = """
import sys, time
from starlette.testclient import TestClient
from app.main import create_app

with TestClient(create_app(), base_url="http://127.0.0.1") as client:
    while client.get("/readyz").status_code != 200:
        time.sleep(0.05)
    asked = [
        "efficientnet_lite0.imagenet1k/predictions?image=example-chelsea",
        "lenet5.mnist5k/predictions?image=example-coffee",
        "densenet121.random", "vgg16_paper.random", "efficientnet_lite0.random", "mlp.mnist5k",
    ]
    for path in asked:
        answer = client.get(f"/api/v1/models/{path}")
        assert answer.status_code == 200, answer.text
heavy = {"torchvision", "timm", "torch._dynamo", "torch.export._trace", "sympy"}
print(sorted(heavy & set(sys.modules)))
"""


def test_ready_server_has_imported_nothing_that_builds_or_traces_networks(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"CONVSCOPE_CACHE_DIR": str(tmp_path), "PATH": ""},
    )
    assert child.stdout.strip() == "[]"
