"""Beyond one machine and one memory: what scoring on clusters reaches.

    python benchmarks/scale.py score --quick              # few texts: does it run?
    python benchmarks/scale.py score                      # 5,000,000, half an hour
    python benchmarks/scale.py score --texts 1000000 --engines process dask

`score` labels the sentences of IMDB reviews, repeated until there are as many as asked
for, from parquet files to parquet files: in one process, and with Dask, Ray Data and
Spark by two workers of one thread each. Each engine runs in a process of its own. Its
time starts when its workers have scored a first small table, and so have imported what
they need. Memory is that of the process with the scheduler or driver, of the largest
worker, and of all processes together, each at its peak; pages that processes share are
divided among them. CPU seconds are those of all processes: on a machine that does other
work at the same time they say more than the time that passed. It is checked that each
text was scored, and none twice.
"""

import argparse
import json
import os
import pickle
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from measuring import memory_gib, print_surroundings, run_process

N_TEXTS, N_TRAINING_TEXTS, N_A_FILE = 5_000_000, 60_000, 100_000
QUICK_TEXTS, QUICK_TRAINING_TEXTS, QUICK_A_FILE = 40_000, 2_000, 5_000
N_WORKERS = 2
# To count its pages stops a process for a while: looked at often, workers are slower.
SECONDS_BETWEEN_LOOKS = 5


# What makes the data ------------------------------------------------------------------


def prepare(args):
    """Write a fitted classifier and the texts into the folder."""
    import pandas as pd
    from corpora import imdb_sentences

    from skglove import GloveTextClassifier

    n_training = QUICK_TRAINING_TEXTS if args.quick else N_TRAINING_TEXTS
    clf = GloveTextClassifier(args.embeddings, random_state=0)
    clf.fit(*imdb_sentences(n_training))
    content = pickle.dumps(clf)
    Path(args.folder, "model.pickle").write_bytes(content)
    sentences, _ = imdb_sentences(min(args.texts, 200_000), subset="test")
    at_once = QUICK_A_FILE if args.quick else N_A_FILE
    for name, n_texts in (("few", 2_000), ("texts", args.texts)):
        folder = Path(args.folder, name)
        folder.mkdir()
        for i, start in enumerate(range(0, n_texts, min(at_once, n_texts // 2))):
            ids = range(start, min(start + min(at_once, n_texts // 2), n_texts))
            texts = [sentences[j % len(sentences)] for j in ids]
            table = pd.DataFrame({"id": ids, "text": texts})
            table.to_parquet(folder / f"{i:05}.parquet")
    return {"model_mb": len(content) / 1e6}


# The engines --------------------------------------------------------------------------
# Each is a generator that yields a function of two folders once its workers are there.


def process(clf):
    """One process, a file at a time."""
    import pandas as pd

    from skglove.scoring import BatchPredictor

    predict = BatchPredictor(clf)

    def score(source, target):
        target.mkdir()
        for path in sorted(source.glob("*.parquet")):
            predict(pd.read_parquet(path)).to_parquet(target / path.name)

    yield score


def dask(clf, n_workers=N_WORKERS):
    """Dask, workers of one thread."""
    import dask
    import dask.dataframe as dd
    from distributed import Client

    from skglove.scoring import BatchPredictor

    predictor = BatchPredictor(clf)

    def score(source, target):
        table = dd.read_parquet(source)
        scored = table.map_partitions(
            lambda part, predict: predict(part),
            dask.delayed(predictor),
            meta=predictor(table._meta),
        )
        scored.to_parquet(target)

    # Dask has its workers give 64 kB of free memory back at once, and ask for it again.
    keep = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
    with (
        dask.config.set(keep),
        Client(n_workers=n_workers, threads_per_worker=1, dashboard_address=None),
    ):
        yield score


def dask_1(clf):
    """Dask with one worker: what a second one adds."""
    yield from dask(clf, n_workers=1)


def ray(clf):
    """Ray Data, actors of one processor, and as many for reading and writing."""
    import logging

    import ray

    from skglove.scoring import BatchPredictor

    def score(source, target):
        table = ray.data.read_parquet(str(source))
        scored = table.map_batches(
            BatchPredictor,
            fn_constructor_args=(clf,),
            batch_format="pandas",
            batch_size=8_192,
            concurrency=N_WORKERS,
        )
        scored.write_parquet(str(target))

    ray.init(
        num_cpus=2 * N_WORKERS,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=1 << 30,
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield score
    ray.shutdown()


def spark(clf):
    """Spark's local-cluster, executors of one core."""
    from collections.abc import Iterator

    import pandas as pd
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import pandas_udf

    from skglove.scoring import BatchPredictor

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        SparkSession.builder.master(f"local-cluster[{N_WORKERS},1,2048]")
        .config("spark.executor.memory", "2g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
        .config("spark.sql.files.maxPartitionBytes", str(8 << 20))
        .getOrCreate()
    )
    predictor = BatchPredictor(clf)
    model = session.sparkContext.broadcast(predictor)

    @pandas_udf(predictor.ddl)
    def scores(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        yield from map(model.value, batches)

    def score(source, target):
        table = session.read.parquet(str(source)).withColumn("scores", scores("text"))
        table.select("id", "text", "scores.*").write.parquet(str(target))

    yield score
    session.stop()


ENGINES = {
    "process": process,
    "dask_1": dask_1,
    "dask": dask,
    "ray": ray,
    "spark": spark,
}


# What runs in a process of its own ----------------------------------------------------


def score(args):
    """Score the texts by one engine; return seconds and memory."""
    clf = pickle.loads(Path(args.folder, "model.pickle").read_bytes())
    source = Path(args.folder, "texts")
    with tempfile.TemporaryDirectory(dir=args.folder) as target:
        engine = ENGINES[args.engine](clf)
        run = next(engine)
        run(Path(args.folder, "few"), Path(target, "few"))
        with Watch() as watch:
            start = time.perf_counter()
            run(source, Path(target, "scored"))
            seconds = time.perf_counter() - start
        next(engine, None)
        positive = check(Path(target, "scored"), args.texts)
    load = os.getloadavg()[0]
    return {
        "seconds": seconds,
        "load": load,
        "positive": positive,
        **watch.peaks(),
        "cpu": watch.cpu_seconds(),
    }


def check(folder, n_texts):
    """Raise an error unless each text was scored once; return a sum of the labels."""
    import numpy as np
    import pyarrow.dataset

    table = pyarrow.dataset.dataset(
        folder, format="parquet", exclude_invalid_files=True
    )
    table = table.to_table(columns=["id", "prediction"]).to_pandas()
    if not np.array_equal(np.sort(table["id"]), np.arange(n_texts)):
        raise RuntimeError(f"{folder} does not have each of {n_texts:,} texts once.")
    return int(table["prediction"].sum())


class Watch:
    """Looks now and then at this process and those it started."""

    def __enter__(self):
        import psutil

        self._process = psutil.Process()
        self._memory, self._cpu_before, self._cpu = [], {}, {}
        self._look()
        self._cpu_before = self._cpu.copy()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look_often)
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._done.set()
        self._thread.join()
        self._look()

    def _look_often(self):
        while not self._done.wait(SECONDS_BETWEEN_LOOKS):
            self._look()

    def _look(self):
        import psutil

        sizes = []
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                sizes.append(process.memory_full_info().pss / 1024**2)
                times = process.cpu_times()
            except psutil.Error:  # it has ended
                sizes.append(0)
                continue
            key = process.pid, process.create_time()
            self._cpu[key] = times.user + times.system
        self._memory.append(sizes)

    def peaks(self):
        """The peaks of this process, of the largest other one, and of all, in MiB."""
        return {
            "main": max(sizes[0] for sizes in self._memory),
            "worker": max(max(sizes[1:], default=0) for sizes in self._memory),
            "all": max(map(sum, self._memory)),
        }

    def cpu_seconds(self):
        """The CPU time of all processes since the start."""
        return sum(self._cpu.values()) - sum(self._cpu_before.values())


# What starts them and reports ---------------------------------------------------------


def report_scores(args):
    """Print the table of the engines."""
    print_surroundings(memory_gib("MemAvailable"))
    options = ["--texts", args.texts, *(["--quick"] if args.quick else [])]
    with tempfile.TemporaryDirectory() as folder:
        options += ["--folder", folder, "--embeddings", args.embeddings]
        made = run_process(__file__, "prepare", *options)
        print(
            f"{args.texts:,} texts, {args.embeddings}, "
            f"model of {made['model_mb']:.1f} MB, median of {args.runs}\n"
        )
        print(
            "| engine | texts a second | beside one process | CPU s | load | "
            "scheduler or driver, MiB | largest worker, MiB | all, MiB |"
        )
        print("|" + " --- |" * 8, flush=True)
        first, positive = None, None
        for engine in args.engines:
            runs = [
                run_process(__file__, "score_by", "--engine", engine, *options)
                for _ in range(args.runs)
            ]
            middle = {
                key: statistics.median(run[key] for run in runs) for key in runs[0]
            }
            rate = args.texts / middle["seconds"]
            first, positive = first or rate, positive or middle["positive"]
            if middle["positive"] != positive:
                sys.exit(f"{engine} has predicted other labels.")
            memory = " | ".join(f"{middle[k]:,.0f}" for k in ("main", "worker", "all"))
            print(
                f"| {engine} | {rate:,.0f} | {rate / first:.2f} | {middle['cpu']:.1f} "
                f"| {middle['load']:.1f} | {memory} |",
                flush=True,
            )
    if args.quick:
        print("\n! Few texts: these figures say nothing.")


# Name on the command line: what it calls. The first are for users.
COMMANDS = {"score": report_scores}
STAGES = {"prepare": prepare, "score_by": score}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "command", choices=[*COMMANDS, *STAGES], metavar="{" + ",".join(COMMANDS) + "}"
    )
    parser.add_argument("--quick", action="store_true", help="few texts")
    parser.add_argument("--texts", type=int, help=f"default: {N_TEXTS:,}")
    parser.add_argument(
        "--runs", type=int, default=1, help="of each engine; default: 1"
    )
    parser.add_argument(
        "--embeddings", default="glove.6B.50d", help="default: glove.6B.50d"
    )
    parser.add_argument(
        "--engines",
        nargs="+",
        choices=ENGINES,
        default=list(ENGINES),
        help="default: all",
    )
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.texts = args.texts or (QUICK_TEXTS if args.quick else N_TEXTS)
    if args.command in STAGES:
        print("\n" + json.dumps(STAGES[args.command](args)))
    else:
        COMMANDS[args.command](args)


if __name__ == "__main__":
    main()
