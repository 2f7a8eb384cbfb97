"""Papers as they stand in answers."""

from pydantic import BaseModel


class PaperSchema(BaseModel):
    """Where a design or a method was published."""

    title: str
    authors: str
    year: int
    url: str
