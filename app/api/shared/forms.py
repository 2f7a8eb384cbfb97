"""What OpenAPI is told of forms with a file in them."""

from typing import Any


def file_body(description: str, **text_fields: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI's description of a form with a file in the field `file`, and these text fields.

    The body is read by `app.web.uploads` and not by FastAPI, which would spool it to the disk.

    Args:
        description: of the file.
        text_fields: the schema of each.
    """
    file = {"type": "string", "format": "binary", "description": description}
    schema = {"type": "object", "required": ["file"], "properties": {"file": file, **text_fields}}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}
