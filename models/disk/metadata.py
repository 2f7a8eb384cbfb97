"""What a safetensors file of ours says of itself, read without trusting it."""

from pathlib import Path

from safetensors import SafetensorError, safe_open

from models.disk.checked_fields import DamagedRecordError, Fields, fields_of


def metadata_of(path: Path, name: str) -> Fields:
    """The record that a file carries under a name. Blocks.

    Raises:
        DamagedRecordError: the file cannot be read, is cut off, or says nothing.
    """
    try:
        if not path.is_file():
            raise DamagedRecordError(f"{path} is no file.")
        # The header alone is read, and the file's length is compared with it.
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise DamagedRecordError(f"{path} is damaged ({error}).") from error
    return fields_of(metadata.get(name, ""), f"the {name} in {path}")
