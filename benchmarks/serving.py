"""Serving over HTTP: requests a second, latency, and a model swapped meanwhile.

    pip install fastapi uvicorn httpx
    python benchmarks/serving.py --quick
    python benchmarks/serving.py

`examples/serving/app.py` is started on 127.0.0.1 with a classifier of 20 Newsgroups,
and asked by several threads; in the middle of it the file is replaced and loaded again.
The clients run on the same machine as the server and take their share of it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
from measuring import memory_gib, print_surroundings, skglove_posts

from skglove import GloveTextClassifier

APP = Path(__file__).parents[1] / "examples" / "serving"
PORT = 8765
URL = f"http://127.0.0.1:{PORT}"


def ask(texts, n_requests, batch_size):
    """Send requests one after the other; return seconds of each, and failures."""
    seconds, n_failed = [], 0
    with httpx.Client(base_url=URL, timeout=30) as client:
        for i in range(n_requests):
            batch = [
                texts[(i * batch_size + j) % len(texts)] for j in range(batch_size)
            ]
            start = time.perf_counter()
            answer = client.post("/predict", json={"texts": batch})
            seconds.append(time.perf_counter() - start)
            n_failed += answer.status_code != 200 or len(answer.json()) != batch_size
    return seconds, n_failed


def load_test(texts, n_clients, n_requests, batch_size, between=None):
    """Print requests a second, median and 99th percentile of the latency."""
    start = time.perf_counter()
    with ThreadPoolExecutor(n_clients + 1) as threads:
        asked = [
            threads.submit(ask, texts, n_requests, batch_size) for _ in range(n_clients)
        ]
        if between is not None:
            threads.submit(between).result()
        results = [future.result() for future in asked]
    elapsed = time.perf_counter() - start
    seconds = np.concatenate([seconds for seconds, _ in results])
    p50, p99 = np.percentile(seconds, [50, 99]) * 1e3
    n_failed = sum(failed for _, failed in results)
    reloaded = "yes" if between else "no"
    print(
        f"| {n_clients} | {batch_size} | {reloaded} | {len(seconds) / elapsed:.0f} | "
        f"{p50:.1f} ms | {p99:.1f} ms | {n_failed} |",
        flush=True,
    )


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--embeddings", default="glove.6B.50d")
    options = parser.parse_args()
    x_train, y_train, texts, _ = skglove_posts(1_000 if options.quick else None)
    print_surroundings(memory_gib("MemAvailable"))
    clf = GloveTextClassifier(options.embeddings, random_state=0).fit(x_train, y_train)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mine.skglove")
        clf.save(path)
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "--app-dir", str(APP), "app:app"),
                *("--port", str(PORT), "--log-level", "warning"),
            ],
            env={**os.environ, "SKGLOVE_MODEL": str(path)},
        )
        try:
            for _ in range(120):
                try:
                    httpx.get(URL)
                    break
                except httpx.ConnectError:
                    time.sleep(0.5)

            def swap():
                time.sleep(0.2)
                clf.save(path)
                httpx.post(f"{URL}/reload", timeout=30).raise_for_status()

            n = 50 if options.quick else 1_000
            columns = "clients", "texts a request", "model reloaded", "requests/s"
            print("|", " | ".join([*columns, "p50", "p99", "failed"]), "|")
            print("| --- | --- | --- | --- | --- | --- | --- |")
            load_test(texts, 1, n, 1)
            load_test(texts, 4, n, 1)
            load_test(texts, 4, n, 1, between=swap)
            load_test(texts, 4, max(5, n // 10), 100)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
