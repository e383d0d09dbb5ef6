"""What a Locust master needs to lead workers of proofload: `proofload load --print-locustfile` prints it.

    locust -f locustfile.py --master --headless -u 20 -r 5 --expect-workers 2 --proofload-results out
    proofload load --locust-master 127.0.0.1:5557 --bridge-url https://…      # on each machine, all with the same flags
    proofload merge out/*.json                                                # exact times, and who was lost

Locust says how many jobs are under way at a time ("users") and shows the figures. What is done is up to the workers: each
takes its share of one company, so start as many as you want before the run begins. Without Locust's web page the run ends when
the work is done. Locust's `--host` has no effect: each worker is told on its own command line what it may load.
"""

import json
import logging
import pathlib
import random

import gevent
from locust import User, events, task
from locust.runners import MasterRunner


class IdentityProvider(User):
    """Only its name counts: the users themselves live in proofload."""

    @task
    def work(self):
        raise NotImplementedError("workers of this master are started with: proofload load --locust-master HOST:PORT")


@events.init_command_line_parser.add_listener
def options(parser):
    parser.add_argument("--proofload-seed", type=int, help="Repeat the run with this seed")
    parser.add_argument("--proofload-results", metavar="DIR", help="Keep what the workers found in this folder")


@events.init.add_listener
def listen(environment, runner, **_):
    if isinstance(runner, MasterRunner):
        runner.register_message("proofload_times", keep_times)
        runner.register_message("proofload_result", keep_result)


@events.test_start.add_listener
def share_out(environment, **_):
    """Everybody who is there gets a part of the same company, before they are told to begin."""
    runner = environment.runner
    if not isinstance(runner, MasterRunner):
        return
    seed = environment.parsed_options.proofload_seed
    seed = random.randrange(2**53) if seed is None else seed
    workers = runner.clients.ready + runner.clients.spawning + runner.clients.running
    workers.sort(key=lambda worker: runner.get_worker_index(worker.id))
    for index, worker in enumerate(workers):
        runner.send_message("proofload_share", {"index": index, "count": len(workers), "seed": seed}, worker.id)


@events.test_stop.add_listener
def leave(environment, **_):
    """A master without a web page ends with its last worker, also if that one did not say goodbye."""
    runner = environment.runner
    if isinstance(runner, MasterRunner) and environment.parsed_options.headless and not runner.worker_count:
        gevent.spawn(runner.quit)


def keep_times(environment, msg, **_):
    """The exact times of one worker so far (HdrHistogram V2, deflated, base64): all that is left of one that dies."""
    keep(environment, f"times-{msg.data['share']}.hdr", msg.data["steps"])


def keep_result(environment, msg, **_):
    """The report of one worker that came to its end, as `--report json=…` writes it."""
    keep(environment, f"{msg.data['share']}.json", json.loads(msg.data["report"]))


def keep(environment, name, what):
    folder = environment.parsed_options.proofload_results
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        pathlib.Path(folder, name).write_text(json.dumps(what), encoding="utf-8")
        logging.debug("wrote %s", pathlib.Path(folder, name))
