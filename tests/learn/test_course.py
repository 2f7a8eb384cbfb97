"""The course as a whole: its table of contents, what it says is where, who may frame it."""

import re
import shutil
from html import escape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError

from app.main import create_app
from app.settings import Settings
from app.web.learn import chapters, sections
from app.web.learn.chapters import CHAPTERS, TEMPLATES, neighbours
from app.web.learn.items import ITEMS, sections_by_item
from scripts.write_course import DOCUMENT, document

NOTES_ITEMS = 115
_SECTION_WITH_ITEMS = re.compile(r'id="([\w-]+)" aria-labelledby="[\w-]+"\s+data-items="([\d ]+)"')


def test_the_notes_have_115_things_each_with_a_chapter() -> None:
    assert [item.number for item in ITEMS] == list(range(1, NOTES_ITEMS + 1))
    assert {item.chapter for item in ITEMS} <= {chapter.slug for chapter in CHAPTERS}


def test_the_document_says_what_the_chapters_say() -> None:
    """`make course` writes it."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_a_chapter_is_read_again_only_once_it_was_changed(monkeypatch, tmp_path) -> None:
    """The index asks on the event loop, for every person who opens it."""
    shutil.copytree(TEMPLATES / "learn", tmp_path / "learn")
    monkeypatch.setattr(chapters, "TEMPLATES", tmp_path)
    monkeypatch.setattr(sections, "TEMPLATES", tmp_path)
    read: list[Path] = []
    read_text = Path.read_text

    def noted(path: Path, **options: str) -> str:
        read.append(path)
        return read_text(path, **options)

    monkeypatch.setattr(Path, "read_text", noted)
    before = sections_by_item()
    assert read == [tmp_path / chapter.template for chapter in CHAPTERS]
    read.clear()
    assert sections_by_item() == before
    assert read == []
    changed = tmp_path / CHAPTERS[0].template
    changed.write_text('{% call section("there", "There", items="1 115") %}', encoding="utf-8")
    after = sections_by_item()
    assert read == [changed]
    for number, shown in after.items():
        own = [section.id for section in shown if section.chapter is CHAPTERS[0]]
        assert own == (["there"] if number in {1, 115} else [])


def test_every_thing_of_the_notes_is_live_in_its_chapter() -> None:
    """And that section is one to touch, or the end of a chapter, where its answer stands."""
    shown = sections_by_item()
    for item in ITEMS:
        own = [each for each in shown[item.number] if each.chapter.slug == item.chapter]
        assert own, f"{item.number} {item.name}"


def test_what_a_chapter_shows_is_in_a_section_with_an_address(client: TestClient) -> None:
    """As the page has it, which is more than its template says."""
    for chapter in CHAPTERS:
        page = client.get(f"/learn/{chapter.slug}").text
        on_page = re.findall(
            r'id="([\w-]+)" aria-labelledby="[\w-]+"\s+data-items="([\d ]+)"', page
        )
        told = {
            (section.id, item)
            for item, sections in sections_by_item().items()
            for section in sections
            if section.chapter is chapter
        }
        assert told == {(name, int(item)) for name, items in on_page for item in items.split()}
        assert told
        assert page.count("data-items=") == len(on_page)


def test_the_index_leads_to_things_by_name(client: TestClient) -> None:
    page = client.get("/learn").text
    for item in ITEMS:
        for section in sections_by_item()[item.number]:
            assert f'href="learn/{section.chapter.slug}#{section.id}"' in page
            assert escape(item.name) in page


def test_the_index_links_all_twelve(client: TestClient) -> None:
    page = client.get("/learn").text
    assert [chapter.number for chapter in CHAPTERS] == list(range(1, 13))
    for chapter in CHAPTERS:
        assert chapter.question in page
        assert f'href="learn/{chapter.slug}"' in page


def test_chapters_lead_to_each_other(client: TestClient) -> None:
    for chapter in CHAPTERS:
        page = client.get(f"/learn/{chapter.slug}").text
        for other in filter(None, neighbours(chapter)):
            assert f'href="{other.slug}"' in page


@pytest.mark.parametrize("address", ["/learn/nothing", "/learn/chapter", "/learn/../learn/index"])
def test_what_is_no_chapter_is_not_found(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_chapters_reach_the_root_from_one_level_below(client: TestClient) -> None:
    page = client.get(f"/learn/{CHAPTERS[0].slug}").text
    assert 'data-root="../"' in page
    assert 'href="../static/' in page
    assert 'href="../train"' in page
    assert 'src="static/' not in page


def policy(client: TestClient, address: str) -> str:
    return client.get(address).headers["content-security-policy"]


def test_nobody_frames_a_chapter_unless_the_settings_say_so(client: TestClient) -> None:
    address = f"/learn/{CHAPTERS[0].slug}"
    assert policy(client, f"{address}?embed=1").endswith("frame-ancestors 'none'")


def test_who_was_named_may_frame_a_chapter_and_nothing_else(settings: Settings) -> None:
    allowed = ("https://courses.example.org", "https://*.example.edu:8443")
    application = create_app(settings.model_copy(update={"frame_ancestors": allowed}))
    client = TestClient(application, base_url="http://127.0.0.1")
    address = f"/learn/{CHAPTERS[0].slug}"
    embedded = client.get(f"{address}?embed=1")
    assert embedded.headers["content-security-policy"].endswith(
        "; frame-ancestors https://courses.example.org https://*.example.edu:8443"
    )
    assert embedded.headers["cross-origin-resource-policy"] == "cross-origin"
    for other in (address, "/learn", "/", "/train?embed=1"):
        assert policy(client, other).endswith("frame-ancestors 'none'")


def test_a_session_frames_chapters_like_all_its_pages(settings: Settings) -> None:
    token = "a-token-for-this-test"
    more = {"token": SecretStr(token), "session_addresses": True}
    allowed = settings.model_copy(update={"frame_ancestors": ("https://a.org",), **more})
    client = TestClient(create_app(allowed), base_url="http://127.0.0.1")
    address = f"/session/{token}/learn/{CHAPTERS[0].slug}"
    for each in (address, f"{address}?embed=1"):
        assert "frame-ancestors" not in policy(client, each)


@pytest.mark.parametrize(
    "origin", ["*", "'self'", "courses.example.org", "https://a.org/x", "https://a.org;script-src"]
)
def test_what_is_no_origin_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ValidationError, match="no origin"):
        Settings(cache_dir=tmp_path, frame_ancestors=origin)


def test_an_embedded_chapter_has_no_frame_of_the_site(client: TestClient) -> None:
    page = client.get(f"/learn/{CHAPTERS[0].slug}?embed=1").text
    assert 'class="masthead"' not in page
    assert 'class="chapter-ways"' not in page
    assert "chapter-stage" in page


@pytest.mark.parametrize("query", ["embed", "embed=", "embed=1", "embed=yes%3Cb%3E"])
def test_the_name_alone_embeds_a_chapter(client: TestClient, query: str) -> None:
    """As scripts read it: they go by the name, too."""
    answer = client.get(f"/learn/{CHAPTERS[0].slug}?{query}")
    assert answer.status_code == 200
    assert '<body class="is-embedded">' in answer.text
    assert "%3Cb" not in answer.text
    assert "<b>" not in answer.text


def test_the_settings_take_origins_from_the_environment(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONVSCOPE_FRAME_ANCESTORS", "https://a.org, http://b.org:8000")
    assert Settings(cache_dir=tmp_path).frame_ancestors == ("https://a.org", "http://b.org:8000")
