"""The words by which the page of the interface is searched belong to what there is."""

from fastapi.testclient import TestClient

from app.web.learn.terms import TERMS
from app.web.reference import groups_of
from app.web.reference_words import WORDS


def test_words_are_of_operations_that_there_are(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    operations = [each for group in groups_of(document) for each in group.operations]
    assert not set(WORDS) - {each.id for each in operations}


def test_every_term_of_the_glossary_finds_an_operation() -> None:
    named = {word for words in WORDS.values() for word in words}
    assert [term.key for term in TERMS if term.key not in named] == []
