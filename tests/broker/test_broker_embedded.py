"""The embedded broker starts, survives, says what is wrong, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.broker.installation import gather
from shared.broker.node import Broker, BrokerError, start_detached, status, stop
from shared.broker.process import is_held

ROOT = Path(__file__).parents[2]
OWNER = "import sys, time, pathlib; from shared.broker.node import Broker; b = Broker(pathlib.Path(sys.argv[1])); b.start(); print(b.bootstrap, flush=True); time.sleep(600)"


async def create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()


async def write(bootstrap: str, topic: str, *values: bytes, commit: bool = True) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"writer-{topic}")
    await producer.start()
    await producer.begin_transaction()
    for value in values:
        await producer.send_and_wait(topic, value)
    await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()


async def read(bootstrap: str, topic: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False
    )
    await consumer.start()
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek(partition, 0)
    end = (await consumer.end_offsets([partition]))[partition]
    found: list[bytes] = []
    while await consumer.position(partition) < end:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            found += [record.value for record in records]
    await consumer.stop()
    return found


def gone_within(folder: Path, seconds: float) -> bool:
    """The guard and its JVM hold the folder's lock; a process id may stay a zombie for as long as init
    likes.
    """
    deadline = time.monotonic() + seconds
    while is_held(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


async def test_aborted_records_stay_unseen(broker: str, run_name: str) -> None:
    await create(broker, run_name)
    await write(broker, run_name, b"aborted", commit=False)
    await write(broker, run_name, b"committed")
    assert await read(broker, run_name) == [b"committed"]


async def test_committed_records_survive_a_stop_and_a_kill(own_broker: Broker, run_name: str) -> None:
    await create(own_broker.bootstrap, run_name)
    before = own_broker.bootstrap
    await write(before, run_name, b"1")
    own_broker.bounce()
    await write(own_broker.bootstrap, run_name, b"2")
    own_broker.bounce(kill=True)
    await write(own_broker.bootstrap, run_name, b"3")
    assert own_broker.bootstrap == before
    assert await read(before, run_name) == [b"1", b"2", b"3"]


async def test_a_killed_node_takes_up_its_transactions_once(own_broker: Broker, run_name: str) -> None:
    """Twice is once too often: what it took up as the leader that it was loses its markers when that
    leadership ends (deposing.py).
    """
    await create(own_broker.bootstrap, run_name)
    await write(own_broker.bootstrap, run_name, b"1")
    own_broker.bounce(kill=True)
    await write(own_broker.bootstrap, run_name, b"2")
    log = (own_broker.folder / "broker.log").read_text(encoding="utf-8")
    assert log.count("Elected as the txn coordinator") == 1, log


def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline().startswith("127.0.0.1:")
        found = status(tmp_path)
        assert found is not None
        assert found.answers
        owner.send_signal(signal.SIGKILL)
    assert gone_within(tmp_path, 2)
    assert status(tmp_path) is None


def test_a_folder_has_one_broker(own_broker: Broker) -> None:
    with pytest.raises(BrokerError, match="already"):
        Broker(own_broker.folder).start()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BrokerError, match=f"port {port} is taken"):
            Broker(tmp_path, port=port).start()


def test_a_bad_setting_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"log\.cleaner\.threads"):
        Broker(tmp_path, settings={"log.cleaner.threads": "many"}).start()
    assert status(tmp_path) is None


def test_a_jar_that_is_not_the_locked_one_is_refused_and_removed(tmp_path: Path) -> None:
    parts = gather()
    lib = tmp_path / parts.folder.name / "lib"
    lib.mkdir(parents=True)
    for jar in parts.jars:
        (lib / jar.name).symlink_to(jar)
    (lib / "re2j-1.8.jar").unlink()
    (lib / "re2j-1.8.jar").write_bytes(b"something else")
    with pytest.raises(BrokerError, match=r"re2j-1\.8\.jar is not the locked one"):
        gather(tmp_path)
    assert not (lib / "re2j-1.8.jar").exists()


def test_without_a_network_the_first_jar_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(BrokerError, match=r"\.jar cannot be fetched .*KHABAR_KAFKA"):
        gather(tmp_path)


@pytest.mark.parametrize("java", ["/nowhere/java", "/bin/sh"])
def test_a_java_that_is_none_is_named(java: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHABAR_JAVA", java)
    with pytest.raises(BrokerError, match=f"KHABAR_JAVA={java}"):
        gather(tmp_path)


def test_a_detached_broker_outlives_who_started_it(tmp_path: Path) -> None:
    starter = f"import pathlib; from shared.broker.node import start_detached; print(start_detached(pathlib.Path({str(tmp_path)!r})).pid)"
    said = subprocess.run(
        [sys.executable, "-c", starter], cwd=ROOT, capture_output=True, text=True, check=True
    )
    try:
        found = status(tmp_path)
        assert found is not None
        assert found.answers
        assert found.pid == int(said.stdout)
    finally:
        assert stop(tmp_path)
    assert not is_held(tmp_path)
    assert not stop(tmp_path)


def test_a_detached_broker_is_started_once(tmp_path: Path) -> None:
    start_detached(tmp_path)
    try:
        with pytest.raises(BrokerError, match="already"):
            start_detached(tmp_path)
    finally:
        stop(tmp_path)
