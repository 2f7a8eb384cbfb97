"""The list of people's networks and the disk say the same, whoever leaves or asks at once."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from test_own_models import (
    as_training_scripts_save,
    opened,
    opened_client,
    problem,
    squeezenet,
)
from torch import nn

import convscope
from app.errors import BusyError, NameTakenError
from app.settings import Settings
from app.stores import checkpoints as checkpoint_store
from app.stores import own_models as own_model_store
from app.stores.checkpoints import Checkpoint, Checkpoints
from app.stores.incoming import IncomingFile
from app.stores.own_models import OwnModels
from models.catalogue.catalogue import catalogue
from models.errors import UnknownModelError
from models.own.opening import Wanted

MODEL_ID = "squeezenet1_1.flowers"
LABELS = tuple("abcdefg")


@pytest.fixture
def own_settings(tmp_path: Path, settings: Settings) -> Settings:
    return settings.model_copy(update={"cache_dir": tmp_path / "cache"})


class Held:
    """A function that stops before its work until it is let go."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._begun, self._may_go_on = threading.Event(), threading.Event()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._begun.set()
        assert self._may_go_on.wait(60)
        return self._function(*args, **kwargs)

    async def begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, 60)

    def let_go(self) -> None:
        self._may_go_on.set()


def with_store(settings: Settings, scenario: Callable[[OwnModels], Awaitable[None]]) -> None:
    async def run() -> None:
        own = OwnModels(settings, uploads_allowed=True)
        await own.open("lenet5.mnist5k")
        try:
            await scenario(own)
        finally:
            await own.close()

    asyncio.run(run())


async def sent(own: OwnModels, data: bytes | None = None) -> Checkpoint:
    async with own.incoming() as file:
        file.write(data or as_training_scripts_save(squeezenet()))
        return await own.checkpoints.keep(file, "best.pth")


def folders(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.cache_dir / "models").glob("*"))


def uploads(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.cache_dir / "checkpoints").glob("*"))


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_a_network_whose_sender_has_left_is_listed(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(own_model_store.make)
    monkeypatch.setattr(own_model_store, "make", held)

    async def scenario(own: OwnModels) -> None:
        adding = asyncio.create_task(own.add(await sent(own), Wanted("flowers")))
        await held.begun()
        await cancelled(adding)
        held.let_go()
        # One thread: this comes after what was being made.
        await own._pool.run(lambda: None)
        assert folders(own_settings) == [MODEL_ID]
        await own.forget(catalogue().resolve(MODEL_ID))
        assert folders(own_settings) == []

    with_store(own_settings, scenario)


def test_what_cannot_be_forgotten_now_stays_listed(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_model_store, "_QUEUE", 0)

    async def scenario(own: OwnModels) -> None:
        entry = await own.add(await sent(own), Wanted("flowers"))
        held = Held(lambda: None)
        busy = asyncio.create_task(own._pool.run(held))
        await held.begun()
        with pytest.raises(BusyError):
            await own.forget(entry)
        assert catalogue().resolve(MODEL_ID) is entry
        held.let_go()
        await busy

    with_store(own_settings, scenario)
    assert folders(own_settings) == [MODEL_ID]


def test_what_the_disk_does_not_let_go_stays_listed(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(own: OwnModels) -> None:
        checkpoint = await sent(own)
        entries = [await own.add(checkpoint, Wanted(name)) for name in ("one", "two")]

        def refuse(_path: Path) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(own_model_store, "forget_folder", refuse)
        with pytest.raises(PermissionError):
            await own.forget(entries[0])
        assert list(own.entries()) == entries[::-1]

    with_store(own_settings, scenario)


def test_a_folder_that_somebody_took_away_is_forgotten(own_settings: Settings) -> None:
    async def scenario(own: OwnModels) -> None:
        entry = await own.add(await sent(own), Wanted("flowers"))
        (own_settings.cache_dir / "models" / MODEL_ID).rename(own_settings.cache_dir / "elsewhere")
        await own.forget(entry)
        assert list(own.entries()) == []

    with_store(own_settings, scenario)


def test_what_is_forgotten_while_it_changes_is_gone(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(own_model_store.write_card)
    monkeypatch.setattr(own_model_store, "write_card", held)

    async def scenario(own: OwnModels) -> None:
        entry = await own.add(await sent(own), Wanted("flowers"))
        changing = asyncio.create_task(own.change(entry, {"labels": LABELS}))
        await held.begun()
        forgetting = asyncio.create_task(own.forget(entry))
        # It is in line now.
        await asyncio.sleep(0)
        held.let_go()
        assert (await changing).labels == LABELS
        await forgetting
        assert list(own.entries()) == []

    with_store(own_settings, scenario)
    assert folders(own_settings) == []


def test_what_is_asked_of_a_network_behind_its_end_is_of_an_unknown_one(
    own_settings: Settings,
) -> None:
    async def scenario(own: OwnModels) -> None:
        entry = await own.add(await sent(own), Wanted("flowers"))
        held = Held(lambda: None)
        busy = asyncio.create_task(own._pool.run(held))
        await held.begun()
        asked = [own.forget(entry), own.change(entry, {"labels": LABELS}), own.forget(entry)]
        tasks = [asyncio.create_task(each) for each in asked]
        await asyncio.sleep(0)
        held.let_go()
        first, *others = await asyncio.gather(*tasks, return_exceptions=True)
        assert first is None
        assert [type(each) for each in others] == [UnknownModelError] * 2
        await busy
        assert list(own.entries()) == []

    with_store(own_settings, scenario)
    assert folders(own_settings) == []


def test_what_was_asked_of_an_earlier_network_does_nothing_to_its_namesake(
    own_settings: Settings,
) -> None:
    async def scenario(own: OwnModels) -> None:
        checkpoint = await sent(own)
        earlier = await own.add(checkpoint, Wanted("flowers"))
        await own.forget(earlier)
        later = await own.add(checkpoint, Wanted("flowers", labels=LABELS))
        with pytest.raises(UnknownModelError):
            await own.change(earlier, {"labels": LABELS[::-1]})
        with pytest.raises(UnknownModelError):
            await own.forget(earlier)
        assert catalogue().resolve(MODEL_ID) is later
        # What was read before a change is still the same network.
        await own.change(later, {"labels": None})
        await own.forget(later)

    with_store(own_settings, scenario)


def test_of_two_that_want_one_name_at_once_one_gets_it(own_settings: Settings) -> None:
    async def scenario(own: OwnModels) -> None:
        checkpoint = await sent(own)
        wanted = [Wanted("flowers", labels=LABELS), Wanted("flowers", labels=LABELS[::-1])]
        adding = [own.add(checkpoint, each) for each in wanted]
        first, second = await asyncio.gather(*adding, return_exceptions=True)
        assert type(second) is NameTakenError
        assert catalogue().resolve(MODEL_ID) is first
        assert catalogue().resolve(MODEL_ID).labels == LABELS

    with_store(own_settings, scenario)
    assert folders(own_settings) == [MODEL_ID]


def test_an_upload_that_is_given_up_is_removed_beside_the_event_loop(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it is given up once more while it is being removed."""
    removing = Held(IncomingFile.give_up)
    threads: list[int] = []

    def give_up(file: IncomingFile) -> None:
        threads.append(threading.get_ident())
        removing(file)

    monkeypatch.setattr(IncomingFile, "give_up", give_up)

    async def scenario(own: OwnModels) -> None:
        written = asyncio.Event()

        async def upload() -> None:
            async with own.incoming() as file:
                file.write(b"half of it")
                written.set()
                await asyncio.Event().wait()

        uploading = asyncio.create_task(upload())
        await written.wait()
        assert len(uploads(own_settings)) == 1
        uploading.cancel()
        await removing.begun()
        await cancelled(uploading)
        removing.let_go()
        await asyncio.get_running_loop().shutdown_default_executor()
        assert uploads(own_settings) == []

    async def run() -> None:
        own = OwnModels(own_settings, uploads_allowed=True)
        await scenario(own)
        own._pool.close()

    asyncio.run(run())
    assert threads
    assert threading.get_ident() not in threads


def test_an_upload_whose_sender_leaves_while_it_is_looked_at_is_kept_whole(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(checkpoint_store.examine)
    monkeypatch.setattr(checkpoint_store, "examine", held)

    async def scenario(own: OwnModels) -> None:
        sending = asyncio.create_task(sent(own))
        await held.begun()
        sending.cancel()
        await asyncio.sleep(0)
        held.let_go()
        with pytest.raises(asyncio.CancelledError):
            await sending
        [kept] = await own.checkpoints.all()
        assert uploads(own_settings) == [kept.id, f"{kept.id}.json"]

    with_store(own_settings, scenario)


def test_what_made_room_is_not_remembered(own_settings: Settings) -> None:
    first, second = (as_training_scripts_save(squeezenet(classes)) for classes in (3, 4))
    room = {"checkpoint_store_bytes": len(second) + 1000}

    async def scenario(own: OwnModels) -> None:
        await sent(own, first)
        kept = await sent(own, second)
        assert [each.id for each in await own.checkpoints.all()] == [kept.id]
        assert remembered(own.checkpoints) == {kept.id}

    with_store(own_settings.model_copy(update=room), scenario)


def remembered(checkpoints: Checkpoints) -> set[str]:
    return set(checkpoints._examined)


@pytest.mark.parametrize(
    "holding", ["app.stores.library.load_model", "app.stores.graphs.read_bundle"]
)
def test_a_network_forgotten_while_it_is_read_is_unknown(
    own_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holding: str
) -> None:
    """And not one whose files ought to be looked for, or exported again."""
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    bundle = convscope.export(module, tmp_path / "four.zip", input_shape=(3, 32, 32))
    with opened_client(own_settings) as client, ThreadPoolExecutor() as executor:
        address = f"/api/v1/models/{opened(client, bundle.read_bytes(), name='four')['id']}"
        held = Held(getattr(sys.modules[holding.rpartition(".")[0]], holding.rpartition(".")[2]))
        monkeypatch.setattr(holding, held)
        asking = executor.submit(client.get, f"{address}/predictions?image=example-chelsea")
        asyncio.run(held.begun())
        assert client.delete(address).status_code == 204
        held.let_go()
        problem(asking.result(timeout=60), 404, "unknown-model")
