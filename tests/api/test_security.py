"""For which name, from which page and by whom the server may be asked; what it tells to whom."""

import asyncio
import json
import re
import sys
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient
from guarded import guarded
from pydantic import ValidationError

from app.__main__ import main
from app.main import create_app
from app.settings import Settings
from app.web.access import TokenCheck
from app.web.application import GuardedApplication
from app.web.hosts import names_of
from app.web.serving import OpenServerError, reach_of

TOKEN = "a-token-of-twenty-four-x"
LOCAL = "http://127.0.0.1:8000"


@pytest.fixture
def plain(tmp_path) -> Settings:
    return Settings(cache_dir=tmp_path / "cäche", weights_dir=tmp_path / "weights")


def client_of(application: GuardedApplication, address: str = "127.0.0.1", **options: Any):
    return TestClient(
        application,
        base_url=options.pop("base_url", LOCAL),
        client=(address, 50000),
        raise_server_exceptions=False,
        follow_redirects=False,
        **options,
    )


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        *((host, True) for host in ("localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000")),
        *((host, True) for host in ("127.9.9.9", "localhost.")),
        *((host, False) for host in ("evil.example", "evil.example:8000", "192.168.1.9", "")),
        *((host, False) for host in ("localhost.evil.example", "127.0.0.1.nip.io", "127.0.0.1@x")),
        *((host, False) for host in ("user@localhost", "localhost:8000/x", "0.0.0.0")),
    ],
)
def test_only_a_name_of_this_machine_is_answered(plain: Settings, host: str, is_ours: bool) -> None:
    application = guarded(plain)
    client = client_of(application)
    for path in ("/", "/static/thing.js", "/healthz", "/api/v1/things"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == (200 if is_ours else 421)
        assert "content-security-policy" in answer.headers
        if not is_ours:
            assert answer.json()["type"] == "unknown-host"
            assert "localhost" in answer.json()["detail"]
    assert bool(application.state.asked) is is_ours


@pytest.mark.parametrize("hosts", [[], [b"localhost", b"localhost"], [b"localhost", b"evil"]])
def test_name_that_is_missing_or_doubled_is_refused(plain: Settings, hosts: list[bytes]) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", host) for host in hosts],
    }
    asyncio.run(guarded(plain)(scope, None, send))
    assert sent[0]["status"] == 421


def test_real_server_is_guarded_in_every_part(client: TestClient) -> None:
    for path in ("/", "/docs", "/static/js/main.js", "/readyz", "/api/v1/models", "/nothing"):
        for headers, status in (
            ({"Host": "evil.example"}, 421),
            ({"Host": "evil.example:80", "Sec-Fetch-Site": "same-origin"}, 421),
        ):
            assert client.get(path, headers=headers).status_code == status, path
    run = {"architecture": "lenet5"}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for method, path in (
            ("POST", "/api/v1/training/runs"),
            ("POST", "/api/v1/models/resnet50/weights"),
            ("DELETE", "/api/v1/images/example-rocket"),
        ):
            answer = client.request(method, path, json=run, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (403, "foreign-page")
    assert client.get("/api/v1/training/runs").json() == {"runs": []}


@pytest.mark.parametrize(
    ("listening_on", "host", "is_ours"),
    [
        ("0.0.0.0", "192.168.1.9:8000", True),
        ("::", "[2001:db8::1]:8000", True),
        ("0.0.0.0", "localhost", True),
        ("0.0.0.0", "evil.example", False),
        ("0.0.0.0", "microscope.example", True),
        ("lab.example", "lab.example", True),
        ("lab.example", "192.168.1.9", False),
        ("192.168.1.9", "192.168.1.9:80", True),
        ("192.168.1.9", "192.168.1.8:80", False),
        ("127.0.0.1", "microscope.example:8000", True),
    ],
)
def test_further_names_are_those_that_were_given(
    monkeypatch: pytest.MonkeyPatch, listening_on: str, host: str, is_ours: bool
) -> None:
    monkeypatch.setenv("CONVSCOPE_ALLOWED_HOSTS", "microscope.example, [2001:db8::7]")
    assert names_of(Settings(), listening_on).include(host) is is_ours


OWN = {"Origin": LOCAL, "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({}, False),
        (OWN, False),
        ({"Origin": "https://127.0.0.1:8000"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://["}, True),
        ({"Origin": "http://127.0.0.1:9000", "Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "http://127.0.0.1:9000"}, True),
        ({"Origin": "http://localhost:8000"}, True),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": LOCAL, "Sec-Fetch-Site": "cross-site"}, True),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_pages_of_others_change_nothing(
    plain: Settings, method: str, headers: dict[str, str], is_refused: bool
) -> None:
    application = guarded(plain)
    answer = client_of(application).request(method, "/api/v1/things", headers=headers)
    assert answer.status_code == (403 if is_refused else 200)
    assert bool(application.state.asked) is not is_refused
    if is_refused:
        assert answer.json()["type"] == "foreign-page"


FOLLOWED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}


@pytest.mark.parametrize(
    ("path", "headers", "is_refused"),
    [
        # A picture, a script, a frame and a window that opens by itself in a foreign page.
        ("/api/v1/things", {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, True),
        ("/api/v1/things", {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, True),
        ("/api/v1/things", {**FOLLOWED, "Sec-Fetch-Dest": "iframe"}, True),
        ("/api/v1/things", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, True),
        ("/api/v1/things", FOLLOWED, False),
        ("/", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, False),
    ],
)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_others_start_no_work(
    plain: Settings, path: str, headers: dict[str, str], is_refused: bool, site: str
) -> None:
    client = client_of(guarded(plain))
    answer = client.get(path, headers={**headers, "Sec-Fetch-Site": site})
    assert answer.status_code == (403 if is_refused else 200)
    own = client.get(path, headers={**headers, "Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 200
    assert own.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.fixture
def secret(plain: Settings) -> Settings:
    return Settings(**{**plain.model_dump(), "token": TOKEN})


def test_programs_bring_the_token(secret: Settings) -> None:
    application = guarded(secret)
    client = client_of(application)
    for headers in (
        {},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer ä".encode()},
        {"Cookie": f"convscope={TOKEN}"},
    ):
        for path in ("/", "/api/v1/things", "/static/thing.js", f"/api/v1/things?token={TOKEN}"):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (401, "token-required")
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert "content-security-policy" in answer.headers
        if headers:
            # Wrong tokens are counted.
            client = client_of(application, address=f"192.0.2.{len(str(headers))}")
    assert application.state.asked == []
    right = client.get("/api/v1/things", headers={"Authorization": f"bearer {TOKEN}"})
    assert right.status_code == 200
    assert client.get("/healthz").status_code == 200


def test_browser_gets_a_cookie_and_an_address_without_the_token(secret: Settings) -> None:
    client = client_of(guarded(secret))
    answer = client.get(f"/?model=lenet5&token={TOKEN}&image=a%20b")
    assert (answer.status_code, answer.headers["location"]) == (303, "./?model=lenet5&image=a+b")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert TOKEN not in cookie
    assert client.get("/api/v1/things").status_code == 200
    assert client.get("/").status_code == 200
    # Of another server on the same machine it opens nothing.
    other = client_of(guarded(Settings(**{**secret.model_dump(), "token": TOKEN + "2"})))
    assert other.get("/", headers={"Cookie": cookie.split(";")[0]}).status_code == 401
    # And no address leads elsewhere.
    elsewhere = client.get(f"{LOCAL}//evil.example/?token={TOKEN}")
    assert elsewhere.headers["location"] == "./"
    for odd in ("javascript:alert(1)", "\\\\evil.example"):
        answer = client.get(f"{LOCAL}/{odd}?token={TOKEN}")
        assert urljoin(LOCAL, answer.headers["location"]).startswith(f"{LOCAL}/")


@pytest.mark.parametrize("has_token", [False, True])
def test_cookies_of_any_form_are_read_in_a_time_that_grows_with_their_length(
    plain: Settings, secret: Settings, has_token: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python takes the quotes off a value in a time that grows with the square of its length."""

    def unquote(value: str) -> str:
        raise AssertionError(f"{len(value)} characters to be unquoted")

    monkeypatch.setattr("http.cookies._unquote", unquote)
    bearer = {"Authorization": f"Bearer {TOKEN}"} if has_token else {}
    settings = secret if has_token else plain
    odd = 'a="' + '\\"' * 30_000 + '"'
    for application in (guarded(settings), create_app(settings)):
        client = client_of(application)
        for path in ("/healthz", "/", "/api/v1/nothing"):
            headers = {
                "Cookie": f"convscope_client=somebody; {odd}; convscope_more={odd}",
                **bearer,
            }
            assert client.get(path, headers=headers).status_code in {200, 404}
            if has_token and path != "/healthz":
                assert client.get(path, headers={"Cookie": odd}).status_code == 401


def test_browser_is_known_among_the_cookies_of_others(secret: Settings) -> None:
    client = client_of(guarded(secret))
    own = client.get(f"/?token={TOKEN}").headers["set-cookie"].split(";")[0]
    client.cookies.clear()
    for cookie in (f'=; a; b="{{;}}";{own} ; c=d', f" {own};", f"convscope=x;{own}"):
        assert client.get("/", headers={"Cookie": cookie}).status_code == 200
    for cookie in (f"x{own}", f'a="{own}"', own[:-1], own.replace("=", "=x")):
        assert client.get("/", headers={"Cookie": cookie}).status_code == 401


def test_token_stands_in_no_log(secret: Settings) -> None:
    for path, host in (("/", "localhost"), ("/api/v1/things", "localhost"), ("/", "evil.example")):
        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "query_string": f"token={TOKEN}&a=1".encode(),
            "headers": [(b"host", host.encode())],
        }

        async def ignore(_: Any) -> None:
            pass

        asyncio.run(guarded(secret)(scope, None, ignore))
        # What uvicorn logs once the answer begins.
        assert scope["query_string"] == b"a=1"


@pytest.fixture
def framed(secret: Settings) -> Settings:
    return secret.model_copy(update={"session_addresses": True})


def test_everything_lies_under_the_address_of_a_session(framed: Settings) -> None:
    application = guarded(framed)
    client = client_of(application)
    for path in ("/", "/api/v1/things", "/static/thing.js"):
        answer = client.get(f"/session/{TOKEN}{path}", params={"a": "b"})
        assert (answer.status_code, answer.json()) == (200, {"query": {"a": "b"}})
        # Of any page: whoever made the frame was given the token.
        assert "frame-ancestors" not in answer.headers["content-security-policy"]
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert client.post(f"/session/{TOKEN}/api/v1/things").status_code == 200
    assert application.state.asked == [
        *("GET /", "GET /api/v1/things", "GET /static/thing.js", "POST /api/v1/things")
    ]
    # It leaves nothing behind, and foreign pages still start no work.
    assert client.get("/").status_code == 401
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = client.get(f"/session/{TOKEN}/api/v1/things", headers=foreign)
    assert (answer.status_code, answer.json()["type"]) == (403, "foreign-page")


def test_a_session_of_another_token_is_none(framed: Settings) -> None:
    application = guarded(framed)
    client = client_of(application)
    wrong = (f"/session/{TOKEN}x/", "/session/x/api/v1/things", f"/session//{TOKEN}/")
    for path in (*wrong, f"/session%2F{TOKEN}x%2F", f"/session/{TOKEN}"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (401, "token-required"), path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert application.state.asked == []
    # Guesses count here too.
    codes = [client.get(f"/session/guess{place}/").status_code for place in range(12)]
    assert codes[-1] == 429


def test_sessions_have_no_address_unless_they_are_wanted(secret: Settings) -> None:
    client = client_of(guarded(secret))
    assert client.get(f"/session/{TOKEN}/").status_code == 401
    authorised = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get(f"/session/{TOKEN}/", headers=authorised).status_code == 404


def test_token_of_a_session_stands_in_no_log(framed: Settings) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": f"/session/{TOKEN}/api/v1/th\N{LATIN SMALL LETTER I WITH DIAERESIS}ngs",
        "raw_path": f"/session/{TOKEN}/api/v1/th%C3%AFngs".encode(),
        "query_string": b"a=1",
        "headers": [(b"host", b"localhost")],
    }

    async def ignore(_: Any) -> None:
        pass

    asyncio.run(guarded(framed)(scope, None, ignore))
    assert (scope["path"], scope["raw_path"]) == ("/api/v1/thïngs", b"/api/v1/th%C3%AFngs")


def test_guesses_of_one_address_are_bounded(
    secret: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("app.web.access.time.monotonic", lambda: now)
    application = guarded(secret)
    client = client_of(application)

    def guess(token: str) -> int:
        return client.get("/", headers={"Authorization": f"Bearer {token}"}).status_code

    assert [guess(f"wrong{place}") for place in range(12)] == [*[401] * 10, 429, 429]
    # Not even the right one is looked at, of this address; a browser that is in stays in.
    assert guess(TOKEN) == 429
    assert client.get(f"/?token={TOKEN}").status_code == 429
    neighbour = client_of(application, address="192.0.2.1")
    neighbour.get(f"/?token={TOKEN}")
    assert neighbour.get("/").status_code == 200
    now += 61
    assert guess(TOKEN) == 200


def test_memory_of_guesses_is_bounded(secret: Settings) -> None:
    check = TokenCheck(guarded(secret), TOKEN)
    for place in range(5000):
        check._guesses.note(str(place))
    assert len(check._guesses._times) == 4096


@pytest.mark.parametrize("token", ["short", "ä" * 20, "x" * 15])
def test_token_that_could_be_guessed_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="at least 16"):
        Settings(token=token)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.9", "lab.example"])
def test_nobody_is_let_in_without_a_word(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("TOKEN", "PUBLIC"):
        monkeypatch.delenv(f"CONVSCOPE_{name}", raising=False)
    monkeypatch.setattr(sys, "argv", ["app", "--host", host])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "CONVSCOPE_TOKEN" in said
    assert "CONVSCOPE_PUBLIC=true" in said
    assert "without a token" in reach_of(Settings(public=True), host)
    assert "has the token" in reach_of(Settings(token=TOKEN), host)
    with pytest.raises(OpenServerError):
        reach_of(Settings(token=""), host)


def test_this_machine_alone_needs_no_word() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert reach_of(Settings(), host) == "Only this machine can reach this server."


NEAR = {"Host": "localhost:8000"}


@pytest.mark.parametrize(
    ("listening_on", "address", "headers", "is_told"),
    [
        ("127.0.0.1", "127.0.0.1", NEAR, True),
        ("::1", "::1", NEAR, True),
        ("127.0.0.1", "192.0.2.7", NEAR, False),
        ("0.0.0.0", "127.0.0.1", NEAR, False),
        # Through a proxy or a tunnel on this machine.
        ("127.0.0.1", "127.0.0.1", {"Host": "lab.example"}, False),
        ("127.0.0.1", "127.0.0.1", {**NEAR, "X-Forwarded-For": "192.0.2.7"}, False),
        ("127.0.0.1", "127.0.0.1", {**NEAR, "Forwarded": "for=192.0.2.7"}, False),
    ],
)
def test_paths_are_told_at_the_machine_alone(
    plain: Settings, listening_on: str, address: str, headers: dict[str, str], is_told: bool
) -> None:
    settings = plain.model_copy(update={"allowed_hosts": ("lab.example",)})
    client = client_of(guarded(settings, listening_on), address)
    for form in ("json", "stream"):
        text = client.get(f"/paths?form={form}", headers=headers).text
        assert json.loads(text.removeprefix("data: "))["detail"] == (
            f"Put it into {plain.cache_dir}/ or {plain.weights_dir}."
            if is_told
            else "Put it into $CONVSCOPE_CACHE_DIR/ or $CONVSCOPE_WEIGHTS_DIR."
        )
    # What is no text is left as it is.
    untouched = client.get("/paths?form=bytes", headers=headers).content
    assert json.loads(untouched)["detail"].startswith(f"Put it into {plain.cache_dir}/")


def test_no_answer_of_the_real_server_tells_a_path_to_a_stranger(
    settings: Settings, client: TestClient
) -> None:
    stranger = client_of(client.app, "192.0.2.7")
    # One server has one event loop, whoever asks.
    stranger.portal = client.portal
    asked = [
        ("GET", "/api/v1/models", None),
        ("GET", "/api/v1/models/resnet50/weights", None),
        ("GET", "/api/v1/models/lenet5/weights", None),
        ("GET", "/api/v1/models/resnet50/predictions?image=example-rocket", None),
        ("POST", "/api/v1/models/lenet5.random/weights", None),
        ("GET", "/api/v1/models/resnet50/weights/events", None),
        ("GET", "/api/v1/training", None),
        ("POST", "/api/v1/training/runs", {"architecture": "lenet5", "data": "folder:x"}),
    ]
    secret = [str(settings.cache_dir), sys.prefix]
    told = ""
    for method, path, body in asked:
        answer = stranger.request(method, path, json=body)
        told += client.request(method, path, json=body).text
        assert not any(place in answer.text for place in secret), path
        assert not re.search(r'"/(home|root|tmp|var)/', answer.text), path
    # Who sits at the machine is told where to put a file.
    assert str(settings.cache_dir) in told


def test_unexpected_failure_carries_the_headers(settings: Settings) -> None:
    application = create_app(settings)

    @application.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a fault of ours")

    answer = client_of(application).get("/broken")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
